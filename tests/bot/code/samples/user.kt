package com.x
import com.acme.Store
import com.acme.tools.*
const val MAX = 3
typealias Cb = (Int) -> Unit
data class User(val a: Int, val s: Store) : Base(a), Runs {
  fun run(q: Query): Item { return help(q).go() }
  companion object { fun of() = User(1) }
}
interface Runs { fun run(q: Query): Item }
object Single { fun x() {} }
enum class E { A }
fun String.ext(a: Int): Int = 1
