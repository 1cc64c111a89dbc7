<?php
namespace App\Http;
use App\Models\User;
use App\Models\{Post, Tag as T};
require_once __DIR__ . '/lib/x.php';
include 'y.php';
const LIMIT = 3;
abstract class Foo extends Base implements Runs, \Other\Thing {
    use Mixin;
    const X = 1;
    public function __construct(private User $u) {}
    public static function make(int $a): self { return new Foo(help($a)); }
    function go() { $this->run(); Util::call(); }
}
interface Runs { public function run(): void; }
trait Mixin { }
enum Suit: string { case A = 'a'; }
function help(Post $p) { return $p; }
