import Foundation
let limit = 3
protocol Runs { func run(q: Query) -> Item }
class Foo: Base, Runs {
  init(a: Int) { super.init() }
  func run(q: Query) -> Item { return help(q).go(x: 1) }
}
struct S { var a: Int }
enum E { case a }
extension Foo { func more() {} }
func free<T>(_ a: T) -> [Thing] { Foo(a: 1) }
typealias A = B
actor Act { }
