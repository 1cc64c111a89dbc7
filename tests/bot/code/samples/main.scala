package com.x
import com.acme.{Store, Other => O}
import com.acme.tools._
object Main extends App { val X = 1
  def run(q: Query): Item = help(q).go() }
case class User(a: Int, s: Store) extends Base(a) with Runs { def m: Int = new Thing(1) }
trait Runs { def run(q: Query): Item }
