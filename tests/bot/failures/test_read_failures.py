"""What each tool prints of a failure is read whole: its name, the place, the message as printed."""

import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.processor_time import require_within

from bot.failures import Failure, read_failures
from bot.failures.describe import describe_failure
from bot.failures.formats import OTHER_FORMATS, TEST_FORMATS
from bot.failures.model import MAX_FAILURES, MAX_MESSAGE_LINES
from bot.failures.terminal import clean_output

SAMPLES = Path(__file__).parents[2] / "data" / "failures"
MULTIPLIES = "multiplies the price by the quantity"
TTL = "TypeError: ship() got an unexpected keyword argument 'ttl'"
EQUAL = "assert 3 == 12"

ROWS = [
    # sample, how many, name of one, a place of it, a line of its message
    ("node_tap", 4, f"cart > total > {MULTIPLIES}", "test/cart.test.js:11", "3 !== 12"),
    ("node_tap", 4, f"cart > total > {MULTIPLIES}", "test/cart.test.js:10", "expected: 12"),
    ("node_tap", 4, f"cart > total > {MULTIPLIES}", "test/cart.test.js:10", "actual: 3"),
    ("node_tap", 4, "top level", "test/cart.test.js:17", "boom 1m 5s"),
    ("node_spec", 4, MULTIPLIES, "test/cart.test.js:11", "3 !== 12"),
    ("node_junit", 4, f"total > {MULTIPLIES}", "test/cart.test.js:11", "3 !== 12"),
    ("mocha", 4, f"cart > total > {MULTIPLIES}", "test/cart.test.js:11", "3 !== 12"),
    ("mocha", 4, "top level", "test/cart.test.js:17", "Error: boom 1m 5s"),
    ("mocha_tap", 4, f"cart total {MULTIPLIES}", "test/cart.test.js:11", "3 !== 12"),
    ("mocha_xunit", 4, f"cart total > {MULTIPLIES}", "test/cart.test.js:11", "3 !== 12"),
    ("jest", 3, f"cart > total > {MULTIPLIES}", "test/jest.test.js:8", "Expected: 12"),
    ("jest", 3, "cart > total > doubles 2 to 2", "test/jest.test.js:10", "Received: 4"),
    ("vitest", 3, f"cart > total > {MULTIPLIES}", "test/v.test.mjs:9", "- 12"),
    ("vitest_tap", 3, f"cart > total > {MULTIPLIES}", "test/v.test.mjs:9", "actual: 3"),
    ("vitest_junit", 3, f"cart > total > {MULTIPLIES}", "test/v.test.mjs:9", "- 12"),
    ("go", 3, "TestTotal/price_by_quantity", "cart/cart_test.go:17", "second line"),
    ("go", 3, "TestFirst", "cart/cart_test.go:24", "panic: runtime error: index out of range"),
    ("go", 3, "", "bad/bad.go:3", 'cannot use "x" (untyped string constant)'),
    ("go_v", 3, "TestTotal/price_by_quantity", "cart/cart_test.go:17", "Total() = 3, want 12"),
    ("go_json", 3, "TestTotal/price_by_quantity", "cart/cart_test.go:17", "second line"),
    ("go_json", 3, "TestFirst", "cart/cart.go:13", "index out of range [0] with length 0"),
    ("go_parallel", 3, "TestPar/a_b", "cart/par_test.go:15", "par_test.go:15: bad a b"),
    ("go_parallel", 3, "TestHelp", "cart/par_test.go:23", "par_test.go:23: from helper"),
    ("go_parallel_v", 3, "TestPar/a_b", "cart/par_test.go:15", "par_test.go:15: bad a b"),
    ("go_parallel_v", 3, "TestHelp", "cart/par_test.go:23", "par_test.go:23: from helper"),
    ("cargo", 3, "tests::multiplies", "src/lib.rs:11", "  left: 3"),
    ("cargo", 3, "tests::opens", "", 'Error: "no such file"'),
    ("cargo_all", 4, "adds", "tests/cart.rs:3", "assertion failed: shop::total(&[(1, 2)]) == 2"),
    ("nextest", 1, "tests::multiplies", "src/lib.rs:11", " right: 12"),
    ("rustc", 1, "", "src/lib.rs:11", "error[E0308]: mismatched types"),
    ("rspec", 3, f"Cart#total {MULTIPLIES}", "spec/cart_spec.rb:8", "  expected: 12"),
    ("rspec", 3, "Cart ships", "lib/cart.rb:7", "undefined method `[]' for nil:NilClass"),
    ("minitest", 2, "TestCart#test_total", "test/test_cart.rb:10", "  Actual: 3"),
    ("minitest", 2, "TestCart#test_ship", "lib/cart.rb:7", "NoMethodError: undefined method"),
    ("rails", 1, "CartTest#test_multiplies_the_price", "test/models/cart_test.rb:12", "Expected: 12"),
    ("phpunit", 4, "CartTest::testTotal", "tests/CartTest.php:15", "3 is identical to 12."),
    ("phpunit", 4, 'CartTest::testPairs with data set "two" (1, 2)', "tests/CartTest.php:21", "@@ @@"),
    ("phpunit_testdox", 4, "Total", "tests/CartTest.php:15", "3 is identical to 12."),
    ("pest", 1, "it multiplies the price", "tests/Feature/CartTest.php:12", "3 is identical to 12."),
    ("pytest_auto", 4, "TestTotal.test_multiplies", "tests/test_cart.py:12", EQUAL),
    ("pytest_auto", 4, "TestTotal.test_pair[1-2]", "tests/test_cart.py:16", "took 2m 5s"),
    ("pytest_auto", 4, "test_broken", "tests/test_cart.py:26", "OSError: no disk"),
    ("pytest_short", 4, "test_ship", "tests/test_cart.py:21", TTL),
    ("pytest_line", 4, "test_ship", "tests/test_cart.py:21", TTL),
    ("pytest_native", 4, "test_ship", "tests/test_cart.py:21", TTL),
    ("pytest_no", 4, "TestTotal.test_multiplies", "tests/test_cart.py", EQUAL),
    ("pytest_x", 1, "TestTotal.test_multiplies", "tests/test_cart.py:12", EQUAL),
    ("pytest_xdist", 4, "TestTotal.test_multiplies", "tests/test_cart.py:12", EQUAL),
    ("pytest_junit", 4, "TestTotal > test_multiplies", "tests/test_cart.py:12", EQUAL),
    ("pytest_junit", 4, "test_cart > test_ship", "tests/test_cart.py:21", TTL),
    ("pytest_collect", 1, "", "tests/test_imp.py:1", "No module named 'nothing_here'"),
    ("unittest", 4, "CartTest.test_total", "test_unit.py:8", "AssertionError: 3 != 12"),
    ("unittest", 4, "CartTest.test_sub (n=2)", "test_unit.py:13", "'-1m 5s' != '2m'"),
    ("unittest_imp", 1, "", "tests/test_imp.py:1", "No module named 'nothing_here'"),
    ("mvn", 4, "com.example.CartTest.multiplies", "com/example/CartTest.java:12", "expected: <12>"),
    ("mvn", 4, "com.example.CartTest.ships", "com/example/Cart.java:4", "NullPointerException"),
    ("surefire_old", 1, "com.example.CartTest.multiplies", "CartTest.java:12", "expected:<12>"),
    ("surefire_xml", 4, "CartTest > multiplies", "com/example/CartTest.java:12", "expected: <12>"),
    ("gradle", 2, "CartTest > multiplies()", "com/example/CartTest.java:12", "expected: <12>"),
    ("gradle", 2, "CartTest > ships()", "CartTest.java:15", "NullPointerException"),
    ("scalatest", 1, "multiplies the price", "CartSpec.scala:12", "3 did not equal 12"),
    ("dotnet", 2, "CartTests.Multiplies", "tests/CartTests.cs:14", "Actual:   3"),
    ("gtest", 1, "CartTest.Multiplies", "tests/cart_test.cc:12", "    Which is: 3"),
    ("catch2", 1, "a cart multiplies", "tests/cart.cpp:12", "  3 == 12"),
    ("doctest", 1, "a cart multiplies", "tests/cart.cpp:12", "CHECK( 3 == 12 )"),
    ("check", 1, "test_total", "tests/check_cart.c:12", "total(items) == 3, 12 == 12"),
    ("unity", 1, "test_total", "test/test_cart.c:12", "Expected 12 Was 3"),
    ("assert", 1, "main", "t.c:3", "Assertion `total(3, 4) == 12' failed."),
    ("ctest", 1, "main", "t.c:3", "Assertion `total(3, 4) == 12' failed."),
    ("xctest", 1, "testTotal", "Tests/ShopTests/CartTests.swift:12", '("3") is not equal to ("12")'),
    ("swift_testing", 1, "multiplies()", "CartTests.swift:12", "Expectation failed:"),
    ("exunit", 1, "Shop.CartTest > multiplies the price", "test/cart_test.exs:7", "right: 12"),
    ("bats", 1, "multiplies the price", "test/cart.bats:9", '`[ "$output" = 12 ]\' failed'),
    ("jq", 1, 'index("!")', "", "*** Expected 14, but got 25"),
    ("perl_tap", 1, "multiplies the price", "t/cart.t:9", "expected: '12'"),
    ("node_load", 2, "test/load.test.js", "test/load.test.js:1", "Error: Cannot find module '../nope'"),
    ("node_load", 2, "test/syn.test.mjs", "test/syn.test.mjs:3", "SyntaxError: Unexpected end of"),
    ("mocha_hook", 1, 'hooks > "before each" hook for "works"', "hook.js:2", "Error: no db"),
    ("mocha_slow", 1, "slow > is slow", "", "Error: Timeout of 50ms exceeded."),
    ("mocha_load", 1, "", "", "Error: Cannot find module '../nope'"),
    ("jest_load", 1, "", "test/load.test.js:1", "Cannot find module '../nope' from"),
    ("rspec_load", 1, "", "spec/x_spec.rb:1", "cannot load such file"),
    ("phpunit_undef", 1, "XTest::testX", "tests/XTest.php:3", "Call to undefined function total()"),
    ("phpunit_syn", 1, "", "tests/YTest.php:2", "syntax error, unexpected token"),
    ("pytest_syntax", 1, "", "test_x.py:1", "SyntaxError: invalid syntax"),
    ("pytest_misc", 5, "test_chain", "test_x.py:6", "KeyError: 1"),
    ("pytest_misc", 5, "test_chain", "test_x.py:11", "ValueError: bad value"),
    ("pytest_misc", 5, "test_p[a - b]", "test_x.py:15", "AssertionError: assert not 'a - b'"),
    ("pytest_misc", 5, "test_xpass", "test_x.py", "[XPASS(strict)]"),
    ("bun", 1, "cart > total > multiplies the price", "test/cart.test.ts:8", "Expected: 12"),
    ("deno", 1, "multiplies the price", "cart_test.ts:6", "+   12"),
    ("jasmine", 1, "cart total multiplies the price", "spec/cart.spec.js:8", "Expected 3 to equal 12."),
    ("playwright", 1, "cart > multiplies the price", "tests/cart.spec.ts:7", "Received: 3"),
    ("tsc", 2, "", "bad.ts:1", "error TS2322: Type 'string' is not assignable"),
    ("tsc_pretty", 2, "", "bad.ts:2", "error TS2322: Type 'number' is not assignable"),
    ("javac", 1, "", "A.java:2", "String cannot be converted to int"),
    ("mvn_compile", 1, "", "com/example/Cart.java:3", "String cannot be converted to int"),
    ("gcc", 2, "", "bad.c:1", "\u2018x\u2019 undeclared (first use in this function)"),
    ("mypy", 1, "", "m.py:2", 'expected "str")  [return-value]'),
    ("ruff", 1, "", "show.py:7", "Multiple statements on one line (colon)"),
    ("eslint", 1, "", "src/cart.js:3", "'sum' is assigned a value but never used"),
    ("java_exc", 1, "", "B.java:1", 'Cannot invoke "Object.hashCode()"'),
    ("node_syntax", 1, "", "bad.js:3", "SyntaxError: Unexpected end of input"),
    ("node_thrown", 1, "", "src/cart.js:7", "Cannot read properties of undefined"),
    ("ruby_exc", 1, "", "lib/cart.rb:7", "undefined method `[]' for nil:NilClass"),
]  # fmt: skip


