"""Work in progress as one commit: the branch's head, and what passed beside it.

Its first parent is the head of the branch, its tree that head's; each further parent is the commit
of a task that passed and has not landed yet. So one reference holds all that was paid for.
Whoever may push can write such a commit: what is read of it is checked for its form alone.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bot.git.cat_file import reader_of
from bot.git.command import BRICKLAYER, signature_environment
from bot.git.objects import CommitObject, parse_commit
from bot.git.repo import Repo

MAX_PASSED = 100
"""More than a plan has tasks."""
MAX_COMMIT_BYTES = 256 * 1024
"""Of a commit object, its message included; a larger one is none of ours."""
MESSAGE = """\
Work in progress

The first parent is the branch's head; each other parent is a task that passed and has not
landed yet. Made by Bricklayer, and deleted when its job ends.
"""
# The same content is the same commit, whoever makes it when.
_DATES = {"GIT_AUTHOR_DATE": "@0 +0000", "GIT_COMMITTER_DATE": "@0 +0000"}
_NAME = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


class ProgressError(Exception):
    """A commit that does not have the form of one that tells of work in progress."""


@dataclass(frozen=True, slots=True)
class Progress:
    """`head` is the branch's, `passed` are commits beside it, sorted by their names."""

    head: str
    passed: tuple[str, ...] = ()


def write_progress(repo: Repo, head: str, passed: Sequence[str] = ()) -> str:
    """The commit for it; what the branch holds already is left out of `passed`.

    Raises ValueError for more than MAX_PASSED.
    """
    beside = _list_beside(repo, head, passed)
    if len(beside) > MAX_PASSED:
        raise ValueError(f"{len(beside)} commits passed and did not land, {MAX_PASSED} at most")
    named = (word for parent in (head, *beside) for word in ("-p", parent))
    env = {**signature_environment(BRICKLAYER), **_DATES}
    argv = ("commit-tree", f"{head}^{{tree}}", *named, "-F", "-")
    return repo.read_output(*argv, stdin=MESSAGE.encode(), env=env)


def _list_beside(repo: Repo, head: str, passed: Sequence[str]) -> list[str]:
    """Sorted by name; by one command, however many there are."""
    if not (others := {*passed} - {head}):
        return []
    names = "".join(f"{sha}\n" for sha in (*sorted(others), f"^{head}"))
    return sorted(others & {*repo.read_output("rev-list", "--stdin", stdin=names.encode()).split()})


def read_progress(repo: Repo, sha: str) -> Progress:
    """What the commit `sha` tells. Raises ProgressError where it has another form."""
    commit = _read_commit(repo, sha)
    head, *passed = commit.parents
    sizes = repo.read_sizes(commit.parents)
    for parent in commit.parents:
        is_small = 0 < sizes.get(parent, 0) <= MAX_COMMIT_BYTES
        if not is_small or repo.resolve_rev(parent) != parent:
            raise ProgressError(f"{sha}: its parent {parent} is missing, too large or no commit")
    if commit.tree != repo.resolve_rev(head, "tree"):
        raise ProgressError(f"{sha}: its files are not those of its first parent")
    return Progress(head, tuple(sorted({*passed} - {head})))


def _read_commit(repo: Repo, sha: str) -> CommitObject:
    if not _NAME.fullmatch(sha):
        raise ProgressError(f"{sha[:80]!r} is no commit's name")
    size = repo.read_sizes((sha,)).get(sha, 0)
    found = reader_of(repo.git_dir).read_object(sha) if 0 < size <= MAX_COMMIT_BYTES else None
    if found is None or found.kind != "commit":
        raise ProgressError(f"{sha}: no commit, or one of more than {MAX_COMMIT_BYTES} bytes")
    try:
        commit = parse_commit(sha, found.content)
    except ValueError as exc:
        raise ProgressError(str(exc)) from exc
    if not 1 <= len(commit.parents) <= MAX_PASSED + 1:
        raise ProgressError(f"{sha}: {len(commit.parents)} parents, of 1 to {MAX_PASSED + 1}")
    if not all(map(_NAME.fullmatch, commit.parents)):
        raise ProgressError(f"{sha}: a parent that is no commit's name")
    if commit.message != MESSAGE:
        raise ProgressError(f"{sha}: its message is another one")
    return commit
