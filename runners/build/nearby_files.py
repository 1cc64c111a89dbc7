"""The files around one: those it imports, those the plan reads, and those that speak of it."""

import re
from collections.abc import Iterable, Iterator, Sequence

from bot.code import Outline
from bot.git.repo import Repo
from bot.prompts.neighbours import TEST, FilesAtHand
from bot.repo_map import RepoMap, import_graph, shared_maps

LARGEST = 200_000
"""Bytes of a file that is read to know what it defines and calls."""
IMPORTED, MENTIONING, NAMES = 16, 12, 24
"""Files read because the task's file imports them, or speak of its names; names looked for."""
WORD = re.compile(r"[A-Za-z_]\w{2,60}")


def vicinity(repo: Repo, tree: str, path: str, own: Outline, reads: Sequence[str]) -> FilesAtHand:
    """Who calls what among these files. It follows from the tree alone."""
    area = map_of(repo, tree)
    imported = import_graph.imported(path, own, area.paths)[:IMPORTED] if own.imports else []
    near = dict.fromkeys([*reads, *imported, *_mentioning(repo, tree, path, own)])
    return FilesAtHand({path: own, **outlined(area, [name for name in near if name != path])})


def map_of(repo: Repo, tree: str) -> RepoMap:
    """The tree's map; what was read of a file for one job is there for the next."""
    return shared_maps().of(repo, tree)


def outlined(area: RepoMap, paths: Iterable[str]) -> dict[str, Outline]:
    """Outlines of those that are on the map and no larger than people write."""
    known = (area.by_path.get(path) for path in paths)
    return area.outlines([one.path for one in known if one and one.size <= LARGEST])


def _mentioning(repo: Repo, tree: str, path: str, own: Outline) -> Iterator[str]:
    """Files of the same language; tests are shown for themselves."""
    names = [each.name for each in own.symbols if each.kind in {"function", "method", "class"}]
    known = [name for name in dict.fromkeys(names) if WORD.fullmatch(name)][:NAMES]
    ending = path.rpartition(".")[2]
    found = [each for each in repo.mentioning(tree, known) if each.rpartition(".")[2] == ending]
    yield from [each for each in found if each != path and not TEST.search(each)][:MENTIONING]
