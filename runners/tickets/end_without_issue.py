"""Ends the job of an issue that was transferred to another repository, or deleted."""

from dataclasses import replace
from functools import partial

from bot.ticket import messages_lost
from bot.ticket.authorship import BOT_MARK
from bot.ticket.model import Ticket
from bot.ticket.stages import Stage
from runners.tickets.github_failures import try_unless_refused
from runners.tickets.services import Services


def end_without_issue(services: Services, ticket: Ticket, *, deleted: bool) -> Ticket:
    """The pull request is told: with the issue its comment has gone to where nothing is written.

    The other repository is another team's, perhaps; whoever wants the job there sets the label.
    """
    why = messages_lost.issue_deleted() if deleted else messages_lost.issue_transferred()
    if pull := ticket.remote.pull:
        mark = f"{BOT_MARK}issue gone -->"
        text = f"{messages_lost.pull_without_issue(ticket.issue, why)}\n{mark}"
        tell = partial(services.repository(ticket).post_comment, pull, text, mark)
        try_unless_refused(f"{ticket.name}: comment on #{pull}", tell)
    return replace(ticket, paused=False).move_to(Stage.CLOSED, why)