def read(name: str) -> tuple[Failure, ...]:
    return read_failures((SAMPLES / f"{name}.txt").read_text())


@pytest.mark.parametrize(("sample", "count", "name", "place", "line"), ROWS)
def test_a_failure_is_read_with_its_name_its_place_and_its_message(
    sample: str, count: int, name: str, place: str, line: str
) -> None:
    """Of every tool: as many failures as there were, each with what was printed of it."""
    found = read(sample)
    assert len(found) == count, [each.name for each in found]
    meant = [each for each in found if each.name.endswith(name) and bool(each.name) == bool(name)]
    assert meant
    places = [str(where) for each in meant for where in each.places]
    assert not place or any(where.endswith(place) for where in places), places
    assert any(line in said for each in meant for said in each.message)


@pytest.mark.parametrize("sample", ["pytest_auto", "node_tap", "go", "cargo_all", "mvn"])
def test_a_jobs_log_is_read_without_the_times_before_its_lines(sample: str) -> None:
    """GitHub Actions writes one before every line, also within a message."""
    lines = (SAMPLES / f"{sample}.txt").read_text().split("\n")
    log = "\n".join(f"2026-01-05T10:00:01.1234567Z {line}" for line in lines)
    assert read_failures(log) == read(sample)


@pytest.mark.parametrize("name", sorted({row[0] for row in ROWS}))
def test_no_frame_of_a_tool_is_a_place_and_no_stack_is_a_message(name: str) -> None:
    """What nobody can change here is left out; the stack stands in the places alone."""
    for each in read(name):
        assert not any("node:internal" in where.path for where in each.places)
        assert not any("dist-packages" in where.path for where in each.places)
        assert not any(line.lstrip().startswith(("at ", "goroutine ")) for line in each.message)


