"""Tests as each language has them, with their groups and setups, and nothing that is none."""

import pytest
from support.processor_time import require_within

from bot.code.suite_blocks import find_suite_blocks

SCRIPT = """
import { test, suite } from 'node:test';
const rows = { then: function () { it; }, preHandler: async () => {} };
pattern.test('abc'); /x/.test('abc', 3); helper(() => {}); it('is yet to be written');
suite('s', () => {
  before(() => {});
  test.each`a|b`('adds $a', ({a}) => {});
  test.only('outer', async (t) => { await t.test('inner', () => {}); });
  it.skip.each([[1]])("takes %s", fn(() => {}));
  describe.only(`in ${mode}`, function () { specify('deep', done => {}); });
});
QUnit.module('m', () => { QUnit.test('q', assert => {}); });
test.describe('page', () => { test.beforeEach(async () => {}); });
"""
RUBY = """
RSpec.describe Cart do
  let(:items) { [1] }
  before { setup }
  context "when empty" do
    it "is nothing" do
    end
    it { is_expected.to eq 1 }
  end
  def helper; end
end
class CartTest < ActiveSupport::TestCase
  setup { @a = 1 }
  test "adds" do
  end
  def test_total; end
  def total; end
end
"""
PYTHON = """
import pytest
@pytest.fixture(
    params=[1, 2],
)
def items(): return [1]
def helper(): pass
class TestCart:
    def setup_method(self): pass
    @pytest.mark.parametrize("a", [
        1,
    ])
    def test_total(self, a):
        def test_inner(): pass
    async def test_later(self): pass
"""
GO = """package x
func TestMain(m *testing.M) {}
func Testing(t *testing.T) {}
func TestTotal(t *testing.T) {
	t.Run("empty", func(t *testing.T) {})
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {})
	}
	cmd.Run("x")
}
func (s *Suite) TestShip() {}
func ExampleTotal() {}
func helper() {}
"""
RUST = """
fn helper() {}
#[cfg(test)]
mod tests {
    #[test]
    #[should_panic]
    fn one() {}
    /// Says so.
    #[tokio::test(flavor = "multi_thread")]
    async fn two() {}
    #[rstest]
    #[case(1)]
    fn three(#[case] n: i32) {}
    fn four() {}
}
"""
JAVA = """
class CartTest {
  @BeforeEach void start() {}
  @Test @DisplayName("x")
  void one() {}
  @ParameterizedTest
  @ValueSource(ints = {1})
  void two(int n) {}
  public void testThree() {}
  void helper() {}
  @Nested class Inner { @Test void four() {} }
}
"""
PHP = """<?php
final class CartTest extends TestCase {
  protected function setUp(): void {}
  public function testOne(): void {}
  /** @test */
  public function two(): void {}
  #[Test]
  public function three(): void {}
  public function helper(): void {}
}
it('adds', function () { });
test('multiplies', fn () => expect(1)->toBe(1));
"""
CSHARP = """
public class CartTests {
  [SetUp] public void Start() {}
  [Fact]
  public void One() {}
  [Theory, InlineData(1)]
  public async Task Two(int a) {}
  [TestMethod]
  public void Three() {}
  public void Helper() {}
}
"""
KOTLIN = """
class CartTest {
  @Before fun start() {}
  @Test
  fun `adds two`() { }
  @org.junit.Test fun three() { }
  fun helper() { }
}
"""
SWIFT = """
class CartTests: XCTestCase {
  override func setUp() {}
  func testOne() {}
  func helper() {}
}
@Test func two() {}
"""
C = """
static int helper(int a) { return a; }
void test_one(void) { }
START_TEST(test_two)
{
}
END_TEST
TEST_F(CartTest, Three) {
  TEST(1);
}
TEST_CASE("four five", "[x]") {
}
"""
ELIXIR = """
defmodule CartTest do
  setup do
    :ok
  end
  describe "total" do
    test "adds", %{a: a} do
      if a do
        1
      end
    end
  end
end
"""
BATS = """
setup() {
  x=1
}
@test "adds" {
  run x
}
helper() {
  y=1
}
"""
SCALA = """
class CartSuite extends FunSuite {
  test("adds") { assert(1) }
  it should "ship" in { a }
  @Test def three(): Unit = {}
  def helper() = 1
}
"""
ROWS = [
    ("x.test.ts", SCRIPT, "s>adds $a, s>outer, s>outer>inner, s>takes %s, s>in ${mode}>deep, m>q"),
    ("x.spec.js", SCRIPT, "s>adds $a, s>outer, s>outer>inner, s>takes %s, s>in ${mode}>deep, m>q"),
    ("x_spec.rb", RUBY, "Cart>when empty>is nothing, Cart>when empty>, CartTest>adds, CartTest>test_total"),
    ("test_x.py", PYTHON, "TestCart>test_total, TestCart>test_later"),
    ("x_test.go", GO, "TestTotal, TestTotal>empty, TestTotal>tt.name, TestShip, ExampleTotal"),
    ("x.rs", RUST, "tests>one, tests>two, tests>three"),
    ("XTest.java", JAVA, "CartTest>one, CartTest>two, CartTest>testThree, CartTest>Inner>four"),
    ("XTest.php", PHP, "CartTest>testOne, CartTest>two, CartTest>three, adds, multiplies"),
    ("XTests.cs", CSHARP, "CartTests>One, CartTests>Two, CartTests>Three"),
    ("XTest.kt", KOTLIN, "CartTest>adds two, CartTest>three"),
    ("XTests.swift", SWIFT, "CartTests>testOne, two"),
    ("x.c", C.partition("START")[0], "test_one"),
    ("check_x.c", C.partition("START")[1] + C.partition("START")[2], "test_two, Three, four five"),
    ("x_test.exs", ELIXIR, "total>adds"),
    ("x.bats", BATS, "adds"),
    ("XSuite.scala", SCALA, "CartSuite>adds, CartSuite>ship, CartSuite>three"),
]  # fmt: skip


