"""The tests of every changed file, before and after: read from git's objects, within bounds."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from bot.approval.test_scanner import Tests, among_tests, read_tests
from bot.code import language_of
from bot.errors import list_names
from bot.git.objects import Change
from bot.git.repo import Repo
from bot.text.invisible import make_printable

LARGEST = 1_000_000
"""Bytes of one file."""
LARGEST_OF_ALL = 8_000_000
AT_ONCE = 50


@dataclass(frozen=True, slots=True)
class Both:
    path: str
    before: Tests
    after: Tests


@dataclass(frozen=True, slots=True)
class Reading:
    """`unread`: files of code or among tests that are too large, or not here."""

    files: tuple[Both, ...]
    unread: tuple[str, ...]


def read_changed(repo: Repo, changes: Iterable[Change]) -> Reading:
    asked = [change for change in changes if _blobs(change) and _has_code(change.path)]
    sizes = repo.read_sizes(sha for change in asked for sha in _blobs(change))
    small: list[Change] = []
    room = LARGEST_OF_ALL
    for change in asked:
        each = [sizes.get(sha, LARGEST) for sha in _blobs(change)]
        if max(each) < LARGEST and sum(each) <= room:
            small.append(change)
            room -= sum(each)
    unread = {change.path for change in asked} - {change.path for change in small}
    return Reading(tuple(_read(repo, small)), tuple(sorted(unread)))


def _read(repo: Repo, changes: list[Change]) -> Iterator[Both]:
    for start in range(0, len(changes), AT_ONCE):
        some = changes[start : start + AT_ONCE]
        bodies = repo.read_blobs(dict.fromkeys(sha for change in some for sha in _blobs(change)))
        for change in some:
            entries = (change.before, change.after)
            before, after = (
                read_tests(change.path, bodies[entry.sha])
                if entry and entry.kind == "file"
                else Tests()
                for entry in entries
            )
            yield Both(change.path, before, after)


def _has_code(path: str) -> bool:
    return bool(language_of(path)) or among_tests(path)


def _blobs(change: Change) -> list[str]:
    entries = (change.before, change.after)
    return [entry.sha for entry in entries if entry and entry.kind == "file"]


def risks_to_tests(files: Iterable[Both]) -> Iterator[tuple[str, str]]:
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


def _missing(file: Both, come: Mapping[str, int]) -> Iterator[str]:
    now = {**come, **file.after.asserts}
    before = file.before.asserts
    if gone := sorted(name for name in before if name not in now):
        yield f"{len(gone)} of its tests are gone: {list_names(gone)}"
    weaker = sorted(name for name, asserts in before.items() if now.get(name, asserts) < asserts)
    if weaker:
        yield f"{len(weaker)} of its tests assert less: {list_names(weaker)}"
    if twice := sorted(file.after.twice - file.before.twice):
        yield f"of tests with one name only the last is run: {list_names(twice)}"


def _passed_over(file: Both) -> Iterator[str]:
    for mark in sorted(file.after.skips - file.before.skips):
        yield f"`{make_printable(mark)}` may keep tests from being run"
    for mark in sorted(file.after.turned_off - file.before.turned_off):
        yield f"`{make_printable(mark)}` turns a check off for all of it"
