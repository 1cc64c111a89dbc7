"""Laying commits one on another in a given order, as copies where they were made on another one."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.errors import GitError
from bot.git.objects import CommitObject
from bot.git.repo import Repo
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
    laid = LaidCommits(onto)
    there = {commit.sha for commit in context.log.read(onto).commits}
    for sha in commits:
        if sha in there:
            laid = LaidCommits(laid.head, (*laid.commits, sha))
            continue
        name, moved = _lay_commit(context, laid.head, sha)
        if moved:
            return LaidCommits(laid.head, laid.commits, moved)
        laid = LaidCommits(name, (*laid.commits, name))
    return laid


def _lay_commit(context: JobContext, onto: str, sha: str) -> tuple[str, tuple[str, ...]]:
    repo = context.repo
    commit, below = read_commit(repo, sha), read_commit(repo, onto)
    if commit.parents == (below.sha,):
        return commit.sha, ()
    changes = repo.list_changes(f"{commit.sha}^", commit.sha)
    moved = tuple(c.path for c in changes if repo.find_entry(below.sha, c.path) != c.before)
    if moved:
        return "", moved
    tree = repo.apply_changes(below.tree, changes)
    dates = _copy_dates(commit, below)
    by = context.request.by
    return repo.commit_parents(tree, (below.sha,), commit.message, by, dates), ()


def _copy_dates(commit: CommitObject, below: CommitObject) -> dict[str, str]:
    """The commit's own, but never older than what it stands on: `git log` orders by dates, too."""
    committed = (commit.committer_date, below.committer_date)
    last = max(committed, key=lambda date: int(date.split()[0]))
    return {"GIT_AUTHOR_DATE": commit.author_date, "GIT_COMMITTER_DATE": last}


def read_commit(repo: Repo, name: str) -> CommitObject:
    """Raises GitError where it is gone."""
    found = repo.read_commit(name)
    if found is None:
        raise GitError(("cat-file", "commit", name), 128, f"Not a valid object name {name}")
    return found
