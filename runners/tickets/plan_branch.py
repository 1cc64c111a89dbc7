"""The branch that a plan is committed to: a free one, or where it was pushed just before a kill."""

import itertools
from collections.abc import Callable

from bot.git.commit_message import MAX_SUBJECT_CHARACTERS
from bot.git.commits import commit_tree
from bot.git.references import move_branch
from bot.git.repo import Repo
from bot.git.write_tree import write_tree
from bot.github.mirror import Remote
from bot.plan import hash_plan, peek_job
from bot.plan.issue import name_branch
from bot.text.escape import commit_safe
from bot.ticket.model import Ticket
from bot.ticket.progress import SHORT_HASH_CHARS
from runners.tickets.plan_file import plan_path
from runners.tickets.services import Services

_TRAILER = "Bricklayer-Plan"


class BranchTakenError(Exception):
    """Somebody pushed to the branch that was free a moment ago: a system error, tried again."""


def is_pushed(remote: Remote, ticket: Ticket, text: str, branch: str) -> bool:
    """Whether this plan is there already, and the ticket was not stored: by who was killed."""
    head = remote.repo.branch_head(branch)
    # A pull request that makes way for this one has a branch of its own.
    anew = not ticket.remote.previous_pull and head == remote.fetched_head(branch)
    return anew and _has_plan(remote.repo, ticket, (branch, head), text)


def _has_plan(repo: Repo, ticket: Ticket, at: tuple[str, str], text: str) -> bool:
    """Whether that branch is, at that head, where this plan of the ticket was committed."""
    branch, head = at
    parent = ticket.remote.head or ticket.remote.base
    is_next = head and (head == parent or repo.resolve_rev(f"{head}^") == parent)
    return bool(is_next) and repo.read_file(head, plan_path(branch)) == text.encode()


def free_branch(
    remote: Remote,
    issue: int,
    title: str,
    prefix: str = "bricklayer/",
    is_ours: Callable[[str], bool] = lambda _branch: False,
) -> str:
    """A branch that nobody has, or that is ours, named by the issue and the plan's title."""
    # In letters, digits and dashes only: most other characters have a meaning in a ref or a shell.
    # https://git-scm.com/docs/git-check-ref-format
    name = name_branch(title, issue, prefix)
    names = itertools.chain([name], (f"{name}-{number}" for number in itertools.count(2)))
    return next(each for each in names if not remote.fetched_head(each) or is_ours(each))


def commit_plan(services: Services, ticket: Ticket, branch: str, text: str) -> str:
    """The plan as one commit on the base. Killed after it was made, it is found again."""
    repo = services.open_mirror(ticket).repo
    local = repo.branch_head(branch)
    path = plan_path(branch)
    if _has_plan(repo, ticket, (branch, local), text):
        return local
    # A plan that is written anew stands on the one before: the branch only goes forward.
    parent = ticket.remote.head or ticket.remote.base
    tree = write_tree(repo, parent, {path: text.encode()})
    # GitHub's pages cut a subject after 72 characters.
    title = f"Plan #{ticket.issue}: {commit_safe(peek_job(text).title)}"
    subject = services.format_subject(ticket, title)[:MAX_SUBJECT_CHARACTERS]
    # A trailer is in the last paragraph: https://git-scm.com/docs/git-interpret-trailers
    message = f"{subject}\n\n{_TRAILER}: {hash_plan(text)[:SHORT_HASH_CHARS]}\n"
    head = commit_tree(repo, tree, parent, message, services.commit_signature(ticket))
    if not move_branch(repo, branch, head, local):
        raise BranchTakenError(branch)
    return head
