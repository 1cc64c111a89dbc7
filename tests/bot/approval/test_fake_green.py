"""Ways to make a check green without the code being right: a person looks at each of them.

Each row is a change of one file, from the first text to the second.
"""

import pytest

from bot.approval.changed_tests import ChangedTests, find_test_risks
from bot.approval.scan_tests import read_tests

PY = """\
import pytest
from bank import add, sub


class TestBank:
    def test_add(self):
        total = add(1, 2)
        assert total == 3


@pytest.mark.parametrize(("a", "b"), [(1, 2), (3, 4)])
def test_sub(a, b):
    assert sub(b, a) == 1


def check_all(cases):
    for case in cases:
        assert case
"""
JS = """\
import { add } from '../src/bank'
const cases = [1, 2]
describe('bank', () => {
  it('adds', () => {
    expect(add(1, 2))
      .toBe(3)
  })
  test.each([[1, 2], [3, 4]])('sub %i', (a, b) => {
    expect(b - a).toBe(1)
  })
})
"""
GO = """\
package bank

func TestAdd(t *testing.T) {
\tif got := Add(1, 2); got != 3 {
\t\tt.Errorf("got %d", got)
\t}
}
"""
RUST = """\
#[cfg(test)]
mod tests {
    #[test]
    fn adds() {
        assert_eq!(add(1, 2), 3);
    }
}
"""
JAVA = """\
import bank.Bank;
class BankTest {
    @Test
    void adds() {
        assertEquals(3, Bank.add(1, 2));
    }
}
"""
RUBY = """\
RSpec.describe Bank do
  it 'adds' do
    expect(Bank.add(1, 2)).to eq 3
  end
end
"""
PHP = """\
<?php
class BankTest extends TestCase {
    public function testAdds() {
        $this->assertSame(3, add(1, 2));
    }
}
"""


def risks(path: str, before: str, after: str) -> list[str]:
    file = ChangedTests(path, read_tests(path, before.encode()), read_tests(path, after.encode()))
    return [why for _, why in find_test_risks([file])]


def edit(text: str, old: str, new: str) -> str:
    assert old in text
    return text.replace(old, new, 1)


