"""What a change does to tests: those of each changed file before and after, compared."""

import re
from collections import Counter
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass

from bot.approval.compare_proofs import explain_weaker, find_new_proofs
from bot.approval.runner_words import name_in
from bot.approval.scan_tests import FileTests, read_tests
from bot.approval.shadowed_calls import explain_shadowed
from bot.approval.test_paths import holds_expectations, is_test_path
from bot.approval.unreadable_tests import explain_lost_lines
from bot.code import language_of
from bot.errors import list_names
from bot.git.diff import list_changes
from bot.git.objects import Change
from bot.git.repo import Repo
from bot.text.invisible import make_printable

MAX_FILE_BYTES = 1_000_000
"""Bytes of one file."""
MAX_TOTAL_BYTES = 8_000_000
BATCH_FILES = 50

# Languages that are not read here, and documents whose examples may be run.
_MAY_HOLD_TESTS = re.compile(
    r"\.(?:exs?|erl|dart|lua|pl|pm|p6|raku|l?hs|R|clj[cs]?|edn|zig|d|nim|jl|ml|fs|elm|rkt|scm|lisp|el|v"
    r"|sv|vhdl?|pas|adb|f\d\d|cr|hx|m|mm|groovy|gradle|vb|tcl|fish|ps1|nu|md|mdx|rst|txt|adoc|vue"
    r"|svelte|coffee|feature|robot|sql|cu|sol|move|cairo|gleam|roc|odin)$"
)
_AFFECTS_OTHERS = re.compile(
    r"\bonly\b|\bf(?:it|describe|test|context)\b|exit|\bcfg\b|^(?:class|func|def) |=|load_tests"
    r"|plugins"
)
"""A mark that keeps more than the test that it stands in from being run."""


@dataclass(frozen=True, slots=True)
class ChangedTests:
    path: str
    before: FileTests
    after: FileTests


@dataclass(frozen=True, slots=True)
class ReadTests:
    """`unread`: files of code or among tests that are too large, or not here."""

    files: tuple[ChangedTests, ...]
    unread: tuple[str, ...]


def read_changed_tests(repo: Repo, changes: Iterable[Change]) -> ReadTests:
    candidates = [change for change in changes if _blobs(change) and _has_code(change.path)]
    # git tells a size without reading the content: https://git-scm.com/docs/git-cat-file#_batch_output
    sizes = repo.read_sizes(sha for change in candidates for sha in _blobs(change))
    readable: list[Change] = []
    left_bytes = MAX_TOTAL_BYTES
    for change in candidates:
        # A blob that is not here counts as too large, so that its file is reported as unread.
        sizes_of_change = [sizes.get(sha, MAX_FILE_BYTES) for sha in _blobs(change)]
        if max(sizes_of_change) < MAX_FILE_BYTES and sum(sizes_of_change) <= left_bytes:
            readable.append(change)
            left_bytes -= sum(sizes_of_change)
    unread = {change.path for change in candidates} - {change.path for change in readable}
    return ReadTests(tuple(_read(repo, readable)), tuple(sorted(unread)))


def _read(repo: Repo, changes: list[Change]) -> Iterator[ChangedTests]:
    for start in range(0, len(changes), BATCH_FILES):
        batch = changes[start : start + BATCH_FILES]
        bodies = repo.read_blobs(dict.fromkeys(sha for change in batch for sha in _blobs(change)))
        for change in batch:
            entries = (change.before, change.after)
            before, after = (
                read_tests(change.path, bodies[entry.sha])
                if entry and entry.kind == "file"
                else FileTests()
                for entry in entries
            )
            yield ChangedTests(change.path, before, after)


def _has_code(path: str) -> bool:
    return bool(language_of(path)) or holds_expectations(path) or bool(_MAY_HOLD_TESTS.search(path))


def _blobs(change: Change) -> list[str]:
    entries = (change.before, change.after)
    return [entry.sha for entry in entries if entry and entry.kind == "file"]


