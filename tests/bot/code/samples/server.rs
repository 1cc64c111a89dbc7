use crate::http::{self, client::Client, server as srv};
use super::util::*;
mod parser;
pub mod inner { pub fn deep() {} }
pub const MAX: usize = 10;
#[derive(Debug)]
pub struct Server<T> { addr: Addr, next: Option<Node> }
pub enum Kind { A, B(u8) }
pub trait Run: Base { fn run(&self) -> Result<Out, Error>; fn dflt(&self) {} }
impl<T> Run for Server<T> where T: Clone {
    fn run(&self) -> Result<Out, Error> { self.go(); helper(); Client::new(); println!("x"); }
}
impl Kind { pub fn of(x: &Item) -> Self { Kind::A } }
macro_rules! mac { () => {} }
pub async fn main<T>(
    a: u8,
) -> u8
where
    T: Foo,
{ 1 }