TESTS = {
    "test_bank.py": (
        PY,
        [
            ("        total = add", "        return\n        total = add"),
            ("        total = add", "        yield\n        total = add"),
            ("        total = add", "        raise SystemExit(0)\n        total = add"),
            ("total = add(1, 2)", "total = 3"),
            ("def check_all", "def cases(): return []\n\n\ndef check_all"),
            ("import pytest\n", "import pytest\nimport builtins\nbuiltins.len = f\n"),
            ("import pytest\n", "import pytest\nimport sys\nsys.modules['bank'] = f\n"),
            ("        assert total", "        total = 3\n        assert total"),
            ("    def test_add", "    @quiet\n    def test_add"),
            ("import pytest\n", "import pytest\nimport bank\nbank.add = lambda *a: 3\n"),
            ("def check_all", "def load_tests(*a): ...\n\n\ndef check_all"),
            ("def check_all", "def pytest_runtest_call(item): ...\n\n\ndef check_all"),
            ("total == 3", "total == 3 or True"),
            ("total == 3", "total == 4"),
            ("assert total == 3", "assert 1 == 1"),
            ("assert total == 3", "total == 3"),
            ("        assert total == 3", "        if 1 > 2:\n            assert total == 3"),
            ("        assert total == 3", "        for _ in ():\n            assert total == 3"),
            (
                "        assert total == 3",
                "        with quiet():\n            assert total == 3",
            ),
            (
                "        assert total == 3",
                "        try:\n            assert total == 3\n        except AssertionError:\n            pass",
            ),
            (
                "        assert total == 3",
                "        def never():\n            assert total == 3",
            ),
            ("        assert total == 3\n", ""),
            (", (3, 4)", ""),
            ("(3, 4)", "(4, 5)"),
            ("assert sub(b, a) == 1", "assert sub"),
            ("from bank import add, sub", "from stub import add, sub"),
            ("from bank import add, sub", "from bank import sub\n\ndef add(a, b): return 3"),
            ("from bank import add, sub", "from bank import add, sub\nsub = lambda a, b: 1"),
            ("    def test_add", "    def __init__(self): pass\n\n    def test_add"),
            ("def check_all", "del test_sub\n\n\ndef check_all"),
            ("def check_all", "test_sub = None\n\n\ndef check_all"),
            ("def check_all", "globals().pop('test_sub')\n\n\ndef check_all"),
            (
                "def check_all",
                "@pytest.fixture(autouse=True)\ndef fixed(monkeypatch): ...\n\n\ndef check_all",
            ),
            ("        total = add", "        monkeypatch.setattr(x, 'y', z)\n        total = add"),
            ("def check_all", "pytest.raises = lambda *a: None\n\n\ndef check_all"),
            ("        assert case", "        pass"),
            ("        assert case", "        return\n        assert case"),
        ],
    ),
    "bank.test.js": (
        JS,
        [
            ("    expect(add", "    return\n    expect(add"),
            (".toBe(3)", ".toBeDefined()"),
            (".toBe(3)", ".toBe(4)"),
            (".toBe(3)", ".not.toBe(4)"),
            ("    expect(add(1, 2))\n", "    expect(3)\n"),
            ("const cases", "const expect = () => ({ toBe() {} })\nconst cases"),
            ("const cases", "jest.mock('../src/bank')\nconst cases"),
            ("const cases", "vi.mock('../src/bank', () => ({ add: () => 3 }))\nconst cases"),
            ("'../src/bank'", "'../src/stub'"),
            ("import { add } from '../src/bank'", "const add = () => 3"),
            (", [3, 4]", ""),
            ("[3, 4]", "[4, 5]"),
            ("const cases", "globalThis.expect = () => ({ toBe() {} })\nconst cases"),
            ("    expect(b - a).toBe(1)", "    if (a > 9) {\n      expect(b - a).toBe(1)\n    }"),
        ],
    ),
    "bank_test.go": (
        GO,
        [
            ("got != 3", "got != 4"),
            ("got != 3", "false"),
            ("\tif got", "\treturn\n\tif got"),
            ("\t\tt.Errorf", "\t\tt.Logf"),
            ("func TestAdd", "func TestMain(m *testing.M) { os.Exit(0) }\n\nfunc TestAdd"),
            ("func TestAdd", "func TestMain(m *testing.M) {}\n\nfunc TestAdd"),
            ("func TestAdd", "func init() { flag.Set() }\n\nfunc TestAdd"),
        ],
    ),
    "src/lib.rs": (
        RUST,
        [
            ("#[cfg(test)]", '#[cfg(all(test, feature = "never"))]'),
            ("#[cfg(test)]", '#[cfg(feature = "never")]'),
            ("    #[test]", '    #[test]\n    #[cfg(feature = "never")]'),
            ("    #[test]", "    #[test]\n    #[cfg(windows)]"),
            ("        assert_eq", "        return;\n        assert_eq"),
            ("(1, 2), 3", "(1, 2), 4"),
            ("    fn adds", "    #[should_panic]\n    fn adds"),
            ("assert_eq!(add(1, 2), 3)", "let _ = add(1, 2)"),
        ],
    ),
    "src/test/java/BankTest.java": (
        JAVA,
        [
            ("assertEquals(3,", "assertEquals(4,"),
            (
                "        assertEquals(3, Bank.add(1, 2));",
                "        try { assertEquals(3, Bank.add(1, 2)); } catch (Throwable t) {}",
            ),
            (
                "        assertEquals(3, Bank.add(1, 2));",
                "        try {\n        assertEquals(3, Bank.add(1, 2));\n        } catch (Throwable t) {}",
            ),
            ("        assertEquals", "        if (x) return;\n        assertEquals"),
            ("import bank.Bank;", "import stub.Bank;"),
        ],
    ),
    "spec/bank_spec.rb": (
        RUBY,
        [
            ("to eq 3", "to be_truthy"),
            ("    expect", "    next\n    expect"),
            ("    expect", "    allow(Bank).to receive(:add).and_return(3)\n    expect"),
        ],
    ),
    "tests/BankTest.php": (
        PHP,
        [
            ("assertSame(3", "assertSame(4"),
            ("        $this->assert", "        return;\n        $this->assert"),
        ],
    ),
}