def find_test_risks(
    files: Iterable[ChangedTests], own_names: Container[str] = (), planned: Container[str] = ()
) -> Iterator[tuple[str, str]]:
    """Paths, and why each needs approval. A test that turns up in another file has moved.

    `own_names` are what the repository's own code is called, as `list_own_names` gives them;
    `planned` are the files that tasks of the plan name.
    """
    files = tuple(files)
    homes = [file for file in files if _may_be_collected(file.path)]
    new_tests = {
        name for file in homes for name in file.after.asserts if name not in file.before.asserts
    }
    moved = find_new_proofs((file.before, file.after) for file in homes)
    for file in files:
        removed = sorted(file.before.asserts.keys() - file.after.asserts.keys() - new_tests)
        for why in (*_removed(file, removed), *_skipped(file)):
            yield file.path, why
        is_planned = file.path in planned
        for why in explain_weaker(
            file.path, file.before, file.after, moved, frozenset(removed), planned=is_planned
        ):
            yield file.path, why
        if file.before.asserts:
            for why in explain_shadowed(file.before.meanings, file.after.meanings):
                yield file.path, why
        for why in (*_lost_lines(file, planned=is_planned), *_runner_words(file, own_names)):
            yield file.path, why


def _may_be_collected(path: str) -> bool:
    """Whether what moves into a file is still a test. Rust has tests within its code."""
    return is_test_path(path) or language_of(path) == "rust"


def list_removed_tests(repo: Repo, base: str, head: str) -> frozenset[str]:
    """The tests that the changes between two trees take away, each by the last part of its name."""
    files = read_changed_tests(repo, list_changes(repo, base, head)).files
    kept = {name for file in files for name in file.after.asserts}
    gone = {name for file in files for name in file.before.asserts if name not in kept}
    return frozenset(name.rpartition(".")[2] for name in gone) | frozenset(gone)


def _removed(file: ChangedTests, removed: Sequence[str]) -> Iterator[str]:
    if removed:
        yield f"{len(removed)} of its tests are gone: {list_names(removed)}"
    # A second `def` binds its name anew, and the first function is gone:
    # https://docs.python.org/3.11/reference/compound_stmts.html#function-definitions
    if duplicates := sorted(file.after.duplicates - file.before.duplicates):
        yield f"of tests with one name only the last is run: {list_names(duplicates)}"


def _lost_lines(file: ChangedTests, *, planned: bool) -> Iterator[str]:
    before, after = file.before.lines, file.after.lines
    yield from explain_lost_lines(file.path, before, after, planned=planned)
    if lost := file.before.examples - file.after.examples:
        shown = [line.partition("\n")[0] for line in lost]
        count = sum(lost.values())
        yield f"{count} of its examples that are run are gone or changed: {list_names(shown)}"


def _runner_words(file: ChangedTests, own_names: Container[str]) -> Iterator[str]:
    more = file.after.runner_words - file.before.runner_words
    if words := sorted(word for word in more if name_in(word) not in own_names):
        yield f"code with {list_names(words)} may change how its own tests end"


def _skips_of_new_tests(file: ChangedTests) -> Counter[str]:
    """Those within tests that are new; what keeps others from being run, as `only`, counts."""
    found: Counter[str] = Counter()
    for (marker, test), count in file.after.proofs.skips.items():
        is_new = test in file.after.asserts and test not in file.before.asserts
        # A function beside the tests of a file that had none before is called by new ones only.
        is_new |= test.endswith("()") and not file.before.asserts
        if is_new and not _AFFECTS_OTHERS.search(marker):
            found[marker] += count
    return found


def _skipped(file: ChangedTests) -> Iterator[str]:
    for marker in sorted(file.after.skips - file.before.skips - _skips_of_new_tests(file)):
        yield f"`{make_printable(marker)}` may keep tests from being run"
    for marker in sorted(file.after.disabled_checks - file.before.disabled_checks):
        yield f"`{make_printable(marker)}` turns a check off for all of it"