def test_every_recorded_sample_has_a_row() -> None:
    assert {path.stem for path in SAMPLES.glob("*.txt")} == {row[0] for row in ROWS}


@pytest.mark.parametrize(
    "text", ["", "ok 1 - fine\n1..1\n", "make: *** [all] Error 2", "3 passed in 0.1s", "not ok 1 # TODO x"]
)  # fmt: skip
def test_where_nothing_failed_nothing_is_read(text: str) -> None:
    assert not read_failures(text)


def test_a_message_past_its_limit_says_how_much_is_left_out() -> None:
    lines = "\n".join(f"E       line {n}" for n in range(500))
    text = f"==== FAILURES ====\n____ test_x ____\n{lines}\n\nx.py:3: AssertionError\n"
    (found,) = read_failures(text)
    assert found.message[0] == "line 0"
    assert found.message[-1] == "line 499"
    assert "[440 lines left out]" in found.message
    assert len(found.message) == MAX_MESSAGE_LINES + 1


PIECES = sorted(
    {line for row in ROWS for line in (SAMPLES / f"{row[0]}.txt").read_text().split("\n")}
)


@given(st.randoms(use_true_random=False), st.integers(0, 60))
def test_lines_of_all_tools_in_any_order_are_read_without_fail(rng: random.Random, n: int) -> None:
    """Cut-off, mixed and interleaved output never raises, and stays within its limits."""
    found = read_failures("\n".join(rng.choices(PIECES, k=n)))
    assert len(found) <= MAX_FAILURES
    assert all(len(each.message) <= MAX_MESSAGE_LINES + 1 for each in found)


