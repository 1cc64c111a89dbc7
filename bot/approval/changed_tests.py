"""What a change does to tests: those of each changed file before and after, compared."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from bot.approval.scan_tests import FileTests, is_test_path, read_tests
from bot.code import language_of
from bot.errors import list_names
from bot.git.objects import Change
from bot.git.repo import Repo
from bot.text.invisible import make_printable

MAX_FILE_BYTES = 1_000_000
"""Bytes of one file."""
MAX_TOTAL_BYTES = 8_000_000
BATCH_FILES = 50


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
    return bool(language_of(path)) or is_test_path(path)


def _blobs(change: Change) -> list[str]:
    entries = (change.before, change.after)
    return [entry.sha for entry in entries if entry and entry.kind == "file"]


def find_test_risks(files: Iterable[ChangedTests]) -> Iterator[tuple[str, str]]:
    """Paths, and why each needs approval. A test that turns up in another file has moved."""
    files = tuple(files)
    new_tests = {
        name: asserts
        for file in files
        for name, asserts in file.after.asserts.items()
        if name not in file.before.asserts
    }
    for file in files:
        for why in (*_weakened(file, new_tests), *_skipped(file)):
            yield file.path, why


def _weakened(file: ChangedTests, new_tests: Mapping[str, int]) -> Iterator[str]:
    current = {**new_tests, **file.after.asserts}
    before = file.before.asserts
    if removed := sorted(name for name in before if name not in current):
        yield f"{len(removed)} of its tests are gone: {list_names(removed)}"
    weaker = sorted(
        name for name, asserts in before.items() if current.get(name, asserts) < asserts
    )
    if weaker:
        yield f"{len(weaker)} of its tests assert less: {list_names(weaker)}"
    # A second `def` binds its name anew, and the first function is gone:
    # https://docs.python.org/3.11/reference/compound_stmts.html#function-definitions
    if duplicates := sorted(file.after.duplicates - file.before.duplicates):
        yield f"of tests with one name only the last is run: {list_names(duplicates)}"


def _skipped(file: ChangedTests) -> Iterator[str]:
    for marker in sorted(file.after.skips - file.before.skips):
        yield f"`{make_printable(marker)}` may keep tests from being run"
    for marker in sorted(file.after.disabled_checks - file.before.disabled_checks):
        yield f"`{make_printable(marker)}` turns a check off for all of it"
