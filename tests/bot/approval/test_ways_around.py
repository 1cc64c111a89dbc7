"""More ways to a green check that proves nothing, by what they change: a person looks at each."""

import pytest

from bot.approval.changed_tests import ChangedTests, find_test_risks
from bot.approval.scan_tests import read_tests

CODE = {
    "the library that the runner uses": (
        "bank.py",
        "import io\nfrom sys import stderr as err\nimport os.path as p\n",
        [
            "io.StringIO.write = print",
            "setattr(err, 'write', print)",
            "    p.sep = 3",
            "if x: pass\nio.x: int = 3",
        ],
    ),
    "the runner's module, hooks and process": (
        "bank.py",
        "",
        [
            "import __main__",
            "def pytest_pyfunc_call(item): ...",
            "from os import execv",
            "getattr(os, '_exit')(0)",
        ],
    ),
    "what all modules share": (
        "bank.js",
        "",
        [
            "require('node:assert').equal = () => {}",
            "assert.strictEqual = () => {}",
            "Object.defineProperty(globalThis, 'expect', { value: 1 })",
            "Object.assign(globalThis, { it })",
            "const { exit } = process",
            "import { exit } from 'node:process'",
            "const any = { asymmetricMatch: () => true }",
        ],
    ),
    "which tests are run": (
        "bank.go",
        "package bank\n",
        [
            'func init() { os.Args = append(os.Args, "-x") }',
            'func init() { flag.Set("a", "b") }',
            'var off = "-test.run"',
        ],
    ),
    "macros and C's functions": (
        "src/lib.rs",
        "",
        [
            "macro_rules! assert_eq { ($($t:tt)*) => {} }",
            '#[link_section = ".init_array"]',
            'extern "C" { fn exit(code: i32) -> !; }',
        ],
    ),
    "assertions of C": (
        "bank.h",
        "",
        ["#define NDEBUG", "#undef assert", "# define EXPECT_EQ(a, b)", "#define if(x)"],
    ),
    "programs of a shell": (
        "lib.sh",
        "",
        ["test() { :; }", "function [ { :; }", "alias diff=true", "trap : 0", "enable -n test"],
    ),
    "objects of Ruby": (
        "bank.rb",
        "",
        ["module Kernel\nend", "class Object\nend", "def expect(*) = 1"],
    ),
    "text that is read as another": ("bank.py", "", ["# -*- coding: utf-7 -*-"]),
    "letters that are code": ("Bank.java", "", [r"// \u000a int a;", r"/* \u002a\u002f */"]),
    "lines that go on": ("tests/bank.c", "int a;\n", ["// no \\", "#define NDEBUG"]),
}
ROWS = [(path, before, line) for path, before, lines in CODE.values() for line in lines]


@pytest.mark.parametrize(("path", "before", "line"), ROWS)
def test_code_that_answers_for_its_own_tests_waits(path: str, before: str, line: str) -> None:
    after = f"{before}{line}\n"
    file = ChangedTests(path, read_tests(path, before.encode()), read_tests(path, after.encode()))
    assert [path for path, _ in find_test_risks([file])] == [path]


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("bank.py", "import io\nlog = io.StringIO()\nlog.name = 'x'\nself.io = io\nio = 3"),
        ("bank.py", "if __name__ == '__main__':\n    main()\n# coding: utf-8"),
        ("bank.py", "# -*- coding: utf-8 -*-"),
        ("bank.py", "def set(a): return setattr(a, 'b', 1)"),
        ("bank.js", "const value = require('x').value\nObject.assign(target, { a: 1 })"),
        ("bank.js", "if (require('x').mode == 1 || require('x').f === 2) { assert.equal(1, 1) }"),
        ("bank.go", "var name = os.Args[1]\nvar ok = os.Args == nil"),
        ("src/lib.rs", "macro_rules! sum { () => {} }\nfn existing() {}"),
        ("bank.h", "#define BANK_H\n#define ifdef_x 1"),
        ("lib.sh", "test -f a && diff a b\nlatest() { :; }\ntrap cleanup INT"),
        ("Bank.java", 'String s = "\\u00e9";'),
    ],
)
def test_code_that_does_none_of_this_does_not(path: str, line: str) -> None:
    file = ChangedTests(path, read_tests(path, b""), read_tests(path, f"{line}\n".encode()))
    assert list(find_test_risks([file])) == []
