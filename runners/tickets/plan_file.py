"""The plan's file on the job's branch: there to be read and corrected, gone before the merge.

It is a commit of its own. The build begins with one that takes it off, so neither a check nor CI
nor the default branch ever has it, however the pull request is merged; its own commit keeps it.
"""

from dataclasses import replace
from functools import lru_cache

from bot.errors import GitError
from bot.git.commits import commit_tree, list_commits
from bot.git.references import move_branch
from bot.git.repo import Repo
from bot.git.write_tree import write_tree
from bot.github.urls import web_url
from bot.ticket.model import Ticket
from bot.ticket.progress import SHORT_HASH_CHARS
from runners.tickets.plan_removal import REMOVED_TRAILER, find_removal, is_removal
from runners.tickets.services import Services

PLANS_FOLDER = ".bricklayer/jobs"
"""Where a plan stands on its branch."""


def plan_path(branch: str) -> str:
    """Where the plan of a branch stands on it."""
    return f"{PLANS_FOLDER}/{branch.rpartition('/')[2]}.md"


def plan_text(repo: Repo, ticket: Ticket) -> str:
    """The plan as it was committed; empty where there is none, or its commit is not here."""
    commit = ticket.remote.plan_commit
    try:
        return _read_plan(repo, commit, plan_path(ticket.remote.branch)) if commit else ""
    except LookupError:
        return ""


# A commit never changes what it holds: https://git-scm.com/book/en/v2/Git-Internals-Git-Objects
@lru_cache(maxsize=64)
def _read_plan(repo: Repo, commit: str, path: str) -> str:
    """Raises LookupError, so that only what is there, and stays so, is remembered."""
    raw = repo.read_file(commit, path) if repo.resolve_rev(commit) else None
    if raw is None:
        raise LookupError(path)
    return raw.decode(errors="replace")


def plan_url(services: Services, ticket: Ticket) -> str:
    """Where a person can read the plan as it was committed; empty before it was."""
    # By commit, not by branch: the link shows the same text for good.
    # https://docs.github.com/en/repositories/working-with-files/using-files/getting-permanent-links-to-files
    repo = f"{web_url(services.settings.github.api_url)}/{ticket.where.repo}"
    commit = ticket.remote.plan_commit
    return f"{repo}/blob/{commit}/{plan_path(ticket.remote.branch)}" if commit else ""


def remove_plan(services: Services, ticket: Ticket) -> Ticket:
    """Have the round begin without the plan's file. Killed meanwhile, its commit is found again."""
    round_ = ticket.progress.round
    repo = services.open_mirror(ticket).repo
    if not round_ or round_.kind != "plan" or not _has_plan(repo, ticket, round_.base):
        return ticket
    local = repo.branch_head(ticket.remote.branch)
    removed = find_removal(repo, round_.base, local)
    if not removed and local in {"", round_.base}:
        removed = commit_removal(services, ticket, round_.base)
    if not removed:  # a build that began with the plan's file goes on: it is removed afterwards
        return ticket
    round_ = replace(round_, base=removed)
    return replace(ticket, progress=replace(ticket.progress, round=round_))


def commit_removal(services: Services, ticket: Ticket, head: str) -> str:
    """A commit on the branch's `head` without the plan's file; `head` where it has none.

    What stood at its path on the base stands there again.
    """
    repo = services.open_mirror(ticket).repo
    if not _has_plan(repo, ticket, head):
        return head
    path = plan_path(ticket.remote.branch)
    tree = write_tree(repo, head, {path: repo.read_file(ticket.remote.base, path)})
    trailer = f"{REMOVED_TRAILER}: {ticket.remote.plan_commit[:SHORT_HASH_CHARS]}"
    subject = f"Remove the plan of #{ticket.issue} from the branch"
    message = f"{services.format_subject(ticket, subject)}\n\n{trailer}\n"
    new = commit_tree(repo, tree, head, message, services.commit_signature(ticket))
    # Compare and swap, so that no commit made meanwhile is lost: https://git-scm.com/docs/git-update-ref
    branch, local = ticket.remote.branch, repo.branch_head(ticket.remote.branch)
    if local not in {"", head} or not move_branch(repo, branch, new, local):
        raise GitError(("update-ref", branch), 1, "the branch moved meanwhile")
    return new


def was_removed(repo: Repo, ticket: Ticket, head: str) -> bool:
    """Whether we have taken the plan off: that it is not at `head` is no edit of anybody's."""
    commits = list_commits(repo, ticket.remote.plan_commit, head)
    return any(is_removal(commit.message) for commit in commits)


def _has_plan(repo: Repo, ticket: Ticket, commit: str) -> bool:
    path = plan_path(ticket.remote.branch)
    return repo.find_entry(commit, path) != repo.find_entry(ticket.remote.base, path)
