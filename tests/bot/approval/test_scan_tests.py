"""Tests and what keeps them from being run, in each language, by the text alone."""

from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.processor_time import find_growth, require_within

from bot.approval.scan_tests import read_tests
from bot.approval.test_paths import is_test_path


def names(path: str, text: str) -> list[str]:
    return sorted(read_tests(path, text.encode()).asserts)


def skips(path: str, text: str) -> list[str]:
    return sorted(read_tests(path, text.encode()).skips)


PY = """\
import unittest

def test_a(x):
    assert x  # assert twice
    assert "assert"

class Bank(unittest.TestCase):
    async def test_b(self):
        self.assertEqual(1, 1)
        with self.assertRaises(ValueError): pass
"""
JS = """\
describe('bank', () => {
  it("adds", () => { expect(1).toBe(1); assert.equal(1, 1) })
  test.each([[1, 2]])(`adds %i`, (a) => { expect(a) })
  it.concurrent('waits', async () => {})
})
"""
GO = """\
package bank
func TestAdd(t *testing.T) {
\tt.Run("small", func(t *testing.T) { require.Equal(t, 1, 1) })
\tif x { t.Fatalf("no") }
}
func (s *Suite) TestIn() {}
func FuzzIt(f *testing.F) {}
func helper() {}
"""
RUST = """\
fn id<'a>(x: &'a str) -> &'a str { x }
#[cfg(test)]
mod tests {
    #[test]
    #[should_panic(expected = "x")]
    fn adds() { assert_eq!(1, 1); assert!(true); }
    #[tokio::test(flavor = "multi_thread")]
    async fn waits() {}
}
"""
JAVA = """\
class BankTest {
    @Test
    void adds() { assertEquals(1, 1); }
    @ParameterizedTest(name = "with (brackets)")
    @ValueSource(ints = {1, 2})
    public void each(int x) { assertThat(x); verify(bank).add(); }
    public void testOld() {}
    void helper() {}
}
"""
KOTLIN = "class T {\n  @Test\n  fun `adds two`() { assertTrue(x) }\n  @Test fun plain() {}\n}\n"
CSHARP = "class T {\n  [Theory]\n  [InlineData(1)]\n  public void Adds(int x) { Assert.Equal(1, x); }\n}\n"
RUBY = "describe 'bank' do\n  it 'adds' do\n    expect(1).to eq 1\n  end\nend\ndef test_old\nend\n"


@pytest.mark.parametrize(
    ("path", "text", "expected"),
    [
        ("test_a.py", PY, {"test_a": 2, "Bank.test_b": 2}),
        ("a.test.ts", JS, {"bank": 0, "adds": 2, "adds %i": 1, "waits": 0}),
        ("a.test.jsx", JS, {"bank": 0, "adds": 2, "adds %i": 1, "waits": 0}),
        ("a_test.go", GO, {"TestAdd": 0, "small": 2, "TestIn": 0, "FuzzIt": 0}),
        ("src/lib.rs", RUST, {"adds": 1, "waits": 0}),
        ("BankTest.java", JAVA, {"adds": 1, "each": 2, "testOld": 0}),
        ("T.kt", KOTLIN, {"`adds two`": 1, "plain": 0}),
        ("T.cs", CSHARP, {"Adds": 1}),
        ("bank_spec.rb", RUBY, {"bank": 0, "adds": 1, "test_old": 0}),
        ("notes.md", PY, {}),
    ],
)
def test_each_test_is_found_with_what_it_asserts(
    path: str, text: str, expected: dict[str, int]
) -> None:
    """Comments, texts and what is always true assert nothing."""
    assert read_tests(path, text.encode()).asserts == expected
    assert read_tests(path, text.replace("\n", "\r\n").encode()).asserts == expected


