"""Decisions about issues: a writer's label begins a job, and an end on GitHub ends it."""

from bot.approval.permissions import label_matches
from bot.github.webhooks import Closed, Edited, Labeled, Unlabeled
from bot.ticket import messages
from bot.ticket.actions import Action, EndTicket, React, StartJob, Wake
from bot.ticket.commands import choices_of
from bot.ticket.stages import Stage, is_over
from handlers.decisions.comments import parse_unix_time
from handlers.decisions.facts import DecisionContext


def issue_needs_permission(
    event: Labeled | Unlabeled | Edited | Closed, known: DecisionContext
) -> bool:
    """Whether it matters who sent it."""
    return isinstance(event, Labeled | Unlabeled) and label_matches(event.label, known.label)


def decide_issue(
    event: Labeled | Unlabeled | Edited | Closed, known: DecisionContext
) -> tuple[Action, ...]:
    if isinstance(event, Labeled):
        return (
            _labeled(event, known)
            if issue_needs_permission(event, known) and not event.issue.is_pull
            else ()
        )
    if known.ticket is None:
        return ()
    if isinstance(event, Closed):
        return () if is_over(known.ticket.stage) else (Wake(stop=True),)
    if isinstance(event, Unlabeled):
        over = (
            not issue_needs_permission(event, known) or is_over(known.ticket.stage) or not known.may
        )
        late = 0.0 < parse_unix_time(event.issue.updated_at) < known.ticket.labelled
        return (
            ()
            if over or late
            else (EndTicket(Stage.CANCELLED, messages.unlabelled(event.sender)), Wake())
        )
    return (Wake(),)  # edited: the planner's own look finds what changed


def _labeled(event: Labeled, known: DecisionContext) -> tuple[Action, ...]:
    number = event.issue.number
    if not known.may:
        return (React("issue", number, "confused"),)
    if known.ticket and not is_over(known.ticket.stage):
        return (Wake(),)
    if known.ticket and 0.0 < parse_unix_time(event.at) <= known.ticket.labelled:
        return ()  # the label of the job that is over, told once more
    choices = tuple(choices_of(event.issue.labels, known.label).items())
    begin = StartJob(event.where, event.issue, event.sender, choices)
    return (React("issue", number, "eyes"), begin, Wake())
