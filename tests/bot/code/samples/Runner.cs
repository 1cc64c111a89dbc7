using System;
using Acme.Core;
namespace Acme.App {
  [Serializable]
  public class Runner<T> : Base<T>, IRun where T : new() {
    public int Size { get; set; }
    public Runner(Store s) { }
    public async Task<Item> Go(Query q) { var x = new Thing(q); return Help(x).Run<int>(); }
    interface IIn { void M(); }
  }
  public enum E { A }
  public struct S { }
  public record P(int A);
  delegate void D(int a);
}