@pytest.mark.parametrize(
    ("path", "before", "after"),
    [
        ("test_a.py", "def test_a(): pass", "# def test_a(): pass"),
        ("test_a.py", "def test_a(): pass", '"""\ndef test_a(): pass\n"""'),
        ("test_a.py", "def test_a(): pass", "'''\ndef test_a(): pass\n"),
        ("test_a.py", "def test_a(): pass", "def _test_a(): pass"),
        ("test_a.py", "def test_a(): pass", "def off():\n  def test_a(): pass"),
        ("test_a.py", "class TestA:\n  def test_a(): pass", "class A:\n  def test_a(): pass"),
        ("a.test.js", "it('a', f)", "// it('a', f)"),
        ("a.test.js", "it('a', f)", "/*\nit('a', f)\n*/"),
        ("a.test.js", "it('a', f)", "x = `\nit('a', f)\n`"),
        ("a.test.js", "it('a', f)", "x = \"it('a', f)\""),
        ("a_test.go", "func TestA(t *testing.T) {}", "func testA(t *testing.T) {}"),
        ("a_test.go", "func TestA(t *testing.T) {}", "/* \nfunc TestA(t *testing.T) {}\n*/"),
        ("a_test.go", "func TestA(t *testing.T) {}", "var x = `\nfunc TestA(t *testing.T) {}\n`"),
        ("a.rs", "#[test]\nfn a() {}", "fn a() {}"),
        ("a.rs", "#[test]\nfn a() {}", "// #[test]\nfn a() {}"),
        ("a.rs", "#[test]\nfn a() {}", 'const X: &str = r#"\n#[test]\nfn a() {}"#;'),
        ("ATest.java", "@Test void a() {}", "void a() {}"),
        ("ATest.java", "@Test void a() {}", "/* @Test void a() {} */"),
        ("ATest.java", "@Test void a() {}", 'String x = """\n@Test void a() {}\n""";'),
    ],
)
def test_a_test_that_is_no_longer_run_is_no_longer_found(
    path: str, before: str, after: str
) -> None:
    assert len(names(path, before)) == 1
    assert names(path, before) != names(path, after)


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("test_a.py", "@pytest.mark.skip(reason='x')"),
        ("test_a.py", "@pytest.mark.skipif(True, reason='x')"),
        ("test_a.py", "@m.xfail"),
        ("test_a.py", "pytestmark = pytest.mark.skip"),
        ("test_a.py", "self.skipTest('x')"),
        ("test_a.py", "raise unittest.SkipTest"),
        ("test_a.py", "@unittest.expectedFailure"),
        ("test_a.py", "pytest.importorskip('x')"),
        ("test_a.py", "__test__ = False"),
        ("test_a.py", "if False:"),
        ("test_a.py", "os._exit(0)"),
        ("conftest.py", "collect_ignore = ['test_a.py']"),
        ("a.test.js", "it.skip('a', f)"),
        ("a.test.js", "describe.only('a', f)"),
        ("a.test.js", "test.concurrent.only('a', f)"),
        ("a.test.ts", "xit('a', f)"),
        ("a.test.ts", "fdescribe('a', f)"),
        ("a.test.ts", "xdescribe.each(x)('a', f)"),
        ("a.test.ts", "test.todo('a')"),
        ("a.test.ts", "this.skip()"),
        ("a.test.ts", "test('a', { skip: true }, f)"),
        ("a_test.go", "t.Skip()"),
        ("a_test.go", 't.Skipf("x")'),
        ("a_test.go", "if testing.Short() {"),
        ("a_test.go", "//go:build ignore"),
        ("a_test.go", "// +build never"),
        ("tests/a.rs", "#[ignore]"),
        ("tests/a.rs", '#[ignore = "slow"]'),
        ("tests/a.rs", "#[cfg_attr(all(), ignore)]"),
        ("tests/a.rs", "#[cfg(any())]"),
        ("ATest.java", "@Disabled"),
        ("ATest.java", "@org.junit.Ignore"),
        ("ATest.java", "assumeTrue(false);"),
        ("ATest.java", "@Test(enabled = false)"),
        ("ATest.kt", "@DisabledOnOs(OS.LINUX)"),
        ("ATest.cs", '[Fact(Skip = "x")]'),
        ("a_spec.rb", "skip 'x'"),
        ("ATest.php", "$this->markTestSkipped();"),
    ],
)
def test_what_keeps_tests_from_being_run_is_found(path: str, line: str) -> None:
    assert len(skips(path, f"\n{line}\n")) == 1


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("test_a.py", "# do not skip this"),
        ("test_a.py", "x = 'skip'"),
        ("test_a.py", "skipper = 1"),
        ("src/stream.py", "rows.skip(3)"),
        ("src/stream.js", "it.skip(3)"),
        ("a.test.js", "rows.skip(3); x.only"),
        ("src/lib.rs", "rows.iter().skip(3)"),
        ("src/Ignore.java", "@Ignore class X {}"),
        ("main.go", "//go:build linux"),
    ],
)
def test_what_only_sounds_like_it_is_not(path: str, line: str) -> None:
    assert not skips(path, line)


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("a.py", "# ruff: noqa"),
        ("a.py", "# flake8: noqa"),
        ("a.py", "# mypy: ignore-errors"),
        ("a.py", "# pylint: skip-file"),
        ("a.py", "# type: ignore"),
        ("a.js", "/* eslint-disable */"),
        ("a.ts", "// @ts-nocheck"),
        ("a.rs", "#![allow(warnings)]"),
        ("a.kt", '@file:Suppress("x")'),
        ("a.java", "// CHECKSTYLE:OFF"),
    ],
)
def test_a_check_that_is_turned_off_for_a_file_is_found(path: str, line: str) -> None:
    assert len(read_tests(path, f"{line}\n".encode()).disabled_checks) == 1


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("a.py", "x = f()  # type: ignore[arg-type]"),
        ("a.py", "import x  # noqa: F401"),
        ("a.js", "// eslint-disable-next-line no-console"),
    ],
)
def test_a_check_that_is_turned_off_for_a_line_is_not(path: str, line: str) -> None:
    assert not read_tests(path, f"{line}\n".encode()).disabled_checks