HOSTILE = [
    "not ok 1 - x\n  ---\n", "  1) a\n", "____ t ____\n", "<testcase name='x'><failure message='", "<failure ",
    "--- FAIL: T (0s)\n", "=== RUN   T\n", "Traceback (most recent call last):\n", '  File "x", line 1, in y\n',
    "a/" * 50, "a.b:", "a.js:1:", "at a (", "(" * 99, "FAIL: t (a.b) [c]\n", "---- a stdout ----\n", "\u2716 x (1ms)\n",
    "1) A::b\n", "x.c:1:1: error: \n", "error: x\n --> a.rs:1\n", "    at com.a.", '{"Action":', "  \u25cf a\n",
    " FAIL  a.js > b\n", "thread 'a' panicked at ", "/box/repo/", "/var/tmp/a/",  # noqa: S108
    "# Subtest: a\n", "    " * 40, "_" * 99,
    "[ RUN      ] A.b\n", "  Failed A.b [1 ms]\n", "X.java", "E   ", "Error: a\n", "a/b.rb:1:in ", "CDATA<![CDATA[",
]  # fmt: skip


@pytest.mark.parametrize("piece", HOSTILE)
def test_what_repeats_is_read_in_time(piece: str) -> None:
    """Reading costs no more than its length, whatever repeats."""
    text = piece * (60_000 // len(piece))
    require_within(1, lambda: read_failures(text))
    require_within(1, lambda: read_failures(f"<testcase>\n{text}"))


def test_a_failure_names_each_place_once() -> None:
    """Also where the stack and the runner both name the test's own line."""
    (found,) = (each for each in read("node_tap") if each.name == "cart > ships")
    described = describe_failure(found).splitlines()
    assert described[1:] == [
        "  TypeError: Cannot read properties of undefined (reading 'city')",
        "  at src/cart.js:7 in ship",
        "  at test/cart.test.js:15",
    ]


@pytest.mark.parametrize("sample", sorted(SAMPLES.glob("*.txt")), ids=lambda path: path.stem)
def test_a_format_that_is_not_asked_would_read_nothing(sample: Path) -> None:
    """Of each tool's report, and of what begins or ends in the middle of one."""
    lines = clean_output(sample.read_text())
    middle = len(lines) // 2
    for part in (lines, lines[:middle], lines[middle:]):
        text = "\n".join(part)
        formats = {**TEST_FORMATS, **OTHER_FORMATS}
        left_out = [name for name, one in formats.items() if not one.may_be_in(text)]
        assert [name for name in left_out if list(formats[name].read(part))] == []


def test_a_message_of_many_lines_keeps_its_beginning_and_its_end() -> None:
    """And says how many lines are left out, however often it was cut."""
    body = "".join(f"    said {n}\n" for n in range(5_000))
    (failure,) = read_failures(f"=== RUN   TestA\n--- FAIL: TestA (0.00s)\n{body}FAIL\n")
    assert failure.message[0].strip() == "said 0"
    assert f"[{5_000 - MAX_MESSAGE_LINES} lines left out]" in failure.message
    assert failure.message[-1].strip() == "said 4999"


@pytest.mark.parametrize("sign", ["npm error", "npm ERR!"])
def test_a_log_that_is_gone_with_the_sandbox_is_not_pointed_at(sign: str) -> None:
    """npm names the file of its own log, in one line or in two."""
    log = "/box/home/.npm/_logs/2026-11-28T21_09_17_360Z-debug-0.log"
    said = "A complete log of this run can be found in:"
    for ending in (f"{said} {log}", f"{said}\n{sign}     {log}"):
        output = f"{sign} code E404\n{sign} 404 Not Found\n{sign} {ending}\n"
        assert clean_output(output) == [f"{sign} code E404", f"{sign} 404 Not Found", ""]
