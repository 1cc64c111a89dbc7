"""Definitions of a reply are merged by name and place in every language that has an outline."""

import pytest

from runners.edits.merge_parts import merge_parts

FILES = {
    "a.js": (
        "const fs = require('fs');\n\n// Reads.\nfunction read(x) {\n  return x;\n}\n\n"
        "class Box {\n  put(x) {\n    this.x = x;\n  }\n\n  get() {\n    return this.x;\n  }\n}\n\n"
        "module.exports = { read, Box };\n"
    ),
    "a.ts": (
        "import fs from 'fs';\n\nexport function read(x: number): number {\n  return x;\n}\n\n"
        "export class Box {\n  private x = 0;\n\n  put(x: number): void {\n    this.x = x;\n  }\n\n"
        "  get(): number {\n    return this.x;\n  }\n}\n"
    ),
    "A.java": (
        "package a;\n\nimport java.util.List;\n\npublic class A {\n  private int x;\n\n  @Override\n"
        "  public int get() {\n    return x;\n  }\n\n  public void put(int y) {\n    x = y;\n  }\n}\n"
    ),
    "a.go": (
        'package a\n\nimport "fmt"\n\n// Read reads.\nfunc Read(x int) int {\n\treturn x\n}\n\n'
        "func (b *Box) Get() int {\n\treturn b.x\n}\n"
    ),
    "a.rs": (
        "use std::fmt;\n\n/// Reads.\n#[inline]\npub fn read(x: u32) -> u32 {\n    x\n}\n\n"
        "impl Box2 {\n    pub fn get(&self) -> u32 {\n        self.x\n    }\n}\n"
    ),
    "a.c": (
        "#include <stdio.h>\n\nstatic int\nread(int x)\n{\n  return x;\n}\n\nint\nget(void)\n{\n  return 1;\n}\n"
    ),
    "a.rb": "require 'set'\n\nclass Box\n  def get\n    @x\n  end\n\n  def put(x)\n    @x = x\n  end\nend\n",
    "a.php": "<?php\n\nfunction read($x) {\n    return $x;\n}\n\nclass Box {\n    function get() {\n        return 1;\n    }\n}\n",
    "a.sh": '#!/bin/sh\nset -e\n\nread_it() {\n  cat "$1"\n}\n\nget() {\n  echo 1\n}\n\nget\n',
}  # fmt: skip

REPLACED = [
    ("a.js", "function read(x) {\n  return x + 1;\n}\n", "  return x;\n", "  return x + 1;\n"),
    ("a.js", "get() {\n  return 2;\n}\n", "    return this.x;\n", "    return 2;\n"),
    ("a.js", "class Box {\n  get() {\n    return 2;\n  }\n}\n", "    return this.x;\n", "    return 2;\n"),
    ("a.ts", "get(): number {\n  return 2;\n}\n", "    return this.x;\n", "    return 2;\n"),
    ("a.ts", "export function read(x: number): number {\n  return -x;\n}\n", "return x;", "return -x;"),
    ("A.java", "public int get() {\n  return x + 1;\n}\n", "    return x;\n", "    return x + 1;\n"),
    ("A.java", "class A {\n  public void put(int y) {\n    x = 2 * y;\n  }\n}\n", "x = y;", "x = 2 * y;"),
    ("a.go", "package a\n\nfunc Read(x int) int {\n\treturn -x\n}\n", "return x\n", "return -x\n"),
    ("a.go", "func (b *Box) Get() int {\n\treturn 2\n}\n", "return b.x\n", "return 2\n"),
    ("a.rs", "pub fn read(x: u32) -> u32 {\n    x + 1\n}\n", "    x\n}", "    x + 1\n}"),
    ("a.rs", "impl Box2 {\n    pub fn get(&self) -> u32 {\n        2\n    }\n}\n", "self.x", "2"),
    ("a.rs", "pub fn get(&self) -> u32 {\n    2\n}\n", "self.x", "2"),
    ("a.c", "static int\nread(int x)\n{\n  return -x;\n}\n", "return x;", "return -x;"),
    ("a.rb", "def get\n  2\nend\n", "    @x\n", "    2\n"),
    ("a.rb", "class Box\n  def get\n    2\n  end\nend\n", "    @x\n", "    2\n"),
    ("a.php", "<?php\nfunction read($x) {\n    return -$x;\n}\n", "return $x;", "return -$x;"),
    ("a.sh", "get() {\n  echo 2\n}\n", "echo 1", "echo 2"),
]  # fmt: skip


@pytest.mark.parametrize(("path", "code", "old", "new"), REPLACED)
def test_a_definition_takes_the_place_of_its_name(path: str, code: str, old: str, new: str) -> None:
    """A function, or a method with its class around it or without; all else stays to the byte."""
    assert FILES[path].count(old) == 1
    merged = merge_parts(path, FILES[path].split("\n"), code.split("\n"))
    assert merged is not None
    assert "\n".join(merged) == FILES[path].replace(old, new)


