"""How many tests ran and how many failed, read from what common test runners print."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

# Anybody prints what is read here: no number is longer than one can be, for int() raises past 4300
# digits, and each run of letters or digits is begun but once.
# https://docs.python.org/3.11/library/stdtypes.html#integer-string-conversion-length-limitation
_COUNT = re.compile(r"(?<!\d)(\d{1,9}) ([a-z]{1,30})")
_UNITTEST_COUNT = re.compile(r"(?<![a-z ])([a-z ]{1,30})=(\d{1,9})")


@dataclass(frozen=True, slots=True)
class Tally:
    """`total` counts tests that were selected, skipped ones among them.

    `expected` are those that failed as their marks expect: they ran, and prove nothing.
    """

    total: int
    failed: int = 0
    skipped: int = 0
    expected: int = 0

    @property
    def ran(self) -> int:
        return self.total - self.skipped

    @property
    def passed(self) -> int:
        return max(0, self.ran - self.failed - self.expected)


Reader = Callable[[str], Tally | None]


def count_tests(output: str) -> Tally | None:
    """The sum over every summary found; None when no known runner has spoken."""
    found = [t for reader in READERS.values() if (t := reader(output)) is not None]
    if not found:
        return None
    fields = ("total", "failed", "skipped", "expected")
    return Tally(*(sum(getattr(tally, name) for tally in found) for name in fields))


def _pytest(output: str) -> Tally | None:
    """Counts like "1 failed, 2 passed, 1 skipped in 0.12s", one line for each run."""
    # https://docs.pytest.org/en/stable/how-to/output.html
    lines = re.findall(
        r"^(?:=+ )?((?:\d{1,9} [a-z]+(?:, )?)+|no tests ran) in [\d.]+s", output, re.MULTILINE
    )
    counted = [dict(_words(line)) for line in lines]
    if not counted:
        return None
    failed = sum(c.get("failed", 0) + c.get("error", 0) + c.get("errors", 0) for c in counted)
    skipped = sum(c.get("skipped", 0) for c in counted)
    fine = sum(c.get(w, 0) for c in counted for w in ("passed", "xfailed", "xpassed"))
    expected = sum(c.get("xfailed", 0) for c in counted)
    return Tally(failed + skipped + fine, failed, skipped, expected)


def _unittest(output: str) -> Tally | None:
    # A subtest that fails counts as a failure, so there may be more failures than tests:
    # https://docs.python.org/3.11/library/unittest.html#distinguishing-test-iterations-using-subtests
    ran = re.findall(r"^Ran (\d{1,9}) tests? in ", output, re.MULTILINE)
    if not ran:
        return None
    failed = skipped = expected = 0
    for line in re.findall(r"^(?:FAILED|OK|NO TESTS RAN) \((.*)\)$", output, re.MULTILINE):
        counts = {key.strip(): int(n) for key, n in _UNITTEST_COUNT.findall(line)}
        failed += counts.get("failures", 0) + counts.get("errors", 0)
        failed += counts.get("unexpected successes", 0)
        skipped += counts.get("skipped", 0)
        expected += counts.get("expected failures", 0)
    return Tally(sum(map(int, ran)), failed, skipped, expected)


def _jest(output: str) -> Tally | None:
    """Jest's "Tests: 1 failed, 2 passed, 3 total", and Vitest's without the colon."""
    # https://jestjs.io/docs/cli and https://vitest.dev/guide/reporters
    lines = re.findall(
        r"^[ \t]*Tests:?[ \t]+(\d{1,9} (?:failed|passed|skipped|todo|total).*)$",
        output,
        re.MULTILINE,
    )
    counted = [dict(_words(line)) for line in lines]
    if not counted:
        none = re.search(r"^No tests? (?:files )?found", output, re.MULTILINE)
        return Tally(0) if none else None
    failed = sum(c.get("failed", 0) for c in counted)
    skipped = sum(c.get("skipped", 0) + c.get("todo", 0) for c in counted)
    return Tally(failed + skipped + sum(c.get("passed", 0) for c in counted), failed, skipped)


def _cargo(output: str) -> Tally | None:
    # Each test binary and the doc tests have a line of their own:
    # https://doc.rust-lang.org/book/ch11-01-writing-tests.html
    line = r"^test result: \w+\. (\d{1,9}) passed; (\d{1,9}) failed; (\d{1,9}) ignored"
    rows = [tuple(map(int, row)) for row in re.findall(line, output, re.MULTILINE)]
    if not rows:
        return None
    passed, failed, ignored = (sum(column) for column in zip(*rows, strict=True))
    return Tally(passed + failed + ignored, failed, ignored)


def _go(output: str) -> Tally | None:
    """Without -v go prints packages, not tests: a package that is ok counts for one."""
    # https://pkg.go.dev/cmd/go#hdr-Test_packages
    packages = re.findall(r"^ok\s+\S+\s+(?:\(cached\)|[\d.]+s)(.*)$", output, re.MULTILINE)
    ok = sum("[no tests to run]" not in rest for rest in packages)
    empty = re.findall(r"^\?\s+\S+\s+\[no test files\]$", output, re.MULTILINE)
    broken = re.findall(r"^FAIL\s+\S+\s+(?:[\d.]+s|\[.*\])$", output, re.MULTILINE)
    failed = len(re.findall(r"^--- FAIL: ", output, re.MULTILINE)) or len(broken)
    if not (packages or empty or failed):
        return None
    return Tally(ok + failed, failed)


def _mocha(output: str) -> Tally | None:
    # https://mochajs.org/#reporters
    passing = re.findall(r"^[ \t]+(\d{1,9}) passing\b", output, re.MULTILINE)
    if not passing:
        return None
    failed = sum(map(int, re.findall(r"^[ \t]+(\d{1,9}) failing$", output, re.MULTILINE)))
    pending = sum(map(int, re.findall(r"^[ \t]+(\d{1,9}) pending$", output, re.MULTILINE)))
    return Tally(sum(map(int, passing)) + failed + pending, failed, pending)


def _node(output: str) -> Tally | None:
    """`node --test`, as TAP or with its own marks."""
    # https://nodejs.org/api/test.html#test-reporters
    total = re.findall(r"^(?:#|\u2139) tests (\d{1,9})$", output, re.MULTILINE)
    if not total:
        return None
    failed = sum(map(int, re.findall(r"^(?:#|\u2139) fail (\d{1,9})$", output, re.MULTILINE)))
    skipped = sum(
        map(int, re.findall(r"^(?:#|\u2139) (?:skipped|todo) (\d{1,9})$", output, re.MULTILINE))
    )
    return Tally(sum(map(int, total)), failed, skipped)


def _ruby(output: str) -> Tally | None:
    """RSpec's "5 examples, 2 failures, 1 pending" and Minitest's "5 runs, ... 1 errors"."""
    lines = re.findall(r"^(\d{1,9} (?:examples?|runs|tests), .*)$", output, re.MULTILINE)
    counted = [dict(_words(line)) for line in lines]
    if not counted:
        return None
    total = sum(c.get(w, 0) for c in counted for w in ("example", "examples", "runs", "tests"))
    failed = sum(c.get(w, 0) for c in counted for w in ("failure", "failures", "error", "errors"))
    skipped = sum(c.get("pending", 0) + c.get("skips", 0) for c in counted)
    return Tally(total, failed, skipped)


def _others(output: str) -> Tally | None:
    empty = r"^(?:No tests executed!|No tests were found!!!|No test is available in .*)$"
    return Tally(0) if re.search(empty, output, re.MULTILINE) else None


def _words(line: str) -> list[tuple[str, int]]:
    return [(word, int(count)) for count, word in _COUNT.findall(line)]


READERS: Mapping[str, Reader] = MappingProxyType(
    {
        "pytest": _pytest,
        "unittest": _unittest,
        "jest": _jest,
        "cargo": _cargo,
        "go": _go,
        "mocha": _mocha,
        "node": _node,
        "ruby": _ruby,
        "others": _others,
    }
)
