"""The failing tests are shown whole, in their groups, with what sets them up."""

from pathlib import Path

import pytest

from bot.failures import Failure, Place, read_failures
from bot.models.token_estimate import estimate_tokens
from bot.prompts.failing_tests import find_failing_tests

SAMPLES = Path(__file__).parents[2] / "data" / "failures"
JS = "it('multiplies the price by the quantity'"
BEFORE = "beforeEach(() => { items = [{ price: 3, quantity: 4 }]; });"
ROWS = [
    # sample, its test file, words of the failure's name, what must be shown, what must not
    ("node_tap", "test/cart.test.js", "multiplies", (JS, BEFORE, "describe('total'"), "adds a few"),
    ("node_spec", "test/cart.test.js", "multiplies", (JS, BEFORE, "describe('cart'"), "ships"),
    ("node_junit", "test/cart.test.js", "multiplies", (JS, BEFORE), "adds a few"),
    ("mocha", "test/cart.test.js", "adds a few", ("adds a few", BEFORE), "multiplies"),
    ("mocha", "test/cart.test.js", "ships", ("it('ships'", BEFORE), "multiplies"),
    ("mocha_tap", "test/cart.test.js", "multiplies", (JS, BEFORE), "ships"),
    ("mocha_xunit", "test/cart.test.js", "multiplies", (JS, BEFORE), "ships"),
    ("jest", "test/jest.test.js", "multiplies", (JS, BEFORE), "ships"),
    ("jest", "test/jest.test.js", "doubles 2 to 2", ("it.each([[1, 2]", BEFORE), "multiplies"),
    ("vitest", "test/v.test.mjs", "multiplies", (JS, BEFORE), "ships"),
    ("vitest_tap", "test/v.test.mjs", "doubles 2 to 2", ("it.each([[1, 2]",), "multiplies"),
    ("vitest_junit", "test/v.test.mjs", "ships", ("it('ships'",), "multiplies"),
    ("go", "cart/cart_test.go", "price_by_quantity", ("func TestTotal", "price by quantity"), "TestFirst"),
    ("go_json", "cart/cart_test.go", "TestFirst", ("func TestFirst", "First(nil)"), "TestTotal"),
    ("cargo", "src/lib.rs", "multiplies", ("#[test]", "fn multiplies()", "mod tests {"), "fn empty"),
    ("cargo", "src/lib.rs", "opens", ("fn opens()", "no such file"), "fn multiplies"),
    ("cargo_all", "tests/cart.rs", "adds", ("fn adds()",), "fn multiplies"),
    ("nextest", "src/lib.rs", "multiplies", ("fn multiplies()",), "fn empty"),
    ("rspec", "spec/cart_spec.rb", "multiplies", ('it "multiplies', "let(:items)", "subject(:cart)"), "ships"),
    ("rspec", "spec/cart_spec.rb", "eq 1", ("it { expect(cart.total([])).to eq 1 }",), "ships"),
    ("minitest", "test/test_cart.rb", "test_total", ("def test_total", "def setup"), "test_ship"),
    ("phpunit", "tests/CartTest.php", "testPairs", ("testPairs", "@dataProvider pairs", "'two' => [1, 2]"), "testTotal"),
    ("phpunit_testdox", "tests/CartTest.php", "Total", ("testTotal", "setUp()"), "testShips"),
    ("pytest_auto", "tests/test_cart.py", "test_multiplies", ("class TestTotal", "def items():"), "broken"),
    ("pytest_no", "tests/test_cart.py", "test_pair[1-2]", ("parametrize", "def test_pair"), "test_ship"),
    ("pytest_line", "tests/test_cart.py", "test_ship", ("def test_ship", "ttl=3"), "test_pair"),
    ("pytest_short", "tests/test_cart.py", "test_broken", ("def broken():", "def test_broken"), "items"),
    ("pytest_junit", "tests/test_cart.py", "test_ship", ("def test_ship",), "test_pair"),
    ("unittest", "test_unit.py", "test_sub (n=2)", ("def test_sub", "class CartTest"), "test_total"),
    ("mvn", "src/test/java/com/example/CartTest.java", "multiplies", ("@Test", "setUp()"), "ships"),
    ("mvn", "src/test/java/com/example/CartTest.java", "many(int)", ("@ValueSource", "void many"), "ships"),
    ("gradle", "src/test/java/com/example/CartTest.java", "multiplies()", ("void multiplies",), "ships"),
    ("surefire_xml", "src/test/java/com/example/CartTest.java", "deep", ("void deep()",), "multiplies"),
    ("dotnet", "tests/CartTests.cs", "Multiplies", ("[Fact]", "Multiplies()"), "Empty()"),
    ("dotnet", "tests/CartTests.cs", "Pairs", ("[InlineData(1, 2)]", "Pairs(int a"), "Empty()"),
    ("gtest", "tests/cart_test.cc", "Multiplies", ("TEST(CartTest, Multiplies)", "{{3, 4}}"), "Empty"),
    ("check", "tests/check_cart.c", "test_total", ("START_TEST(test_total)", "END_TEST"), "test_empty"),
    ("exunit", "test/cart_test.exs", "multiplies", ('test "multiplies the price"', "setup do"), "is empty"),
    ("jq", "tests/jq.test", "index", ('index("!")', "# counts characters", "14"), "null"),
    ("bats", "test/cart.bats", "multiplies", ('@test "multiplies', "setup()"), "is empty"),
]  # fmt: skip


