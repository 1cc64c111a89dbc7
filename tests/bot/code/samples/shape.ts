import type { A } from './a';
import fs = require('fs');
export interface Shape extends Base<T> { area(x: number): Size; name: string; }
export enum Color { Red }
type Pair = { a: B };
export abstract class Box<T> extends Thing implements Shape, Other {
  private cb = (x: Foo): Bar => { return x as Baz; };
  abstract open(): void;
  @Input() size(): number { return 1; }
}
namespace NS { export function inner(): void {} }
export function over(a: string): void;
declare function decl(a: Map<K, V>): A | B;
export const go = async (a: A[]): Promise<void> => { await run<X>(a); };
