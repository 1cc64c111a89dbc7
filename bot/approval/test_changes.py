"""The tests of every changed file, before and after: read from git's objects, within bounds."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from bot.approval.test_scanner import FileTests, is_test_path, read_tests
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
    asked = [change for change in changes if _blobs(change) and _has_code(change.path)]
    sizes = repo.read_sizes(sha for change in asked for sha in _blobs(change))
    small: list[Change] = []
    room = MAX_TOTAL_BYTES
    for change in asked:
        each = [sizes.get(sha, MAX_FILE_BYTES) for sha in _blobs(change)]
        if max(each) < MAX_FILE_BYTES and sum(each) <= room:
            small.append(change)
            room -= sum(each)
    unread = {change.path for change in asked} - {change.path for change in small}
    return ReadTests(tuple(_read(repo, small)), tuple(sorted(unread)))


def _read(repo: Repo, changes: list[Change]) -> Iterator[ChangedTests]:
    for start in range(0, len(changes), BATCH_FILES):
        some = changes[start : start + BATCH_FILES]
        bodies = repo.read_blobs(dict.fromkeys(sha for change in some for sha in _blobs(change)))
        for change in some:
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
    """Paths, and why each wants a yes. A test that turns up in another file has moved."""
    files = tuple(files)
    come = {
        name: asserts
        for each in files
        for name, asserts in each.after.asserts.items()
        if name not in each.before.asserts
    }
    for each in files:
        for why in (*_missing(each, come), *_passed_over(each)):
            yield each.path, why


def _missing(file: ChangedTests, come: Mapping[str, int]) -> Iterator[str]:
    now = {**come, **file.after.asserts}
    before = file.before.asserts
    if gone := sorted(name for name in before if name not in now):
        yield f"{len(gone)} of its tests are gone: {list_names(gone)}"
    weaker = sorted(name for name, asserts in before.items() if now.get(name, asserts) < asserts)
    if weaker:
        yield f"{len(weaker)} of its tests assert less: {list_names(weaker)}"
    if twice := sorted(file.after.duplicates - file.before.duplicates):
        yield f"of tests with one name only the last is run: {list_names(twice)}"


def _passed_over(file: ChangedTests) -> Iterator[str]:
    for mark in sorted(file.after.skips - file.before.skips):
        yield f"`{make_printable(mark)}` may keep tests from being run"
    for mark in sorted(file.after.disabled_checks - file.before.disabled_checks):
        yield f"`{make_printable(mark)}` turns a check off for all of it"
