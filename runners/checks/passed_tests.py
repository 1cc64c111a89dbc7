"""Which tests of a check passed, by name where its runner says them; compared with the base's run.

A name is that of the test alone: without its file, so that a test may move, and without its
parameters, which are counted, so that a case may be renamed.
"""

import itertools
import json
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field

from bot.errors import list_names
from runners.checks.test_counts import READERS, count_tests
from runners.sandbox.capture import LEFT_OUT

MAX_NAMES = 20_000
"""Of more tests only the number is compared."""
MAX_TESTS = 200_000
"""That a report by classes is believed to have; what claims more is compared by its number."""
MAX_NAME_CHARS = 200
"""Of one name; tests whose names begin so alike count as one."""


@dataclass(frozen=True, slots=True)
class PassedTests:
    """`names` counts how often a test of that name passed; empty where the output names none.

    `failed` counts the others that ran, where the runner counts tests and not packages.
    """

    total: int
    names: Mapping[str, int] = field(default_factory=dict)
    failed: int = 0


def read_passed_tests(output: str) -> PassedTests | None:
    """None where the output says nothing about tests."""
    tally = count_tests(output)
    # What was left out of a long output may have been names.
    names = Counter[str]() if LEFT_OUT in output else _read_names(output)
    if tally is None and not names:
        return None
    total = tally.passed if tally else sum(names.values())
    # Names of some of the tests only, as of one runner of two, say nothing about the others.
    if len(names) > MAX_NAMES or sum(names.values()) < total:
        names = Counter()
    # Without -v go counts its packages that pass, but its tests that fail.
    is_comparable = tally is not None and READERS["go"](output) is None
    failed = tally.ran - tally.expected - tally.passed if tally and is_comparable else 0
    return PassedTests(total, dict(names), failed)


def explain_lost_tests(
    before: PassedTests | None, after: PassedTests | None, removed: Collection[str] = ()
) -> str:
    """Why fewer tests are proven to pass than before; empty where all of them still pass.

    A test that failed before has to pass as well: one that is only run no more was not mended.
    `removed` are tests that the diff takes away by name: of these the gate on the diff tells.
    """
    if before is None or not (before.total or before.failed):
        return ""
    if before.names and after and after.names:
        lost = Counter(before.names) - Counter(after.names)
        gone = set(removed)
        names = sorted(name for name in lost if not _parts(name) & gone)
        if names:
            count = sum(lost[name] for name in names)
            told = (
                f"{count} of {before.total} tests that passed before no longer pass or are not run"
            )
            return f"{told}: {list_names(names)}"
    ran, now = before.total + before.failed, after.total if after else 0
    if before.failed and now and ran - now > len(removed):
        return f"{ran} tests ran before, {before.failed} of them red; {now} pass now"
    named = before.names and after and after.names
    if named or before.total - now <= len(removed):
        return ""
    return f"{before.total} tests passed before, {now} now"


def _parts(name: str) -> set[str]:
    """The name, and its last part as each language writes it."""
    return {name, name.rpartition("::")[2], name.rpartition(".")[2], name.partition("/")[0]}


def _read_names(output: str) -> Counter[str]:
    # Only the most telling runner's: two readers may know the same lines.
    counts = (Counter(name[:MAX_NAME_CHARS] for name in reader(output)) for reader in NAME_READERS)
    return max(counts, key=lambda names: sum(names.values()))


# pytest's summary with `-rp`, and its lines with `-v`, also of pytest-xdist:
# https://docs.pytest.org/en/stable/how-to/output.html
_PYTEST_SUMMARY = re.compile(r"^PASSED ([^\s:]+::\S[^\n]*)$", re.MULTILINE)
_PYTEST_LINE = re.compile(
    r"^(?:\[gw\d+\] \[ *\d+%\] PASSED ([^\s:]+::\S[^\n]*)|([^\s:]+::[^\n]*?) PASSED\b[^\n]*)$",
    re.MULTILINE,
)


def _pytest(output: str) -> Iterator[str]:
    found = [match[1] for match in _PYTEST_SUMMARY.finditer(output)]
    found = found or [match[1] or match[2] for match in _PYTEST_LINE.finditer(output)]
    for node in found:
        yield _without_parameters(node.rstrip()).partition("::")[2]


def _without_parameters(name: str) -> str:
    return name.partition("[")[0] if name.endswith("]") else name


_UNITTEST = re.compile(r"^(\w+) \(([\w.]+)\)(?:\n[^\n]{0,500})? \.\.\. ok$", re.MULTILINE)


def _unittest(output: str) -> Iterator[str]:
    """`test_a (module.Class.test_a) ... ok`; until Python 3.10 without the test's own name."""
    for match in _UNITTEST.finditer(output):
        holder = match[2].removesuffix(f".{match[1]}").rpartition(".")[2]
        yield f"{holder}.{match[1]}"