@pytest.mark.parametrize(("path", "text", "tests"), ROWS)
def test_tests_are_what_the_languages_runners_take_for_tests(
    path: str, text: str, tests: str
) -> None:
    """By call, by name, by attribute: in order, each with its groups; a callback is none."""
    blocks = find_suite_blocks(path, text.encode())
    found = [each for each in blocks if each.kind == "test"]
    assert ", ".join(">".join(each.titles) for each in found) == tests
    lines = text.split("\n")
    for each in blocks:
        assert lines[each.last - 1].strip(), each
        assert each.first <= each.last


@pytest.mark.parametrize(
    ("path", "text", "setups"),
    [
        ("x.test.js", SCRIPT, "before(() => {});|test.beforeEach"),
        ("x_spec.rb", RUBY, "let(:items)|before { setup }|setup { @a = 1 }"),
        ("test_x.py", PYTHON, "@pytest.fixture(|def setup_method"),
        ("x_test.go", GO, "func TestMain"),
        ("XTest.java", JAVA, "@BeforeEach void start"),
        ("XTest.php", PHP, "function setUp"),
        ("XTests.cs", CSHARP, "[SetUp] public void Start"),
        ("XTest.kt", KOTLIN, "@Before fun start"),
        ("XTests.swift", SWIFT, "override func setUp"),
        ("x_test.exs", ELIXIR, "setup do"),
        ("x.bats", BATS, "setup() {"),
    ],
)
def test_setups_and_fixtures_are_known(path: str, text: str, setups: str) -> None:
    lines = text.split("\n")
    blocks = find_suite_blocks(path, text.encode())
    found = [each for each in blocks if each.kind in {"setup", "fixture"}]
    for block, words in zip(found, setups.split("|"), strict=True):
        assert words in lines[block.first - 1]


def test_marks_above_a_function_are_its_own() -> None:
    """Attributes of several lines, and a comment above them, come with the test."""
    (one, two, three) = [
        each for each in find_suite_blocks("x.rs", RUST.encode()) if each.kind == "test"
    ]
    assert [one.first, two.first, three.first] == [5, 8, 11]
    decorated = [
        each for each in find_suite_blocks("test_x.py", PYTHON.encode()) if each.kind == "test"
    ]
    assert PYTHON.split("\n")[decorated[0].first - 1].strip().startswith("@pytest.mark.parametrize")


@pytest.mark.parametrize(
    ("path", "text"), [("x.js", "export const a = { then: () => 1 };\n"), ("x.py", "def f(): pass\n"), ("x", ""), ("x.bin", "\0"), ("README.md", "# it('x')\n")]
)  # fmt: skip
def test_a_file_without_tests_has_none(path: str, text: str) -> None:
    assert not find_suite_blocks(path, text.encode())


@pytest.mark.parametrize(
    ("path", "piece"),
    [
        ("x.js", "it('a', () => {"),
        ("x.js", "it.each(["),
        ("x.rb", "describe 'a' do\n"),
        ("x.c", "TEST(a, b\n"),
        ("x.exs", 'test "a" do\n'),
        ("x.bats", '@test "a" {\n'),
        ("test_x.py", "@a\ndef test_x():\n  "),
        ("x.go", "func TestX(t *testing.T) {\n"),
        ("x.rs", "#[test]\n"),
        ("X.java", "@Test\n"),
    ],
)  # fmt: skip
def test_hostile_files_cost_no_more_than_their_size(path: str, piece: str) -> None:
    body = (piece * (100_000 // len(piece))).encode()
    require_within(3, lambda: find_suite_blocks(path, body))
