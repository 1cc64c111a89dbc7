"""Takes up a closed job whose branch was deleted: without it GitHub reopens no pull request."""

import logging

from bot.errors import UserError
from bot.github.errors import ForbiddenError
from bot.ticket import messages, messages_branch
from bot.ticket.actions import Action, Notify, RunCommand
from bot.ticket.model import Ticket
from bot.ticket.reopen import reopen_ticket
from bot.ticket.stages import Stage
from runners.tickets.redact_results import strip_local_paths
from runners.tickets.services import Services

log = logging.getLogger("bricklayer")


def retry_closed(services: Services, ticket: Ticket, retry: RunCommand) -> Action:
    """The command itself where nothing has to be restored; else what came of restoring it.

    The branch is pushed as the bot knows it: GitHub opens a pull request again only where its
    branch has the commit that it had.
    """
    # https://docs.github.com/en/pull-requests/collaborating-with-pull-requests/proposing-changes-to-your-work-with-pull-requests/deleting-and-restoring-branches-in-a-pull-request
    if ticket.was_handled(retry.handled_key) or not _lacks_branch(services, ticket):
        return retry
    why = _restore(services, ticket)
    if not why and ticket.stage is Stage.CANCELLED:
        return retry
    if not why:
        now = services.now()
        services.tickets.change_ticket(
            ticket.key, lambda known: reopen_ticket(known, now, by_writer=True)
        )
        why = messages_branch.branch_restored(ticket.remote.branch, ticket.remote.pull)
    return Notify(messages.address_to(retry.by, why), retry.handled_key, retry.place)


def _lacks_branch(services: Services, ticket: Ticket) -> bool:
    """Whether its pull request is closed, and the branch of it is gone."""
    if ticket.stage not in {Stage.CLOSED, Stage.CANCELLED} or not ticket.remote.pull:
        return False
    pull = services.repository(ticket).read_pull(ticket.remote.pull)
    if pull.merged or not pull.closed:
        return False
    remote = services.open_mirror(ticket)
    remote.fetch()
    return not remote.fetched_head(ticket.remote.branch)


def _restore(services: Services, ticket: Ticket) -> str:
    """Why the job does not go on yet; empty where branch and pull request are there again."""
    repository, remote = services.repository(ticket), services.open_mirror(ticket)
    branch, pull, head = ticket.remote.branch, ticket.remote.pull, ticket.remote.head
    if repository.read_issue(ticket.issue).state == "closed":
        return messages_branch.ISSUE_CLOSED_TOO
    if not remote.repo.resolve_rev(head):
        return messages_branch.branch_lost(branch, pull)
    try:
        if not remote.push(branch, head):
            why = "Somebody has pushed other commits to a branch of that name."
            return messages_branch.branch_not_restored(branch, pull, why)
        repository.reopen_pull(pull)
    except (UserError, ForbiddenError) as exc:
        log.warning("%s: %s", ticket.name, exc)
        why = strip_local_paths(exc.for_comment(), services.settings)
        return messages_branch.branch_not_restored(branch, pull, why)
    return ""
