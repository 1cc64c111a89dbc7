"""What a plan's approval is asked for, and what it covers."""

from dataclasses import replace

from bot.approval.diff_risks import Risk, find_open_risks
from bot.approval.permissions import find_plan_risks
from bot.approval.unproved_plans import find_unproved_reasons
from bot.errors import GitError
from bot.git.write_tree import write_tree
from bot.plan import Job, peek_job
from bot.ticket import messages
from bot.ticket.model import FOREVER, Ticket
from bot.ticket.stages import Stage
from runners.planning.exact_files import resolve_exact_files
from runners.project import load_repo_config
from runners.tickets.plan_file import plan_text
from runners.tickets.services import Services


def await_approval(services: Services, ticket: Ticket) -> Ticket:
    """Go on once a writer has approved this very plan on this very head."""
    if ticket.approval.granted_key == ticket.plan_key:
        content = (mark for risk in _exact_risks(services, ticket) for mark in risk.content)
        granted = replace(ticket.approval, key="").accept_content(content)
        return replace(ticket, approval=granted).move_to(Stage.BUILDING)
    asked = replace(ticket.approval, key=ticket.plan_key)
    why = messages.approval_required(asked.risks)
    return replace(ticket, approval=asked, why=why, wake_at=FOREVER)


def find_approval_reasons(services: Services, ticket: Ticket, job: Job) -> tuple[str, ...]:
    """Why the ticket's plan needs approval, but for what a model wrote of it: sorted."""
    repo = services.open_mirror(ticket).repo
    config = load_repo_config(repo, repo.git_dir, ticket.remote.base)
    exact = (risk.reason for risk in _exact_risks(services, ticket))
    unproved = find_unproved_reasons(job, config)
    return tuple(sorted({*find_plan_risks(job, config), *exact, *unproved}))


def _exact_risks(services: Services, ticket: Ticket) -> tuple[Risk, ...]:
    """The risks of what the plan's exact blocks write: all that its approval covers of the diff.

    What a model will write is not known yet, so that is looked at again before it is pushed.
    """
    repo, commit = services.open_mirror(ticket).repo, ticket.remote.plan_commit
    text = plan_text(repo, ticket)
    files = resolve_exact_files(repo, commit, peek_job(text)) if text else {}
    if not files:
        return ()
    config = load_repo_config(repo, repo.git_dir, ticket.remote.base)
    try:
        tree = write_tree(repo, commit, files)
    except GitError:  # a file in the place of a folder: nothing of it will be built either
        return ()
    return find_open_risks(repo, commit, tree, config)
