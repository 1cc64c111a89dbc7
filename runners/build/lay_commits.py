"""Laying commits one on another in a given order, as copies where they were made on another one."""

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace

from bot.errors import GitError
from bot.git.commits import commit_parents, read_commit
from bot.git.diff import compare_trees
from bot.git.objects import Change, CommitObject
from bot.git.repo import Repo
from bot.git.write_tree import open_index
from runners.build.context import JobContext


@dataclass(frozen=True, slots=True)
class LaidCommits:
    """Each commit as it stands now, in the same order; `head` is the last, or what they stand on.

    `moved` are the paths of the first that do not stand there as they stood before it: nothing was
    laid from it on.
    """

    head: str
    commits: tuple[str, ...] = ()
    moved: tuple[str, ...] = ()


def lay_commits(context: JobContext, onto: str, commits: Sequence[str]) -> LaidCommits:
    """What `onto` holds already is not laid again.

    The same commits laid on the same one have the same names again, unless they are signed.
    """
    repo, laid, index = context.repo, LaidCommits(onto), None
    there = {commit.sha for commit in context.log.read(onto).commits}
    with ExitStack() as stack:
        for sha in commits:
            commit, below = require_commit(repo, sha), require_commit(repo, laid.head)
            if sha in there:
                laid = replace(laid, commits=(*laid.commits, sha))
            elif index is None and commit.parents == (below.sha,):
                laid = LaidCommits(sha, (*laid.commits, sha))
            else:
                changes = compare_trees(repo, f"{sha}^", sha)
                if moved := find_moved(repo, changes, below.sha):
                    return replace(laid, moved=moved)
                # One for all that follow: each stands on the one before.
                index = index or stack.enter_context(open_index(repo, below.sha))
                name = _copy_commit(context, commit, below, index.apply_changes(changes))
                laid = LaidCommits(name, (*laid.commits, name))
    return laid


def find_moved(repo: Repo, changes: Sequence[Change], onto: str) -> tuple[str, ...]:
    """The changed paths that do not stand in `onto` as they stood before the changes."""
    return tuple(c.path for c in changes if repo.find_entry(onto, c.path) != c.before)


def _copy_commit(context: JobContext, commit: CommitObject, below: CommitObject, tree: str) -> str:
    dates, by = _copy_dates(commit, below), context.request.by
    return commit_parents(context.repo, tree, (below.sha,), commit.message, by, dates=dates)


def _copy_dates(commit: CommitObject, below: CommitObject) -> dict[str, str]:
    """The commit's own, but never older than what it stands on: `git log` orders by dates, too."""
    committed = (commit.committer_date, below.committer_date)
    last = max(committed, key=lambda date: int(date.split()[0]))
    return {"GIT_AUTHOR_DATE": commit.author_date, "GIT_COMMITTER_DATE": last}


def require_commit(repo: Repo, name: str) -> CommitObject:
    """Raises GitError where it is gone."""
    found = read_commit(repo, name)
    if found is None:
        raise GitError(("cat-file", "commit", name), 128, f"Not a valid object name {name}")
    return found