@pytest.mark.parametrize(
    ("path", "code", "above", "below"),
    [
        ("a.js", "function read(x) {\n  return 2;\n}\n\nfunction more(x) {\n  return x;\n}\n", "function read", "class Box"),
        ("a.js", "function less(x) {\n  return x;\n}\n\nfunction read(x) {\n  return 2;\n}\n", "const fs", "function read"),
        ("A.java", "public void put(int y) {\n    x = 2;\n}\n\npublic void more() {\n    x = 3;\n}\n", "void put", "}\n"),
        ("A.java", "class A {\n  public int more() {\n    return 3;\n  }\n\n  public int get() {\n    return x;\n  }\n}\n", "private int", "@Override"),
        ("a.rs", "pub fn more() {}\n", "pub fn read", "impl Box2"),
    ],
)  # fmt: skip
def test_a_new_definition_stands_beside_its_neighbour(
    path: str, code: str, above: str, below: str
) -> None:
    """Where the reply has it: below the known one above it, or above the one below."""
    merged = merge_parts(path, FILES[path].split("\n"), code.split("\n"))
    assert merged is not None
    text = "\n".join(merged)
    word = "less" if "less" in code else "more"
    assert text.index(above) < text.index(word) < text.rindex(below)


def test_new_imports_come_along() -> None:
    """Below those that are there, and none twice."""
    code = "import java.util.List;\nimport java.util.Map;\n\nclass A {\n  public int get() {\n    return 2;\n  }\n}\n"
    merged = merge_parts("A.java", FILES["A.java"].split("\n"), code.split("\n"))
    assert merged is not None
    assert "\n".join(merged).count("import java.util.List;\nimport java.util.Map;\n") == 1


def test_a_comment_above_is_replaced_by_the_reply_s_own() -> None:
    """And stays where the reply has none."""
    code = "// Reads one more.\nfunction read(x) {\n  return x + 1;\n}\n"
    merged = merge_parts("a.js", FILES["a.js"].split("\n"), code.split("\n"))
    assert merged is not None
    assert "// Reads.\n" not in "\n".join(merged)
    assert "// Reads one more.\nfunction read" in "\n".join(merged)


TWICE = (
    "class A {\n  int f(int x) {\n    return 1;\n  }\n\n  int f(long x) {\n    return 2;\n  }\n}\n"
)


@pytest.mark.parametrize(
    ("path", "before", "code"),
    [
        ("A.java", TWICE, "int f(short x) {\n    return 3;\n}\n"),
        ("a.js", FILES["a.js"], "function read(x) {\n  // ... existing code ...\n}\n"),
        ("a.js", FILES["a.js"], "read(3);\n"),
        ("a.js", FILES["a.js"], "function read(x) {\n  return 2;\n}\n\nread(3);\n"),
        ("a.js", FILES["a.js"], "function read(x) {\n  return 2;\n"),
        ("a.js", FILES["a.js"], "class read {\n}\n"),
        ("a.js", FILES["a.js"], ""),
        ("a.txt", "read\n", "read\n"),
    ],
)
def test_what_is_unclear_is_not_merged(path: str, before: str, code: str) -> None:
    """Overloads, elided bodies, calls, cut definitions, another kind of definition."""
    assert merge_parts(path, before.split("\n"), code.split("\n")) is None


def test_an_overload_is_told_by_its_first_line() -> None:
    """The same signature is the same method."""
    merged = merge_parts("A.java", TWICE.split("\n"), ["int f(long x) {", "  return 3;", "}", ""])
    assert merged is not None
    assert "\n".join(merged) == TWICE.replace("return 2", "return 3")


def test_only_what_was_shown_is_replaced() -> None:
    """Nobody saw the rest, so nobody can have changed it."""
    code = ["function read(x) {", "  return 2;", "}", ""]
    assert merge_parts("a.js", FILES["a.js"].split("\n"), code, [(8, 16)]) is None
    assert merge_parts("a.js", FILES["a.js"].split("\n"), code, [(3, 6)]) is not None


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("a.c", "int\nmain(void)\n{\n  return read(1);\n}\n"),
        ("a.go", 'package a\n\nimport "testing"\n\nfunc TestRead(t *testing.T) {\n\tRead(1)\n}\n'),
        ("a.rs", "#[cfg(test)]\nmod tests {\n    #[test]\n    fn reads() {\n        super::read(1);\n    }\n}\n"),
        ("A.java", "class ATest {\n  void get() {\n    new A().get();\n  }\n}\n"),
        ("A.java", "public class B {\n  public int get() {\n    return 1;\n  }\n}\n"),
        ("a.js", "function example() {\n  return read(1);\n}\n"),
    ],
)  # fmt: skip
def test_what_only_shows_or_tests_a_file_is_not_merged_into_it(path: str, code: str) -> None:
    """Alone, nothing says that it is for this file; a public class of Java has a file of its own."""
    assert merge_parts(path, FILES[path].split("\n"), code.split("\n")) is None


@pytest.mark.parametrize(
    ("path", "code", "absent"),
    [
        ("a.c", "#include <assert.h>\n\nstatic int\nread(int x)\n{\n  return 7;\n}\n\nint\nmain(void)\n{\n  assert(read(1));\n}\n", "main"),
        ("a.js", "const assert = require('assert');\n\nfunction read(x) {\n  return 7;\n}\n\nfunction testRead() {\n  assert(read(1));\n}\n", "assert"),
    ],
)  # fmt: skip
def test_an_example_that_comes_along_stays_out(path: str, code: str, absent: str) -> None:
    """What is for the file is merged; the example and the imports that it alone uses are not."""
    merged = merge_parts(path, FILES[path].split("\n"), code.split("\n"))
    assert merged is not None
    assert "return 7;" in "\n".join(merged)
    assert absent not in "\n".join(merged)


def test_a_main_that_the_task_asks_for_is_merged() -> None:
    """The task names it, so it is for the file."""
    code = "int\nmain(void)\n{\n  return get();\n}\n"
    merged = merge_parts("a.c", FILES["a.c"].split("\n"), code.split("\n"), (), "Add a main()")
    assert merged is not None
    assert "main(void)" in "\n".join(merged)
