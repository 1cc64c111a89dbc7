"""Whether a file's tests prove as much as before: what they assert, and what may end them."""

import posixpath
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence

from bot.approval.assertion_forms import calls_less, is_as_strict, keep_full
from bot.approval.bound_names import HERE
from bot.approval.proven_statements import Proof, Proofs
from bot.approval.scan_tests import FileTests
from bot.approval.test_paths import is_test_path
from bot.errors import list_names
from bot.text.invisible import make_printable

MAX_SHOWN_CHARACTERS = 120
"""Of an assertion that is quoted."""
# What a runner has ready in every file of tests, and where it may be imported from instead.
_GIVEN_BY_RUNNERS = frozenset(
    (
        *("expect", "assert", "it", "test", "describe", "context", "suite", "specify", "should"),
        *("before", "after", "beforeEach", "afterEach", "beforeAll", "afterAll", "jest", "vi"),
    )
)
_RUNNERS = re.compile(
    r"(?:node:)?(?:assert|test)(?:/strict)?$|(?:@jest/|vitest|bun:test|chai|mocha|expect|ava|tap|tape"
    r"|uvu|unexpected|should|power-assert|@playwright/|@std/|jsr:@std/|cypress|@wdio/|@vitest/|tstyche)"
)
MAX_COMPARED = 50
"""New assertions of a test that are looked at for one that is gone."""


def find_new_proofs(files: Iterable[tuple[FileTests, FileTests]]) -> Counter[str]:
    """What tests assert that did not before: an assertion that is gone elsewhere may have moved.

    Not in a test that may end before it: what stands behind a `return` proves nothing.
    """
    new: Counter[str] = Counter()
    for before, after in files:
        proofs = after.proofs
        live = (each for each in proofs.found if each.test and not proofs.ending[each.test])
        new += Counter(each.key for each in live) - Counter(
            each.key for each in before.proofs.found
        )
    return new


def explain_weaker(  # noqa: PLR0913  # both states, and what is known of the whole diff
    path: str,
    before: FileTests,
    after: FileTests,
    moved: Counter[str],
    removed: frozenset[str],
    *,
    planned: bool = False,
) -> Iterator[str]:
    """Why the file at `path` may prove less, in clauses. `removed` tests are told of elsewhere.

    `moved` is what `find_new_proofs` gave; what is taken to have moved from here is taken out.
    Where the change of the file is `planned`, an expectation that stays as strict may change.
    """
    lost, deeper = _compare(before.proofs, after.proofs, moved, removed)
    other = _about_other_values(before.proofs, after.proofs, lost)
    if planned:
        other = list(_less_given(before.proofs, after.proofs, other))
        lost = list(_not_replaced(before.proofs, after.proofs, lost))
    if other:
        yield f"{len(other)} of its assertions are about another value: {_quote(other)}"
    if lost:
        there = [each for each in before.proofs.found if each.test not in removed]
        placed = _place(lost, there, after.proofs)
        yield f"{len(lost)} of its assertions are gone or changed: {_quote(placed)}"
    if deeper:
        yield f"{len(deeper)} of its assertions may no longer be reached: {_quote(deeper)}"
    asserting = {*before.asserts, *(each.test for each in before.proofs.found if each.test)}
    kept = sorted(name for name in asserting if name not in removed)
    if early := _grown(kept, before.proofs.ending, after.proofs.ending):
        yield f"{len(early)} of its tests may end before all is asserted: {list_names(early)}"
    classes = [name for name in before.proofs.marks if _holds_tests(name, kept)]
    if marked := sorted(
        name for name in (*kept, *classes) if after.proofs.marks[name] - before.proofs.marks[name]
    ):
        yield f"{len(marked)} of its tests have another mark: {list_names(marked)}"
    everywhere = [*kept, ""] if before.asserts else []
    if _grown(everywhere, before.proofs.standing, after.proofs.standing):
        yield "it puts more in the place of what is tested than before"
    if emptied := _emptied(before, after):
        yield f"what its tests use does less than before: {list_names(emptied)}"
    rebound = [] if not before.asserts else _rebound(path, before, after)
    if rebound:
        yield f"what its tests call has another source: {list_names(rebound)}"


def _compare(
    before: Proofs, after: Proofs, moved: Counter[str], removed: frozenset[str]
) -> tuple[list[Proof], list[Proof]]:
    """What is asserted no more, and what is, but only deeper within its test."""
    now: dict[str, list[int]] = defaultdict(list)
    for each in sorted(after.found, key=lambda proof: proof.depth):
        now[each.key].append(each.depth)
    lost, deeper = [], []
    nth: Counter[str] = Counter()
    for each in sorted(before.found, key=lambda proof: proof.depth):
        at = nth[each.key]
        nth[each.key] += 1
        if at < len(now[each.key]):
            if now[each.key][at] > each.depth:
                deeper.append(each)
        elif moved[each.key] > 0:
            moved[each.key] -= 1
        elif each.test not in removed:
            lost.append(each)
    return lost, deeper


def _place(lost: Sequence[Proof], before: Sequence[Proof], after: Proofs) -> list[Proof]:
    """Each of `lost` in a test that has it less often now, where several tests say the same."""
    kept = Counter((each.key, each.test) for each in after.found)
    fewer: dict[str, list[Proof]] = defaultdict(list)
    for each in before:
        if kept[each.key, each.test] > 0:
            kept[each.key, each.test] -= 1
        else:
            fewer[each.key].append(each)
    return [fewer[each.key].pop(0) if fewer[each.key] else each for each in lost]


