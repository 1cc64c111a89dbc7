"""The paths a wrong one may have meant: told, never guessed."""

import difflib
import functools
from collections.abc import Callable, Collection, Iterable
from pathlib import PurePosixPath

MAX_CLOSEST = 3
_MAX_PATH_CHARS = 200


def find_closest(path: str, known: Iterable[str], most: int = MAX_CLOSEST) -> tuple[str, ...]:
    """Those of the same file name first, then those spelled alike; nearest first."""
    paths = sorted(set(known))
    wanted = path[-_MAX_PATH_CHARS:]
    name = PurePosixPath(wanted).name.casefold()
    same = [one for one in paths if PurePosixPath(one).name.casefold() == name]
    same.sort(key=lambda one: (-difflib.SequenceMatcher(None, wanted, one).ratio(), one))
    names: dict[str, list[str]] = {}
    for one in paths:
        names.setdefault(PurePosixPath(one).name.casefold(), []).append(one)
    alike = difflib.get_close_matches(name, names, n=most, cutoff=0.6)
    near = [one for each in alike for one in names[each]]
    if not same and not near:
        near = difflib.get_close_matches(wanted, paths, n=most, cutoff=0.75)
    return tuple(dict.fromkeys([*same, *near]))[:most]


def closest_finder(
    known: Callable[[], Collection[str]], most: int = 10
) -> Callable[[str], tuple[str, ...]]:
    """Find what is closest for the first `most` paths asked about; each takes a look at all."""
    paths = functools.cache(known)
    asked: dict[str, tuple[str, ...]] = {}

    def find(path: str) -> tuple[str, ...]:
        if path not in asked and len(asked) < most:
            asked[path] = find_closest(path, paths())
        return asked.get(path, ())

    return find