def source(path: str) -> str:
    return (SAMPLES / "sources" / f"{path.rpartition('/')[2]}.txt").read_text()


@pytest.mark.parametrize(("sample", "path", "name", "shown", "hidden"), ROWS)
def test_the_failing_test_is_shown_with_its_setup_and_no_other_test(
    sample: str, path: str, name: str, shown: tuple[str, ...], hidden: str
) -> None:
    """In every language and of every runner: by the stack's line, else by the title."""
    failures = read_failures((SAMPLES / f"{sample}.txt").read_text())
    meant = [each for each in failures if name in each.name]
    ((found, text),) = find_failing_tests(
        [("README.md", "# x"), (path, source(path))], meant[:1], 500
    )
    assert found == path
    assert all(words in text for words in shown), text
    assert hidden not in text, text
    lines = set(source(path).splitlines()) | {"..."}
    assert all(line in lines for line in text.splitlines())


UNTITLED = {("phpunit_testdox", "Total"), ("rspec", "eq 1")}
"""Runners that make up the name they print."""


@pytest.mark.parametrize(("sample", "path", "name"), [row[:3] for row in ROWS])
def test_a_test_that_moved_is_found_by_its_title(sample: str, path: str, name: str) -> None:
    """A runner that names no line, or the line of another version, still names the test."""
    failures = read_failures((SAMPLES / f"{sample}.txt").read_text())
    meant = next(each for each in failures if name in each.name)
    found = find_failing_tests([(path, source(path))], [Failure(meant.titles)], 500)
    assert found or (sample, name) in UNTITLED


def test_where_two_tests_have_one_name_the_groups_decide() -> None:
    text = (
        "describe('a', () => {\n  it('runs', () => { one() });\n});\n"
        "describe('b', () => {\n  it('runs', () => { two() });\n});\n"
    )
    for titles in (("b", "runs"), ("b runs",)):
        ((_, shown),) = find_failing_tests([("x.test.js", text)], [Failure(titles)], 300)
        assert "two()" in shown
        assert "one()" not in shown


def test_nothing_is_made_up() -> None:
    """No such test, no name at all, a failure of another file, a text that is no code."""
    file = [("tests/test_cart.py", source("test_cart.py"))]
    assert not find_failing_tests(file, [Failure(("test_other",))], 500)
    assert not find_failing_tests(file, [Failure((), ("Error: x",))], 500)
    elsewhere = Failure(("test_ship",), (), (Place("tests/test_orders.py", 3),))
    assert not find_failing_tests(file, [elsewhere], 500)
    assert not find_failing_tests([("x.js", "function test_one( {")], [Failure(("test_one",))], 500)


ROW = '\t\t{{name: "case {0}", in: {0}, want: {0}}},\n'
TABLE = (
    "package x\n\nfunc TestTable(t *testing.T) {\n\ttests := []struct{ name string }{\n"
    + "".join(ROW.format(n) for n in range(200))
    + "\t}\n\tfor _, tt := range tests {\n\t\tt.Run(tt.name, func(t *testing.T) { check(tt) })\n\t}\n}\n"
)


def test_a_test_that_is_too_long_is_shown_around_what_failed() -> None:
    """Its head, the failing row of its table, and as much around it as there is room for."""
    failure = Failure(
        ("TestTable", "case_150"), ("x_test.go:204: bad",), (Place("x_test.go", 206),)
    )
    ((_, shown),) = find_failing_tests([("x_test.go", TABLE)], [failure], 400)
    assert "func TestTable" in shown
    assert '"case 150"' in shown
    assert "t.Run(tt.name" in shown
    assert '"case 90"' not in shown
    assert estimate_tokens(shown) <= 400


@pytest.mark.parametrize("room", [0, 20, 100, 300, 1000])
def test_tests_never_take_more_than_their_room(room: int) -> None:
    failures = read_failures((SAMPLES / "pytest_auto.txt").read_text())
    found = find_failing_tests([("tests/test_cart.py", source("test_cart.py"))], failures, room)
    assert sum(estimate_tokens(text) for _, text in found) <= room
