"""What each language's sample says of itself: kind, lines, owner and name, signature."""

from pathlib import Path

import pytest

from bot.code import outline_file

SAMPLES = Path(__file__).parent / "samples"

SYMBOLS = {
    "Account.java": r"""
        class 5-15 Account: @Service public class Account<T> extends Base<T> implements Runner, Other
        method 9-9 Account.Account: public Account(Store s)
        method 10-11 Account.run: @Override public List<Item> run(Query q) throws Oops
        type 12-12 Account.In: interface In
        method 12-12 Account.In.m: void m()
        type 13-13 Account.E: enum E
        class 14-14 Account.P: record P(int a)
        """,
    "Runner.cs": r"""
        class 4-10 Runner: [Serializable] public class Runner<T> : Base<T>, IRun where T : new()
        method 6-6 Runner.Size: public int Size
        method 7-7 Runner.Runner: public Runner(Store s)
        method 8-8 Runner.Go: public async Task<Item> Go(Query q)
        type 9-9 Runner.IIn: interface IIn
        method 9-9 Runner.IIn.M: void M()
        type 11-11 E: public enum E
        class 12-12 S: public struct S
        class 13-13 P: public record P(int A)
        type 14-14 D: delegate void D(int a)
        """,
    "app.js": r"""
        constant 3-3 fs: const fs = require('fs')
        function 4-4 lazy: const lazy = ()
        constant 5-5 LIMIT: const LIMIT = 10
        constant 6-6 plain: let plain = 5
        class 7-12 Foo: class Foo extends Base
        method 9-9 Foo.handler: handler = (e)
        method 10-10 Foo.constructor: constructor(a, b)
        method 11-11 Foo.run: static async run(x)
        function 13-13 load: exports.load = function (path, cb)
        function 14-14 save: module.exports.save = (p)
        method 15-15 Foo.bar: Foo.prototype.bar = function (x)
        function 16-19 main: async function main({ a, b }, c)
        function 18-18 main.inner: const inner = (z)
        constant 20-24 api: const api
        method 21-21 api.get: get: function (url)
        method 22-22 api.post: post(url)
        method 23-23 api.put: put: async (url)
        constant 26-26 el: const el = <Widget a={1}/>
        function 27-27 Old: var Old = function ()
        """,
    "box.cpp": r"""
        class 4-14 Box: class Box : public Base<T>, private ns::Other
        method 7-7 Box.Box: Box(int a) : a_(a)
        method 8-8 Box.~Box: ~Box()
        method 9-9 Box.size: virtual int size() const = 0
        method 10-10 Box.at: int& at(int i)
        method 11-11 Box.operator==: bool operator==(const Box& o) const
        method 15-15 Box.run: int Box::run(const Foo& f) const
        method 16-16 Box.~Box: Box::~Box()
        type 17-17 Kind: enum class Kind
        type 18-18 Alias: using Alias = std::vector<int>
        class 19-19 S: struct S
        method 19-19 S.m: void m()
        function 20-20 free_fn: void free_fn(int)
        function 21-21 tmpl: T tmpl(T a)
        """,
    "foo.php": r"""
        constant 7-7 LIMIT: const LIMIT = 3
        class 8-14 Foo: abstract class Foo extends Base implements Runs, \Other\Thing
        method 11-11 Foo.__construct: public function __construct(private User $u)
        method 12-12 Foo.make: public static function make(int $a): self
        method 13-13 Foo.go: function go()
        type 15-15 Runs: interface Runs
        method 15-15 Runs.run: public function run(): void
        type 16-16 Mixin: trait Mixin
        type 17-17 Suit: enum Suit: string
        function 18-18 help: function help(Post $p)
        """,
    "foo.rb": r"""
        module 3-18 Acme: module Acme
        constant 4-4 Acme.LIMIT: LIMIT = 3
        class 5-16 Acme.Foo: class Foo < Base::Bar
        method 8-11 Acme.Foo.initialize: def initialize(a, b: 1)
        method 12-12 Acme.Foo.build: def self.build(x)
        method 13-13 Acme.Foo.ok?: def ok?
        method 14-15 Acme.Foo.==: def ==(other)
        class 17-17 A.B: class A::B
        """,
    "foo.swift": r"""
        constant 2-2 limit: let limit = 3
        type 3-3 Runs: protocol Runs
        method 3-3 Runs.run: func run(q: Query) -> Item
        class 4-7 Foo: class Foo: Base, Runs
        method 5-5 Foo.init: init(a: Int)
        method 6-6 Foo.run: func run(q: Query) -> Item
        class 8-8 S: struct S
        class 9-9 E: enum E
        method 10-10 Foo.more: func more()
        function 11-11 free: func free<T>(_ a: T) -> [Thing]
        type 12-12 A: typealias A = B
        class 13-13 Act: actor Act
        """,
    "go.sh": r"""
        constant 4-4 LIMIT: LIMIT=3
        function 5-5 go: function go
        function 6-8 helper: helper()
        """,
    "list.c": r"""
        constant 3-3 MAX: #define MAX 10
        constant 4-4 SQ: #define SQ(x) ((x)*(x))
        class 6-6 node: struct node
        type 7-7 point_t: typedef struct point_t
        type 9-9 color: enum color
        function 10-10 helper: static int helper(struct node *n, point_t p)
        function 11-14 helper: static int helper(struct node *n, point_t p)
        function 15-15 names: char **names(void)
        function 16-16 ptr: int *ptr(int a)
        """,
    "main.scala": r"""
        class 4-5 Main: object Main extends App
        constant 4-4 Main.X: val X = 1
        method 5-5 Main.run: def run(q: Query): Item
        class 6-6 User: case class User(a: Int, s: Store) extends Base(a) with Runs
        method 6-6 User.m: def m: Int
        type 7-7 Runs: trait Runs
        method 7-7 Runs.run: def run(q: Query): Item
        """,
    "server.go": r"""
        constant 8-8 Max: Max = 10
        constant 11-11 ErrA: ErrA = errors.New("a")
        constant 12-12 errB: errB error
        type 16-19 Server: type Server struct
        type 22-24 Handler: Handler interface
        method 23-23 Handler.Serve: Serve(w h.Writer) error
        type 25-25 ID: ID = string
        function 28-30 New: func New(addr string, opts ...Option) (*Server, error)
        method 32-35 Server.Run: func (s *Server) Run(ctx context.Context) error
        method 37-37 List.Len: func (l List[T]) Len() int
        """,
    "server.rs": r"""
        module 4-4 inner: pub mod inner
        function 4-4 inner.deep: pub fn deep()
        constant 5-5 MAX: pub const MAX: usize = 10
        class 7-7 Server: pub struct Server<T>
        type 8-8 Kind: pub enum Kind
        type 9-9 Run: pub trait Run: Base
        method 9-9 Run.run: fn run(&self) -> Result<Out, Error>
        method 9-9 Run.dflt: fn dflt(&self)
        method 11-11 Server.run: fn run(&self) -> Result<Out, Error>
        method 13-13 Kind.of: pub fn of(x: &Item) -> Self
        function 14-14 mac: macro_rules! mac
        function 15-20 main: pub async fn main<T>(a: u8) -> u8 where T: Foo
        """,
    "shape.ts": r"""
        type 3-3 Shape: interface Shape extends Base<T>
        method 3-3 Shape.area: area(x: number): Size
        type 4-4 Color: enum Color
        type 5-5 Pair: type Pair
        class 6-10 Box: abstract class Box<T> extends Thing implements Shape, Other
        method 7-7 Box.cb: private cb = (x: Foo): Bar
        method 8-8 Box.open: abstract open(): void
        method 9-9 Box.size: size(): number
        module 11-11 NS: namespace NS
        function 11-11 NS.inner: function inner(): void
        function 12-12 over: function over(a: string): void
        function 13-13 decl: function decl(a: Map<K, V>): A | B
        function 14-14 go: const go = async (a: A[]): Promise<void>
        """,
    "user.kt": r"""
        constant 4-4 MAX: const val MAX = 3
        type 5-5 Cb: typealias Cb = (Int) -> Unit
        class 6-9 User: data class User(val a: Int, val s: Store) : Base(a), Runs
        method 7-7 User.run: fun run(q: Query): Item
        method 8-8 User.of: fun of()
        class 10-10 Runs: interface Runs
        method 10-10 Runs.run: fun run(q: Query): Item
        class 11-11 Single: object Single
        method 11-11 Single.x: fun x()
        class 12-12 E: enum class E
        function 13-13 ext: fun String.ext(a: Int): Int
        """,
    "view.tsx": r"""
        function 2-4 View: const View: FC<Props> = ({ title })
        function 5-5 Page: function Page(props: Props)
        """,
}
REFERENCES = {
    "Account.java": "Service:5 Base:6 Other:6 Runner:6 T:6 Store:8 Store:9 Override:10 Item:11 List:11 Query:11 Thing:11 go:11 help:11",
    "Runner.cs": "Serializable:4 Base:5 IRun:5 T:5 Store:7 Help:8 Item:8 Query:8 Run:8 Task:8 Thing:8",
    "app.js": "require:3 Base:7 go:9 helper:11 read:13 write:14 fetch:21 get:25 Widget:26 Thing:28",
    "box.cpp": "Base:5 Other:5 T:5 ns:5 get:10 Box:11 Box:15 Foo:15 Util:15 max:15 std:15 x:15 Box:16 std:18 vector:18 Foo:21 T:21",
    "foo.php": "Base:8 Runs:8 Thing:8 Mixin:9 User:11 Foo:12 help:12 self:12 Util:13 call:13 run:13 Post:18",
    "foo.rb": "require:1 require_relative:2 Bar:5 Mixin:6 include:6 attr_reader:7 Other:9 new:9 help:10 new:12",
    "foo.swift": "Item:3 Query:3 Base:4 Runs:4 Int:5 init:5 Item:6 Query:6 go:6 help:6 Int:8 Foo:10 Foo:11 T:11 Thing:11 B:12",
    "go.sh": "source:2 .:3 helper:5 echo:7 go:9",
    "list.c": "node:6 node:10 point_t:10 node:11 point_t:11 call:13 do_it:13",
    "main.scala": "App:4 Item:5 Query:5 go:5 help:5 Base:6 Int:6 Runs:6 Store:6 Thing:6 Query:7",
    "server.go": "New:11 error:12 Mutex:17 Node:18 Writer:23 Server:28 error:28 string:28 Node:29 Server:29 Context:32 Server:32 error:32 Println:33 run:34 int:37",
    "server.rs": "client:1 Addr:7 Node:7 Option:7 Base:9 Error:9 Out:9 Result:9 Clone:10 Run:10 Server:10 T:10 Client:11 Error:11 Out:11 Result:11 go:11 helper:11 new:11 println:11 Item:13 Kind:13 Self:13 Foo:19",
    "shape.ts": "Base:3 Size:3 T:3 B:5 Other:6 Shape:6 Thing:6 Bar:7 Baz:7 Foo:7 Input:9 A:13 B:13 K:13 Map:13 V:13 A:14 Promise:14 X:14",
    "user.kt": "Int:5 Unit:5 Base:6 Int:6 Runs:6 Store:6 Item:7 Query:7 go:7 help:7 User:8 Item:10 Query:10 Int:13 String:13",
    "view.tsx": "FC:2 Props:2 Button:3 go:3 Props:5 View:5",
}
IMPORTS = {
    "Account.java": "java.util.List com.acme.* com.acme.Tools.help",
    "Runner.cs": "System Acme.Core",
    "app.js": "./react ../lib/all fs ./lazy",
    "box.cpp": "a.hpp",
    "foo.php": "App\\Models\\User App\\Models\\Post App\\Models\\Tag /lib/x.php y.php",
    "foo.rb": "json ../lib/thing",
    "foo.swift": "Foundation",
    "go.sh": "./lib/util.sh $DIR/other.sh",
    "list.c": "util/list.h stdio.h",
    "main.scala": "com.acme.Store com.acme.Other com.acme.tools._",
    "server.go": "fmt example.com/mod/http",
    "server.rs": "crate::http crate::http::client::Client crate::http::server super::util::* self::parser",
    "shape.ts": "./a fs",
    "user.kt": "com.acme.Store com.acme.tools com.acme.tools.*",
    "view.tsx": "./button",
}


