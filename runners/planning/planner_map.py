"""The map as a planner sees it: beside each file its number of lines, and which tests are its own.

How long a file is decides whether a task's model sees all of it; a check wants the tests' paths.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.models.token_count import Counter, estimator_for
from bot.repo_map import RepoMap
from runners.planning.repo_lookup import RepoLookup

MAX_TESTED_FILES = 8
"""Files, the first of the map, whose tests are told."""
MAX_TESTS = 2
"""Of one file."""
TESTS_SHARE = 0.05
"""Of the map's tokens, for the names of tests."""
_SAMPLE = " 1000"
"""Counted for each file before its lines are: few files have more of them."""


@dataclass(frozen=True, slots=True)
class PlannerMap:
    """`paths` are the files that it names."""

    text: str
    paths: frozenset[str]


def render_planner_map(
    lookup: RepoLookup, query: str, tokens: int, models: Sequence[str] = ()
) -> PlannerMap:
    """The map for `query`, in at most `tokens` for each of the models."""
    count, known = estimator_for(models), frozenset(lookup.paths)
    area = lookup.map.repo_map
    room = int(tokens * (1 - TESTS_SHARE))
    found = area.render_text(query, room, _CounterWithLines(count, known))
    paths = [file.path for file in found.files if file.path in known]
    beside = _count_lines(area, paths)
    text = _add_beside(found.text, beside)
    for path, tests in _find_tests(area, paths).items():
        longer = {**beside, path: f"{beside.get(path, '')}, tested by {', '.join(tests)}"}
        wider = _add_beside(found.text, longer)
        if count(wider) <= tokens:
            text, beside = wider, longer
    # Files of ten thousand lines and more: a number took one token more than was counted.
    return PlannerMap(text if count(text) <= tokens else found.text, frozenset(paths))


class _CounterWithLines(Counter):
    """Counts a text as it will be with the numbers of lines in it."""

    def __init__(self, count: Counter, paths: frozenset[str]) -> None:
        self._count, self._paths = count, paths

    def count_total(self, texts: Sequence[str]) -> int:
        return self._count.count_total([self._longer(text) for text in texts])

    def count_line(self, text: str) -> int:
        return self._count.count_line(self._longer(text))

    def _longer(self, text: str) -> str:
        lines = self._paths.intersection(text.split("\n"))
        return _add_beside(text, dict.fromkeys(lines, _SAMPLE))


def _add_beside(text: str, beside: Mapping[str, str]) -> str:
    return "\n".join(f"{line}{beside.get(line, '')}" for line in text.split("\n"))


def _count_lines(area: RepoMap, paths: Sequence[str]) -> dict[str, str]:
    sources = {path: area.by_path[path] for path in paths if path in area.by_path}
    bodies = area.repo.read_blobs(dict.fromkeys(each.sha for each in sources.values()))
    counted = {path: bodies[each.sha] for path, each in sources.items() if each.sha in bodies}
    return {path: f" {_lines_of(body)}" for path, body in counted.items()}


def _lines_of(body: bytes) -> int:
    return body.count(b"\n") + (not body.endswith(b"\n"))


def _find_tests(area: RepoMap, paths: Sequence[str]) -> dict[str, list[str]]:
    """The tests of the first files of code; what imports nothing of them is none."""
    coded = [path for path in paths if path in area.by_path and area.by_path[path].role == "code"]
    found = area.find_tests(coded[:MAX_TESTED_FILES])
    return {path: tests[:MAX_TESTS] for path, tests in found.items() if tests}