@pytest.mark.parametrize(
    ("path", "text", "old", "new"),
    [(path, text, *row) for path, (text, rows) in TESTS.items() for row in rows],
)
def test_an_existing_test_that_proves_less_than_before_is_told(
    path: str, text: str, old: str, new: str
) -> None:
    assert risks(path, text, edit(text, old, new))


@pytest.mark.parametrize(
    ("path", "text", "old", "new"),
    [
        ("test_bank.py", PY, "        assert total", "        assert add(2, 2) == 4\n        assert total"),
        ("test_bank.py", PY, "(3, 4)", "(3, 4), (5, 6)"),
        ("test_bank.py", PY, "def check_all", "def test_new():\n    return\n\n\ndef check_all"),
        ("test_bank.py", PY, "import add, sub", "import add, mul, sub"),
        ("test_bank.py", PY, "        assert total == 3", "        assert (\n            total == 3\n        )"),
        ("test_bank.py", PY, "total = add(1, 2)", "total = add(\n            1,\n            2,\n        )"),
        ("test_bank.py", PY, "    def test_add", '    """All of it."""\n\n    def test_add'),
        ("bank.test.js", JS, "[3, 4]", "[3, 4], [5, 6]"),
        ("bank.test.js", JS, "  test.each", "  it('more', () => { expect(1).toBe(1) })\n  test.each"),
        ("bank_test.go", GO, "func TestAdd", "func TestMore(t *testing.T) {\n\treturn\n}\n\nfunc TestAdd"),
        ("src/lib.rs", RUST, "    #[test]", "    #[test]\n    fn more() { assert!(x()); }\n\n    #[test]"),
        ("spec/bank_spec.rb", RUBY, "  it 'adds'", "  it 'more' do\n    next\n  end\n\n  it 'adds'"),
    ],
)  # fmt: skip
def test_a_file_that_gains_tests_or_cases_waits_for_nobody(
    path: str, text: str, old: str, new: str
) -> None:
    assert risks(path, text, edit(text, old, new)) == []


UNREAD = {
    "tests/check_bank.c": ("void test_add(void) {\n  ck_assert(add(1, 2) == 3);\n}\n", "  ck_assert(add(1, 2) == 3);\n"),
    "test/bank_test.cpp": ("TEST(Bank, Adds) {\n  EXPECT_EQ(add(1, 2), 3);\n}\n", "  EXPECT_EQ(add(1, 2), 3);\n"),
    "test/bank.bats": ('@test "adds" {\n  [ "$(add 1 2)" = 3 ]\n}\n', '  [ "$(add 1 2)" = 3 ]\n'),
    "tests/run.sh": ("add 1 2 | grep -q 3 || exit 1\necho done\n", "add 1 2 | grep -q 3 || exit 1\n"),
    "test/bank_test.exs": ('test "adds" do\n  assert Bank.add(1, 2) == 3\nend\n', "  assert Bank.add(1, 2) == 3\n"),
    "test/bank_test.dart": ("test('adds', () {\n  expect(add(1, 2), 3);\n});\n", "  expect(add(1, 2), 3);\n"),
    "spec/bank_spec.lua": ("it('adds', function()\n  assert.equal(3, add(1, 2))\nend)\n", "  assert.equal(3, add(1, 2))\n"),
    "t/bank.t": ("use Test::More;\nis(add(1, 2), 3);\ndone_testing;\n", "is(add(1, 2), 3);\n"),
    "test/BankSpec.hs": ('spec = it "adds" $\n  add 1 2 `shouldBe` 3\n', "  add 1 2 `shouldBe` 3\n"),
    "tests/testthat/test-bank.R": ("test_that('adds', {\n  expect_equal(add(1, 2), 3)\n})\n", "  expect_equal(add(1, 2), 3)\n"),
    "tests/bank.robot": ("*** Test Cases ***\nAdds\n    Should Be Equal  ${3}  ${x}\n", "    Should Be Equal  ${3}  ${x}\n"),
    "features/bank.feature": ("Scenario: adds\n  When I add 1 and 2\n  Then I have 3\n", "  Then I have 3\n"),
    "test/bank_test.clj": ("(deftest adds\n  (is (= 3 (add 1 2))))\n", "  (is (= 3 (add 1 2))))\n"),
    "src/bank.zig": ('test "adds" {\n    try expect(add(1, 2) == 3);\n}\nfn f() void {}\n', "    try expect(add(1, 2) == 3);\n"),
    "src/bank.d": ("unittest {\n    assert(add(1, 2) == 3);\n}\n", "    assert(add(1, 2) == 3);\n"),
    "bank.py": ('"""Adds.\n\n>>> add(1, 2)\n3\n"""\n', "3\n"),
    "lib/bank.ex": ('@doc """\n    iex> Bank.add(1, 2)\n    3\n"""\n', "    3\n"),
    "README.md": ("Use it:\n\n>>> add(1, 2)\n3\n", ">>> add(1, 2)\n"),
    "src/bank.rs": ("/// ```\n/// assert_eq!(add(1, 2), 3);\n/// ```\npub fn add() {}\n", "/// assert_eq!(add(1, 2), 3);\n"),
    "bank/testdata/add.golden": ("1\n3\n5\n", "3\n"),
    "tests/expected/add.json": ('{\n"sum": 3\n}\n', '"sum": 3\n'),
    "src/__snapshots__/bank.test.js.snap": ("exports[`adds`] = `\n3\n`;\n", "3\n"),
}  # fmt: skip