_GO_LINE = re.compile(r"^[ \t]*--- PASS: (\S+)", re.MULTILINE)


def _go(output: str) -> Iterator[str]:
    """`go test -v`, and `-json`: https://pkg.go.dev/cmd/test2json. Subtests count as their test."""
    for match in _GO_LINE.finditer(output):
        yield match[1].partition("/")[0]
    for line in output.splitlines():
        if line.startswith("{") and '"pass"' in line and '"Test"' in line:
            try:
                event = json.loads(line)
            except (ValueError, RecursionError):
                continue
            if isinstance(event, dict) and event.get("Action") == "pass":
                yield str(event.get("Test", "")).partition("/")[0]


# https://doc.rust-lang.org/book/ch11-01-writing-tests.html, and nextest's own lines
_CARGO = re.compile(
    r"^(?:test (\S[^\n]*?)(?: - should panic)? \.\.\. ok|[ \t]+PASS \[[^\]\n]*\][^\n]*? (\S+))$",
    re.MULTILINE,
)


def _cargo(output: str) -> Iterator[str]:
    return ((match[1] or match[2]).rpartition("::")[2] for match in _CARGO.finditer(output))


# https://testanything.org/tap-specification.html
_TAP = re.compile(r"^[ \t]*ok \d+(?: -)?[ \t]+(\S[^\n]*)$", re.MULTILINE)
_NOT_RUN = re.compile(r"[ \t]*(?:skip|todo)", re.IGNORECASE)


def _tap(output: str) -> Iterator[str]:
    for match in _TAP.finditer(output):
        name, _, directive = match[1].partition("#")
        if not _NOT_RUN.match(directive):
            yield name.strip()


# Jest with --verbose, Vitest, Mocha's spec reporter, node --test, PHPUnit's testdox.
_TICKED = re.compile(r"^[ \t]*[\u2713\u2714\u221a][ \t]+(\S[^\n]*)$", re.MULTILINE)
_SECONDS = re.compile(r"[ \t]{1,8}\(?[\d.]{1,12} ?m?s\)?$")


def _ticked(output: str) -> Iterator[str]:
    return (_SECONDS.sub("", match[1]) for match in _TICKED.finditer(output))


# GoogleTest, CTest and dotnet test; Gradle; and Surefire, which counts by class.
_NATIVE = re.compile(
    r"^(?:\[ +OK \] (\S+)|[ \t]*\d+/\d+ Test +#\d+: (\S+) \.+ +Passed\b|[ \t]+Passed (\S+))",
    re.MULTILINE,
)
_GRADLE = re.compile(r"^(\S[^\n]*) PASSED$", re.MULTILINE)
_SUREFIRE = re.compile(
    r"^[^\n]{0,30}Tests run: (\d{1,9}), Failures: (\d{1,9}), Errors: (\d{1,9}), Skipped: (\d{1,9})"
    r"[^\n]{0,100}? (?:-- )?in (\S+)$",
    re.MULTILINE,
)


def _native(output: str) -> Iterator[str]:
    for match in _NATIVE.finditer(output):
        yield _without_parameters(next(filter(None, match.groups())))
    for match in _GRADLE.finditer(output):
        _, arrow, name = match[1].rpartition(" > ")
        if arrow:
            yield _without_parameters(name).removesuffix("()")


def _surefire(output: str) -> Iterator[str]:
    """The name of a class for each of its tests, as far as they can be true."""
    room = MAX_TESTS
    for match in _SUREFIRE.finditer(output):
        total, *others = (int(match[n]) for n in range(1, 5))
        passed = max(0, min(total - sum(others), room))
        room -= passed
        yield from itertools.repeat(match[5], passed)


_CASE = re.compile(r"<testcase\b([^<>]*?)(/?)>(\s*<(?:skipped|failure|error|rerunFailure)\b)?")
_ATTRIBUTE = re.compile(r"\b(name|classname)=\"([^\"]*)\"")


def _junit_xml(output: str) -> Iterator[str]:
    """Of a report that the check prints, as https://github.com/testmoapp/junitxml describes it."""
    for match in _CASE.finditer(output):
        if not match[2] and match[3]:
            continue
        told = dict(_ATTRIBUTE.findall(match[1]))
        holder = told.get("classname", "").rpartition(".")[2]
        yield f"{holder}.{_without_parameters(told.get('name', ''))}"


NAME_READERS: tuple[Callable[[str], Iterator[str]], ...] = (
    _pytest,
    _unittest,
    _go,
    _cargo,
    _tap,
    _ticked,
    _native,
    _surefire,
    _junit_xml,
)
