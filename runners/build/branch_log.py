"""What stands on a job's branch, read once: each landing adds to what is known."""

import threading
from dataclasses import dataclass

from bot.git.commits import is_ancestor, list_commits, read_commit
from bot.git.objects import Commit
from bot.git.repo import Repo

_MAX_STEPS = 500
"""Commits followed one by one; past them it is not a branch that a job has built on its base."""
_KEPT_HEADS = 8


@dataclass(frozen=True, slots=True)
class BranchCommits:
    """Oldest first. `on_base`: all of them stand on the job's base, and nothing else does."""

    commits: tuple[Commit, ...] = ()
    on_base: bool = True


class BranchLog:
    """The commits of a job's branch beyond its base. Safe from any thread."""

    def __init__(self, repo: Repo, base: str) -> None:
        self._repo = repo
        self._base = base
        self._lock = threading.Lock()
        self._known: dict[str, BranchCommits] = {base: BranchCommits()}

    def read(self, head: str) -> BranchCommits:
        with self._lock:
            if head not in self._known:
                found = self._follow(head) or self._list(head)
                self._known[head] = found
                # The last heads alone, so that nothing grows with the square of the commits.
                for old in [*self._known][1:-_KEPT_HEADS]:
                    del self._known[old]
            return self._known[head]

    def _follow(self, head: str) -> BranchCommits | None:
        """What is new since the last head; None where the branch is no line up to what is known."""
        new: list[Commit] = []
        at = head
        while at not in self._known:
            found = read_commit(self._repo, at)
            if found is None or len(found.parents) != 1 or len(new) == _MAX_STEPS:
                return None
            new.append(Commit(found.sha, found.message))
            (at,) = found.parents
        before = self._known[at]
        return BranchCommits((*before.commits, *reversed(new)), before.on_base)

    def _list(self, head: str) -> BranchCommits:
        commits = tuple(list_commits(self._repo, self._base, head))
        return BranchCommits(commits, is_ancestor(self._repo, self._base, head))