@pytest.mark.parametrize("path", UNREAD)
@pytest.mark.parametrize("new", ["", "4\n", "// {}"])
def test_tests_in_a_language_that_is_not_read_lose_no_line_unseen(path: str, new: str) -> None:
    text, line = UNREAD[path]
    assert risks(path, text, edit(text, line, new.format(line)))
    assert risks(path, text, text + ("\n" + line if path.endswith(".bats") else "")) == []


@pytest.mark.parametrize(
    ("path", "before", "added"),
    [
        ("test/a.bats", "@test 'a' {\n  run a\n}\n", "  skip\n"),
        ("tests/check_a.c", "void t(void) {\n  ck_assert(a());\n}\n", "#if 0\n"),
        ("tests/check_a.c", "void t(void) {\n  ck_assert(a());\n}\n", "/*\n"),
        ("tests/check_a.c", "void t(void) {\n  ck_assert(a());\n}\n", "  return;\n"),
        ("tests/run.sh", "a || exit 1\n", "exit 0\n"),
        ("t/a.t", "is(a(), 3);\n", "__END__\n"),
        ("t/a.t", "is(a(), 3);\n", "=pod\n"),
        ("spec/a_spec.lua", "it('a', function() end)\n", "--[[\n"),
        ("test/a_test.exs", "test 'a' do\nend\n", "@tag :skip\n"),
        ("features/a.feature", "Scenario: a\n", "@skip\n"),
        ("test/a_test.clj", "(deftest a (is (a)))\n", "(comment\n"),
    ],
)
def test_a_line_that_leaves_the_rest_out_is_told_in_any_language(
    path: str, before: str, added: str
) -> None:
    first, _, rest = before.partition("\n")
    assert risks(path, before, f"{first}\n{added}{rest}")
    assert risks(path, before, f"{added}{before}")


