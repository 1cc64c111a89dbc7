"""Which files of a change a red CI has fixed, from what its failing jobs printed. Pure."""

from collections.abc import Iterator, Mapping, Sequence

from bot.approval.test_paths import is_test_path
from bot.failures import Failure, read_output
from bot.failures.named_files import Tree, find_named_files

MAX_FILES = 3
"""Files that one red CI may have fixed at once."""


def choose_files(outputs: Sequence[str], tree: Tree, changed: Mapping[str, int]) -> list[str]:
    """Of the changed files those that the failures name, else the one that was changed most.

    `changed` has the lines that were changed, by path. A failing test names its own file, where
    nothing is wrong: a test is chosen only where a tool complains of the file itself, or where
    nothing else was changed.
    """
    named: dict[str, bool] = {}
    for path, is_blamed in (each for output in outputs for each in _find_named(output, tree)):
        named[path] = named.get(path, False) or is_blamed
    code = [path for path in changed if not is_test_path(path)]
    hits = [path for path in named if path in changed]
    fit = [path for path in hits if named[path] or not code or not is_test_path(path)]
    by_change = sorted(code or changed, key=lambda path: (-changed[path], path))
    return fit[:MAX_FILES] or by_change[:1]


def _find_named(output: str, tree: Tree) -> Iterator[tuple[str, bool]]:
    """Each named file, and whether it is what a tool complains of, not where a test failed."""
    reading = read_output(output)
    if not reading.failures:
        yield from ((path, False) for path in find_named_files("\n".join(reading.lines), tree))
    for failure in reading.failures:
        yield from ((path, not failure.titles) for path in _files_of(failure, tree))


def _files_of(failure: Failure, tree: Tree) -> tuple[str, ...]:
    places = [place.path for place in failure.places]
    return find_named_files("\n".join([*places, *failure.message]), tree)
