"""What a file without a grammar defines is named all the same, and a component's script is parsed."""

from itertools import pairwise

import pytest

from bot.code import outline_file
from bot.code.unparsed import EXTENSIONS, MAX_LINE_CHARS, PATTERNS, SCRIPTED

DEFINES = {
    "a.sql": ("CREATE OR REPLACE FUNCTION add_user(a int)\nAS $$\nselect 1\n", ["add_user"]),
    "b.sql": ('create table if not exists "orders" (\n id int);\n', ["orders"]),
    "a.proto": ("message Order {\n  int32 id = 1;\n}\nservice S {\n rpc Get(A) returns (B);\n}\n", ["Order", "S", "Get"]),
    "a.graphql": ("type User {\n  id: ID\n}\nextend type Query {\n", ["User", "Query"]),
    "a.y": ("%%\nExp:\n  Term '|' Exp {\n  }\nTerm\n  : NUM ;\n%%\nstatic int gen_try(int a,\n", ["Exp", "Term", "gen_try"]),
    "a.tf": ('resource "aws_s3_bucket" "logs" {\n}\nvariable "size" {\n', ["logs", "size"]),
    "a.ex": ("defmodule Shop.Cart do\n  def total(cart) do\n  defp sum?(x), do: x\n", ["Shop.Cart", "total", "sum?"]),
    "a.dart": ("class Cart extends Object {\n  int total(int a) {\n    if (a) {\n", ["Cart", "total"]),
    "a.lua": ("local function add(a)\nM.sub = function(a)\nlocal x = add(1)\n", ["add", "M.sub"]),
    "a.hs": ("total :: Int -> Int\ndata Cart = Cart\n", ["total", "Cart"]),
    "a.clj": ("(defn- total [cart]\n  (reduce + cart))\n", ["total"]),
    "a.html": ('<a>{{define "cart"}}\n{% block content %}\n', ["cart", "content"]),
    "a.pl": ("package Shop;\nsub total {\n", ["Shop", "total"]),
}  # fmt: skip


@pytest.mark.parametrize("path", DEFINES)
def test_lines_that_define_are_found(path: str) -> None:
    body, names = DEFINES[path]
    found = outline_file(path, body.encode()).symbols
    assert [symbol.name for symbol in found] == names
    assert found[-1].last == body.count("\n")
    assert all(a.last + 1 == b.first for a, b in pairwise(found))


def test_a_component_has_the_definitions_and_imports_of_its_script() -> None:
    """At the lines they have in the file; what the template says is none."""
    template = b"<template>\n  <p>function no() {}</p>\n</template>\n"
    script = b"import A from './A.vue'\nfunction reset() {\n  A()\n}\n"
    body = template + b"<script setup>\n" + script + b"</script>\n"
    for end in sorted(SCRIPTED):
        found = outline_file(f"a.{end}", body)
        assert [(s.name, s.first, s.last) for s in found.symbols] == [("reset", 6, 8)]
        assert found.imports == ("./A.vue",)


@pytest.mark.timeout(30)
@pytest.mark.parametrize("family", sorted(PATTERNS))
def test_every_pattern_ends_soon_on_any_line(family: str) -> None:
    end = next(end for end, each in EXTENSIONS.items() if each == family)
    for shape in ("a", "a ", "a*", "{% ", '"', "(", "=>", " ", "a.", "\t"):
        line = (shape * MAX_LINE_CHARS)[:MAX_LINE_CHARS]
        outline_file(f"x.{end}", f"{line}\n".encode() * 200)
    outline_file("x.vue", b"<script>" * 100_000)