def test_every_sample_is_looked_at() -> None:
    assert sorted(SYMBOLS) == sorted(REFERENCES) == sorted(IMPORTS)
    assert sorted(SYMBOLS) == sorted(each.name for each in SAMPLES.iterdir())


@pytest.mark.parametrize("name", sorted(SYMBOLS))
def test_definitions_are_found_with_kind_lines_owner_and_signature(name: str) -> None:
    found = outline_file(name, (SAMPLES / name).read_bytes()).symbols
    assert [
        f"{each.kind} {each.first}-{each.last} {f'{each.owner}.{each.name}'.lstrip('.')}:"
        f" {each.signature}"
        for each in found
    ] == [line.strip() for line in SYMBOLS[name].strip().splitlines()]


@pytest.mark.parametrize("name", sorted(REFERENCES))
def test_calls_types_and_bases_are_references_with_their_lines(name: str) -> None:
    found = outline_file(name, (SAMPLES / name).read_bytes()).references
    assert [f"{word}:{line}" for word, line in found] == REFERENCES[name].split()


@pytest.mark.parametrize("name", sorted(IMPORTS))
def test_imports_are_named_as_the_language_writes_them(name: str) -> None:
    assert list(outline_file(name, (SAMPLES / name).read_bytes()).imports) == IMPORTS[name].split()
