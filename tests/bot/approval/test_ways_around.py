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


UNIT = """\
import unittest

from bank import withdraw


class Withdraw(unittest.TestCase):
    def test_subtracts(self):
        self.assertEqual(withdraw(5, 2), 3)
"""
PLAIN = "from bank import withdraw\n\n\ndef test_subtracts(account):\n    assert abs(withdraw(5, 2)) == 3\n"
JS = "import { add } from '../bank'\nit('adds', () => {\n  expect(add(1, 2)).toBe(3)\n})\n"
GO = "package bank\n\nfunc TestAdd(t *testing.T) {\n\tassertIt(t, Add(1, 2) == 3)\n}\n"
RUST = "#[cfg(test)]\nmod tests {\n    use super::*;\n    #[test]\n    fn adds() {\n        assert_eq!(add(1, 2), 3);\n    }\n}\n"
RUBY = "RSpec.describe Bank do\n  it 'adds' do\n    expect(add(1, 2)).to eq 3\n  end\nend\n"
PHP = "<?php\nclass BankTest extends TestCase {\n  public function testAdd() {\n    $this->assertSame(3, add(1, 2));\n  }\n}\n"
JAVA = "class BankTest {\n    @Test\n    void adds() {\n        assertEquals(3, Bank.add(1, 2));\n    }\n}\n"
SHADOWED = [
    ("test_bank.py", UNIT, "    def test", "    def assertEqual(self, *them): ...\n\n    def test"),
    ("test_bank.py", UNIT, "    def test", "    assertEqual = print\n\n    def test"),
    (
        "test_bank.py",
        UNIT,
        "    def test",
        "    def setUp(self):\n        self.assertEqual = print\n\n    def test",
    ),
    ("test_bank.py", UNIT, "    def test", "    def run(self, result=None): ...\n\n    def test"),
    ("test_bank.py", UNIT, "    def test", "    async def test"),
    ("test_bank.py", UNIT, "(unittest", "(Quiet, unittest"),
    ("test_bank.py", UNIT, "TestCase)", "TestCase, metaclass=Quiet)"),
    ("test_bank.py", f"{UNIT}\n", "3)\n", "3)\n\n\nWithdraw.test_subtracts = print\n"),
    ("test_bank.py", PLAIN, "    assert", "    withdraw = lambda *_: 3\n    assert"),
    ("test_bank.py", PLAIN, "    assert", "    for withdraw in [max]: ...\n    assert"),
    ("test_bank.py", PLAIN, "(account)", "(account, withdraw=max)"),
    ("test_bank.py", PLAIN, "\n\n\ndef", "\n\nabs = len\n\n\ndef"),
    ("test/bank.test.js", JS, "  expect", "  const add = () => 3\n  expect"),
    ("test/bank.test.js", JS, "it('", "const expect = quiet\nit('"),
    ("test/bank.test.js", JS, "it('", "function it() {}\nit('"),
    ("bank_test.go", GO, "\tassert", "\tAdd := three\n\tassert"),
    ("bank_test.go", GO, "func", "func assertIt(t *testing.T, ok bool) {}\n\nfunc"),
    ("bank_test.go", GO, "*testing.T", "*quiet"),
    ("src/lib.rs", RUST, "    #[test]", "    fn add(_: i32, _: i32) -> i32 { 3 }\n    #[test]"),
    ("src/lib.rs", RUST, "        assert", "        let add = three;\n        assert"),
    ("spec/bank_spec.rb", RUBY, "  it", "  def Bank.add(*) = 3\n  it"),
    ("spec/bank_spec.rb", RUBY, "  it", "  def expect(*) = quiet\n\n  it"),
    (
        "tests/BankTest.php",
        PHP,
        "  public",
        "  public static function assertSame($a, $b) {}\n  public",
    ),
    (
        "src/test/BankTest.java",
        JAVA,
        "    @Test",
        "    static void assertEquals(int a, int b) {}\n    @Test",
    ),
]


@pytest.mark.parametrize(("path", "before", "old", "new"), SHADOWED)
def test_another_meaning_of_what_an_existing_test_calls_waits(
    path: str, before: str, old: str, new: str
) -> None:
    assert old in before
    after = before.replace(old, new, 1)
    file = ChangedTests(path, read_tests(path, before.encode()), read_tests(path, after.encode()))
    assert [path for path, _ in find_test_risks([file])]


def test_new_tests_with_names_of_their_own_do_not_wait() -> None:
    more = "\n\ndef helper(x):\n    left = withdraw(x, 1)\n    return left\n\n\nclass Fake:\n    def withdraw(self): ...\n"
    more += "\n\ndef test_more(account):\n    got = helper(3)\n    assert got == 2\n"
    before, after = (read_tests("test_bank.py", text.encode()) for text in (PLAIN, PLAIN + more))
    assert list(find_test_risks([ChangedTests("test_bank.py", before, after)])) == []


@pytest.mark.parametrize(
    ("path", "before", "more"),
    [
        ("bank_test.go", GO, "func (f fake) Add(a int) {}\n"),
        (
            "bank_test.go",
            f"{GO}\tx, stop := f()\n\tstop()\n",
            "func TestB() {\n\tx, stop := f()\n}\n",
        ),
        (
            "a.test.js",
            f"{JS}const stop = f()\nstop()\n",
            "it('b', () => {\n  const stop = f()\n})\n",
        ),
    ],
)
def test_a_name_that_had_several_meanings_may_get_one_more(
    path: str, before: str, more: str
) -> None:
    texts = (read_tests(path, text.encode()) for text in (before, before + more))
    assert list(find_test_risks([ChangedTests(path, *texts)])) == []
