"""The files around one: those it imports, those the plan reads, and those that speak of it."""

import re
from collections.abc import Iterable, Iterator, Sequence

from bot.code import Outline
from bot.git.repo import Repo
from bot.prompts.neighbours import TEST, FilesAtHand
from bot.repo_map import RepoMap, import_graph, shared_maps

MAX_OUTLINED_BYTES = 200_000
"""Bytes of a file that is read to know what it defines and calls."""
MAX_IMPORTED_FILES, MAX_MENTIONING_FILES, MAX_NAMES = 16, 12, 24
"""Files read because the task's file imports them, or speak of its names; names looked for."""
SYMBOL = re.compile(r"[A-Za-z_]\w{2,60}")


def find_nearby_files(
    repo: Repo, tree: str, path: str, own: Outline, reads: Sequence[str]
) -> FilesAtHand:
    """Who calls what among these files. It follows from the tree alone."""
    area = open_map(repo, tree)
    imported = (
        import_graph.imported(path, own, area.paths)[:MAX_IMPORTED_FILES] if own.imports else []
    )
    near = dict.fromkeys([*reads, *imported, *_mentioning_files(repo, tree, path, own)])
    return FilesAtHand({path: own, **outline_files(area, [name for name in near if name != path])})


def open_map(repo: Repo, tree: str) -> RepoMap:
    """The tree's map; what was read of a file for one job is there for the next."""
    return shared_maps().of(repo, tree)


def outline_files(area: RepoMap, paths: Iterable[str]) -> dict[str, Outline]:
    """Outlines of those that are on the map and no larger than people write."""
    known = (area.by_path.get(path) for path in paths)
    return area.outlines([one.path for one in known if one and one.size <= MAX_OUTLINED_BYTES])


def _mentioning_files(repo: Repo, tree: str, path: str, own: Outline) -> Iterator[str]:
    """Files of the same language; tests are shown for themselves."""
    names = [each.name for each in own.symbols if each.kind in {"function", "method", "class"}]
    known = [name for name in dict.fromkeys(names) if SYMBOL.fullmatch(name)][:MAX_NAMES]
    ending = path.rpartition(".")[2]
    found = [each for each in repo.mentioning(tree, known) if each.rpartition(".")[2] == ending]
    yield from [each for each in found if each != path and not TEST.search(each)][
        :MAX_MENTIONING_FILES
    ]