def _about_other_values(before: Proofs, after: Proofs, lost: Sequence[Proof]) -> list[Proof]:
    """What is asserted in the same words, of names that have their values from elsewhere now."""
    now = Counter((each.key, each.given) for each in after.found)
    keys = {each.key for each in after.found}
    gone = {id(each) for each in lost}
    other = []
    for each in before.found:
        if id(each) in gone or not each.given or each.key not in keys:
            continue
        if now[each.key, each.given] > 0:
            now[each.key, each.given] -= 1
        else:
            other.append(each)
    return other


def _not_replaced(before: Proofs, after: Proofs, lost: Sequence[Proof]) -> Iterator[Proof]:
    """Those in whose place, in the same test, no assertion stands that is as strict."""
    new: dict[str, list[Proof]] = defaultdict(list)
    for each in _added(before, after):
        new[each.test].append(each)
    for each in lost:
        places = new[each.test][:MAX_COMPARED]
        match = next((other for other in places if _is_as_strict(each, other, before, after)), None)
        if match is None:
            yield each
        else:
            new[each.test].remove(match)


def _added(before: Proofs, after: Proofs) -> list[Proof]:
    """Assertions that were not there, those of one key told apart by what gave their values."""
    exact = Counter((each.test, each.key, each.given) for each in before.found)
    left = []
    for each in after.found:
        place = (each.test, each.key, each.given)
        if exact[place] > 0:
            exact[place] -= 1
        else:
            left.append(each)
    alike: Counter[tuple[str, str]] = Counter()
    for (test, key, _), count in exact.items():
        alike[test, key] += count
    added = []
    for each in left:
        if alike[each.test, each.key] > 0:
            alike[each.test, each.key] -= 1
        else:
            added.append(each)
    return added


def _is_as_strict(old: Proof, new: Proof, before: Proofs, after: Proofs) -> bool:
    if new.depth > old.depth or not is_as_strict(old.shown, new.shown):
        return False
    return _keep_given(before, after, old, new)


def _keep_given(before: Proofs, after: Proofs, old: Proof, new: Proof) -> bool:
    return keep_full(before.given.get(old.given, ()), after.given.get(new.given, ()))


def _less_given(before: Proofs, after: Proofs, other: Sequence[Proof]) -> Iterator[Proof]:
    """Those whose names no longer come from what they came from, in other literals at most."""
    by_place: dict[tuple[str, str], list[Proof]] = defaultdict(list)
    for each in after.found:
        by_place[each.test, each.key].append(each)
    known: dict[tuple[str, str], bool] = {}
    for each in other:
        places = by_place[each.test, each.key][:MAX_COMPARED]
        for place in places:
            pair = (each.given, place.given)
            if pair not in known:
                known[pair] = _keep_given(before, after, each, place)
        if not any(known[each.given, place.given] for place in places):
            yield each


def _grown(names: Sequence[str], before: Counter[str], after: Counter[str]) -> list[str]:
    return sorted({name for name in names if after[name] > before[name]})


def _holds_tests(mark: str, tests: Sequence[str]) -> bool:
    """Whether what a mark stands above is a class of tests; by their names, where these say it."""
    kind, _, name = mark.partition(" ")
    named = any("." in test for test in tests)
    return kind == "class" and (not named or any(t.startswith(f"{name}.") for t in tests))


def _emptied(before: FileTests, after: FileTests) -> list[str]:
    """Functions beside the tests, fixtures too, that call less than before, or something else."""
    now = after.proofs.helpers
    return sorted(
        name
        for name, text in before.proofs.helpers.items()
        if before.asserts and name in now and now[name] != text and calls_less(text, now[name])
    )


def _rebound(path: str, before: FileTests, after: FileTests) -> list[str]:
    """Names that were imported, and are now defined in the file, or imported from elsewhere.

    Those of other files of tests are helpers, which are not what is tested. A fixture or what the
    language itself has was not imported, and is taken over by a definition of its name.
    """
    moved = {
        name
        for name, source in before.names.items()
        if source != HERE
        and after.names.get(name, source) != source
        and not _is_helper(path, source)
    }
    taken = {
        name
        for name, source in after.names.items()
        if name not in before.names
        and name in before.mentions
        and (source == HERE or (name in _GIVEN_BY_RUNNERS and not _RUNNERS.match(source)))
    }
    return sorted(moved | taken)


def _is_helper(path: str, source: str) -> bool:
    """Whether a module that a file of tests names is one of tests, too."""
    if source.startswith(("./", "../")):
        return is_test_path(posixpath.normpath(posixpath.join(posixpath.dirname(path), source)))
    if source.startswith("."):
        return is_test_path(f"{posixpath.dirname(path)}/")
    return is_test_path(source.replace(".", "/"))


def _quote(proofs: Sequence[Proof]) -> str:
    first = proofs[0]
    where = f" in `{make_printable(first.test, MAX_SHOWN_CHARACTERS)}`" if first.test else ""
    shown = make_printable(first.shown.replace("`", "'"), MAX_SHOWN_CHARACTERS)
    more = f" and {len(proofs) - 1} more" if len(proofs) > 1 else ""
    return f"`{shown}`{where}{more}"