WORDS = {
    "bank.py": (
        *("import atexit, os\natexit.register(os._exit, 0)\n", "import os\nos._exit(0)\n"),
        "import _pytest.python\n_pytest.python.Function.runtest = lambda s: None\n",
        "import pytest\npytest.Session.testsfailed = property(lambda s: 0)\n",
        "import unittest\nunittest.TestCase.assertEqual = lambda *a, **k: None\n",
        "import sys\nsys.modules['unittest'] = None\n",
        *("import sys\nsys.exit(0)\n", "import sys; sys.exit(0)\n", "if 1 < 2: exit(0)\n"),
        "raise SystemExit\n",
        "import builtins\nbuiltins.AssertionError = Warning\n",
        "import gc\nfor x in gc.get_objects(): pass\n",
        "import inspect\ninspect.stack()[1]\n",
        "import sys\nsys._getframe(1).f_locals\n",
        "class Any:\n    def __eq__(self, other): return True\n",
        "class Any:\n    def __eq__(self, other):\n        return True\n",
        "class Any(int):\n    __eq__ = lambda a, b: True\n",
        "import os\nopen(f'/proc/{os.getppid()}/fd/1', 'w').write('2 passed in 0.01s')\n",
        "import os\nif 'PYTEST_CURRENT_TEST' in os.environ: pass\n",
        "import ctypes\nctypes.CDLL(None)._exit(0)\n",
        "import os\nos.write(1, b'Ran 1 test')\n",
        "import sys\nsys.__stdout__.write('2 passed')\n",
        "import signal\nsignal.raise_signal(9)\n",
    ),
    "src/bank.js": (
        *("process.exit(0)\n", "process.exitCode = 0\n", "process.on('exit', () => {})\n"),
        *("globalThis.expect = () => ({})\n", "global['expect'] = f\n", "jest.fn()\n"),
        "require.cache = {}\n",
        "if (process.env.NODE_ENV === 'test') {}\n",
        "Object.is = () => true\n",
    ),
    "src/bank.ts": ("process.reallyExit(0)\n", "vi.mock('x')\n"),
    "bank.go": (
        "package b\nfunc init() { os.Exit(0) }\n",
        'package b\nimport "testing"\nvar x = testing.Testing()\n',
        "package b\nfunc f() { runtime.Goexit() }\n",
    ),
    "src/bank.rs": ("fn a() { std::process::exit(0) }\n", "fn a() -> i32 { if cfg!(test) { 3 } else { 0 } }\n"),
    "src/Bank.java": (
        "class B { static { System.exit(0); } }\n",
        "class B { static { Runtime.getRuntime().halt(0); } }\n",
        "class B { public boolean equals(Object o) { return true; } }\n",
        "import org.junit.jupiter.api.Assertions;\n",
    ),
    "lib/bank.rb": ("at_exit { exit! 0 }\n", "module Minitest; end\n", "class A\n  def ==(o)\n    true\n  end\nend\n"),
    "src/bank.php": ("<?php register_shutdown_function('f');\n", "<?php exit(0);\n"),
    "src/Bank.cs": ("class B { B() { Environment.Exit(0); } }\n",),
    "src/bank.c": ("void f(void) { _exit(0); }\n", "__attribute__((constructor)) void f(void) {}\n"),
}  # fmt: skip


@pytest.mark.parametrize(
    ("path", "text"), [(p, text) for p, rows in WORDS.items() for text in rows]
)
def test_code_that_speaks_of_its_runner_or_ends_the_process_is_told(path: str, text: str) -> None:
    """Outside tests, in a new file as in one that has no such word yet."""
    assert risks(path, "", text)
    assert risks(path, "x\n", f"x\n{text}")
    assert risks(path, text, text) == []


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("bank.py", "# atexit, os._exit and unittest\nTEXT = 'import atexit'\n"),
        ("bank.py", "import os\nimport sys\n\n\ndef f(self):\n    return os.path.exists(sys.argv[0])\n"),
        ("bank.py", "class A:\n    def __eq__(self, other):\n        return self.x == other.x\n"),
        ("run.py", "import sys\n\n\ndef f(): sys.exit(1)\n\n\nif __name__ == '__main__': sys.exit(f())\n"),
        ("src/bank.js", "const x = process.env.HOME\nconst re = /test/\nre.test('a')\n"),
        ("bank.go", "package b\n// os.Exit\nvar x = os.Args\n"),
        ("src/bank.rs", "fn a() {}\n#[cfg(test)]\nmod tests {\n    #[test]\n    fn b() { a() }\n}\n"),
        ("src/Bank.java", "class B { public boolean equals(Object o) { return o == this; } }\n"),
        ("test_new.py", "import sys, unittest\nimport pytest\n\n\ndef test_a():\n    assert sys.modules\n"),
    ],
)  # fmt: skip
def test_plain_code_and_new_tests_wait_for_nobody(path: str, text: str) -> None:
    assert risks(path, "", text) == []


def test_what_is_run_before_the_tests_of_a_folder_is_told() -> None:
    assert risks("tests/__init__.py", "", "import pytest\nf(pytest)\n")
    assert risks("tests/__init__.py", "", "# nothing\n") == []
