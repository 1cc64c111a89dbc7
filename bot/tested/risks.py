"""What a change does to the tests, in clauses: those gone, weaker, passed over."""

from collections.abc import Iterable, Iterator, Mapping

from bot.hidden import shown
from bot.job.words import listed
from bot.tested.both import Both


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
        yield f"{len(gone)} of its tests are gone: {listed(gone)}"
    weaker = sorted(name for name, asserts in before.items() if now.get(name, asserts) < asserts)
    if weaker:
        yield f"{len(weaker)} of its tests assert less: {listed(weaker)}"
    if twice := sorted(file.after.twice - file.before.twice):
        yield f"of tests with one name only the last is run: {listed(twice)}"


def _passed_over(file: Both) -> Iterator[str]:
    for mark in sorted(file.after.skips - file.before.skips):
        yield f"`{shown(mark)}` may keep tests from being run"
    for mark in sorted(file.after.turned_off - file.before.turned_off):
        yield f"`{shown(mark)}` turns a check off for all of it"
