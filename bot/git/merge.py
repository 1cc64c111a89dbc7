"""Merging two commits without a checkout: the tree they make, and the files they conflict in."""

import itertools
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.errors import GitError
from bot.git.command import Signature
from bot.git.commits import commit_parents
from bot.git.objects import Entry, parse_tree
from bot.git.repo import Repo

# A merge driver is a program of somebody's configuration; attributes outside of the tree may name
# one: https://git-scm.com/docs/gitattributes#_defining_a_custom_merge_driver
_OWN_DRIVER = (
    *("-c", "core.attributesFile=/dev/null"),
    *("-c", "merge.default=text"),
    *("-c", "merge.conflictStyle=diff3"),
    *("-c", "merge.renames=true"),
    *("-c", "merge.renormalize=false"),
)
_CONFLICT = "CONFLICT"
_BASE, _OURS, _THEIRS = "1", "2", "3"
CONTENT_CONFLICT = "CONFLICT (contents)"
"""Both changed one text file: git wrote both sides of each place into it, between markers."""


@dataclass(frozen=True, slots=True)
class Conflict:
    """What each side has at `path`; None where it has nothing. `kinds` are git's own words."""

    path: str
    base: Entry | None
    ours: Entry | None
    theirs: Entry | None
    kinds: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Merge:
    """`tree` holds what git could merge; files that conflict have markers, or one side of it."""

    ours: str
    theirs: str
    tree: str
    conflicts: tuple[Conflict, ...]


def merge_commits(repo: Repo, ours: str, theirs: str) -> Merge:
    """Raises GitError where there is nothing to merge by, as for unrelated histories."""
    # git 2.38 or later: https://git-scm.com/docs/git-merge-tree#_output
    argv = (*_OWN_DRIVER, "merge-tree", "--write-tree", "--messages", "-z", ours, theirs)
    code, out = repo.run(*argv, ok=(0, 1))
    tree, _, rest = os.fsdecode(out).partition("\0")
    # Without conflicts only the tree is told, with the messages after an empty entry.
    entries = list(itertools.takewhile(bool, rest.split("\0")))
    if code and not entries:
        raise GitError(argv, code, "a merge that conflicts names no file")
    kinds = _read_kinds(rest.split("\0")[len(entries) + 1 :])
    return Merge(ours, theirs, tree, tuple(_read_conflicts(entries, kinds)))


def _read_conflicts(entries: Sequence[str], kinds: Sequence[tuple[str, str]]) -> Iterator[Conflict]:
    """Of `MODE SHA STAGE<tab>PATH` entries, those of a path together."""
    sides: dict[str, dict[str, Entry]] = {}
    for entry in entries:
        meta, path = entry.split("\t", 1)
        mode, sha, stage = meta.split(" ")
        found = parse_tree(os.fsencode(f"{mode} blob {sha}\t{path}"))
        sides.setdefault(path, {})[stage] = found[path]
    for path, of in sides.items():
        told = tuple(dict.fromkeys(kind for name, kind in kinds if name == path))
        yield Conflict(path, of.get(_BASE), of.get(_OURS), of.get(_THEIRS), told)


def _read_kinds(parts: Sequence[str]) -> list[tuple[str, str]]:
    """(path, kind) of each message: its number of paths, these, its kind, its text."""
    found: list[tuple[str, str]] = []
    at = 0
    while at < len(parts) and parts[at].isdecimal():
        count = int(parts[at])
        kind = parts[at + 1 + count]
        if kind.startswith(_CONFLICT):
            found += [(path, kind) for path in parts[at + 1 : at + 1 + count]]
        at += count + 3
    return found


def commit_merge(
    repo: Repo, tree: str, parents: tuple[str, str], message: str, by: Signature
) -> str:
    """A commit of two parents, the branch's own first.

    https://git-scm.com/docs/git-commit-tree
    """
    return commit_parents(repo, tree, parents, message, by)


def find_merge_base(repo: Repo, one: str, other: str) -> str:
    """Empty for histories that share nothing, or a commit that is not here."""
    code, out = repo.run("merge-base", one, other, ok=(0, 1, 128))
    return out.decode().split("\n")[0].strip() if code == 0 else ""