def test_a_second_test_of_one_name_takes_the_place_of_the_first() -> None:
    text = b"def test_a():\n    assert 1 == 2\n\ndef test_a():\n    pass\n"
    assert read_tests("test_a.py", text).duplicates == {"test_a"}
    assert not read_tests("a.test.js", b"it('a', f)\nit('a', f)").duplicates


@pytest.mark.parametrize(
    ("path", "holds"),
    [
        ("tests/x.json", True),
        ("src/bank_test.go", True),
        ("src/a.spec.ts", True),
        ("src/BankTest.java", True),
        ("__tests__/x.js", True),
        ("conftest.py", True),
        ("src/contest.py", False),
        ("src/latest.py", False),
        ("attestation/x.py", False),
    ],
)
def test_a_test_file_is_known_by_its_name(path: str, holds: bool) -> None:
    assert is_test_path(path) is holds


@pytest.mark.parametrize("suffix", ["py", "js", "ts", "go", "rs", "java", "kt", "cs", "rb", "php"])
@given(
    body=st.lists(
        st.sampled_from(
            [
                *(
                    b"\n",
                    b" ",
                    b"    ",
                    b'"',
                    b"'",
                    b"`",
                    b'"""',
                    b"'''",
                    b"\\",
                    b"//",
                    b"/*",
                    b"*/",
                ),
                *(
                    b"#",
                    b"#[test]",
                    b"#[",
                    b"]",
                    b"fn a",
                    b"@Test",
                    b"void a(",
                    b"def test_a(",
                    b"(",
                ),
                *(
                    b")",
                    b"it(",
                    b"describe",
                    b".each",
                    b"func TestA(",
                    b'r#"',
                    b"class A",
                    b"if",
                    b"\r",
                ),
                *(
                    b"assert",
                    b"skip",
                    b"\xff",
                    b"\x00",
                    b"=begin\n",
                    b"=end\n",
                    b"\xe2\x80\xae",
                    b"{",
                ),
            ]
        ),
        max_size=40,
    ).map(b"".join)
)
def test_any_bytes_are_read(suffix: str, body: bytes) -> None:
    """Nothing raises, and what a comment holds is never a test."""
    read = read_tests(f"test_a.{suffix}", body)
    assert all(asserts >= 0 for asserts in read.asserts.values())
    if suffix not in {"py", "rb"} and b"*/" not in body:
        assert not read_tests(f"test_a.{suffix}", b"/* " + body).asserts


HOSTILE = (
    "each(", "@ValueSource(", "assert (", "def test_a():\n", " class TestA:\n", "( ", "{ return true",
    "from a import (a,\n", "import {a,\n", "const {a\n", "it('a', () => {\n", " return\n", "#[cfg(a)] ",
    "def __eq__(a): return ", "process . ", "boolean equals(", ">>> ", "/// assert", "assert\n.",
    "public ", "static(", '"""', "#[case(", "fn a() {\n assert!(x);\n}\n", "\t", "TEST(", "#if\n",
)  # fmt: skip


@pytest.mark.parametrize(
    "path",
    [
        "tests/test_a.py",
        *(
            pytest.param(path, marks=pytest.mark.slow)
            for path in (
                "a.test.ts",
                "src/a.rs",
                "ATest.java",
                "a_test.go",
                "spec/a_spec.rb",
                "t/a.t",
            )
        ),
    ],
)
@pytest.mark.slow
def test_any_shape_of_text_is_read_in_proportion_to_its_size(path: str) -> None:
    """A model wrote it: a shape that took the square of its size would take seconds."""
    for unit in HOSTILE:
        one, four = (partial(read_tests, path, _repeat(unit, size)) for size in (12_500, 50_000))
        assert not find_growth(one, four), unit
        require_within(1.0, four)


@pytest.mark.slow
@pytest.mark.parametrize("head", ["return ", "return true\n", "class A {"])
def test_comparisons_behind_one_return_are_read_in_proportion_to_their_size(head: str) -> None:
    """All on one line, each of whose bodies goes on to the end of the file."""
    one, four = (
        partial(read_tests, "src/a.rs", head.encode() + _repeat("def __eq__(a): ", size))
        for size in (12_500, 50_000)
    )
    assert not find_growth(one, four)


def _repeat(unit: str, size: int) -> bytes:
    return (unit * (size // len(unit))).encode()
