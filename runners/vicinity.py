"""The files around one: those it imports, those the plan reads, and those that speak of it."""

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

from bot.context.code import Outline, Paths, is_manifest, outline, resolve
from bot.context.neighbours import TEST, FilesAtHand
from bot.git import Entry, Repo

LARGEST = 200_000
"""Bytes of a file that is read to know what it defines and calls."""
IMPORTED, MENTIONING, NAMES = 16, 12, 24
"""Files read because the task's file imports them, or speak of its names; names looked for."""
WORD = re.compile(r"[A-Za-z_]\w{2,60}")


def vicinity(repo: Repo, tree: str, path: str, own: Outline, reads: Sequence[str]) -> FilesAtHand:
    """Who calls what among these files. It follows from the tree alone."""
    there = _entries(repo, tree)
    near = [path, *reads, *_imported(repo, tree, path, own), *_mentioning(repo, tree, path, own)]
    wanted = [name for name in dict.fromkeys(near) if _is_small(there.get(name))]
    blobs = repo.blobs(dict.fromkeys(there[name].sha for name in wanted))
    found = {name: blobs[there[name].sha] for name in wanted if there[name].sha in blobs}
    return FilesAtHand({name: outlined(name, body) for name, body in found.items()})


@lru_cache(maxsize=512)
def outlined(path: str, body: bytes) -> Outline:
    """Built once for a content, whatever commit it is in."""
    return outline(path, body)


def _is_small(entry: Entry | None) -> bool:
    return entry is not None and entry.kind == "file" and entry.size <= LARGEST


def _imported(repo: Repo, tree: str, path: str, own: Outline) -> Iterable[str]:
    if not own.imports:
        return []
    paths = _paths(repo, tree)
    found = (name for each in own.imports for name in resolve(own.language, each, path, paths))
    return list(dict.fromkeys(found))[:IMPORTED]


def _mentioning(repo: Repo, tree: str, path: str, own: Outline) -> Iterator[str]:
    """Files of the same language; tests are shown for themselves."""
    names = [each.name for each in own.symbols if each.kind in {"function", "method", "class"}]
    known = [name for name in dict.fromkeys(names) if WORD.fullmatch(name)][:NAMES]
    ending = path.rpartition(".")[2]
    found = [each for each in repo.mentioning(tree, known) if each.rpartition(".")[2] == ending]
    yield from [each for each in found if each != path and not TEST.search(each)][:MENTIONING]


@lru_cache(maxsize=4)
def _entries(repo: Repo, tree: str) -> dict[str, Entry]:
    return repo.entries(tree)


@lru_cache(maxsize=4)
def _paths(repo: Repo, tree: str) -> Paths:
    there = _entries(repo, tree)
    manifests = {path: e.sha for path, e in there.items() if is_manifest(path) and _is_small(e)}
    blobs = repo.blobs(manifests.values())
    return Paths(there, {path: blobs[sha] for path, sha in manifests.items() if sha in blobs})
