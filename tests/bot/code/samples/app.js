import React, { useState } from './react';
export * from "../lib/all";
const fs = require('fs');
const lazy = () => import('./lazy');
export const LIMIT = 10;
let plain = 5;
export default class Foo extends Base {
  #count = 0;
  handler = (e) => { this.go(e); };
  constructor(a, b) { super(a); }
  static async run(x) { return helper(x); }
}
exports.load = function (path, cb) { read(path, cb); };
module.exports.save = (p) => write(p);
Foo.prototype.bar = function (x) { return x; };
export async function main({ a, b },
  c) {
  const inner = (z) => z + 1;
}
const api = {
  get: function (url) { return fetch(url); },
  post(url) {},
  put: async (url) => {},
};
app.get('/x', function (req) {});
const el = <Widget a={1}/>;
var Old = function () {};
new Thing();
