"""How each of a writer's commands changes a ticket: pure functions, one for each command."""

from collections.abc import Callable
from dataclasses import replace
from types import MappingProxyType

from bot.coaching.notes import Note, note_fault
from bot.text.invisible import strip_hidden
from bot.ticket import messages, messages_branch, messages_commands, messages_findings
from bot.ticket.actions import RunCommand
from bot.ticket.keys import overruled_key
from bot.ticket.machine_owner import OWNER
from bot.ticket.model import ISSUE_TEXT, Proposal, Ticket, hash_text
from bot.ticket.progress import MERGE_KINDS, SHORT_HASH_CHARS
from bot.ticket.reopen import all_passed, list_task_ids
from bot.ticket.replies import add_reply
from bot.ticket.stages import Stage, is_over

# `created_at` and `asked_at` are both of GitHub's clock, but of a comment's time only the whole
# second is told: https://docs.github.com/en/rest/issues/comments
TIME_STEP_SECONDS = 1.0
_STOPS = frozenset({"cancel", "pause"})
_UPDATABLE = frozenset({Stage.CI, Stage.REVIEW, Stage.BLOCKED})


def apply_command(ticket: Ticket, action: RunCommand) -> Ticket:
    """The ticket after the command; one that was run already changes nothing."""
    if ticket.was_handled(action.handled_key):
        return ticket
    after = _COMMANDS[action.command.name](ticket, action).with_handled(action.handled_key)
    # A command that moved the job may have no reply of its own: why it is there says it.
    text = after.reply and messages.address_to(action.by, after.reply)
    earlier = ticket.reply if after.stage is ticket.stage else ""
    return replace(after, reply=add_reply(earlier, text))


def stops_work(action: RunCommand) -> bool:
    """Whether what runs for the ticket is to be ended."""
    return action.command.name in _STOPS


def _approve(ticket: Ticket, action: RunCommand) -> Ticket:
    """An approval is for exactly what was asked for at its time: a text, or a plan on a head."""
    if is_over(ticket.stage):
        return replace(ticket, reply=messages_commands.already_over(ticket.stage))
    if not ticket.approval.key:
        return replace(ticket, reply=messages_commands.NOTHING_TO_APPROVE)
    named = action.command.args[0].lower() if action.command.args else ""
    # A person may type the first 7 digits, or paste more than the code shows: both are compared
    # as far as they go.
    if named and not ticket.approval.code.startswith(named[:SHORT_HASH_CHARS]):
        return replace(ticket, reply=messages_commands.wrong_code(named, ticket.approval.code))
    if not named and (why := _why_code_is_needed(ticket, action.at)):
        return replace(ticket, reply=why)
    if ticket.approval.key == ISSUE_TEXT:
        return _approve_text(ticket, action)
    reply = messages_commands.plan_approved(action.by, ticket.approval.key)
    granted = ticket.approval.grant_to(action.by.login)
    return replace(ticket, approval=granted, reply=reply, wake_at=0.0)


def _why_code_is_needed(ticket: Ticket, at: float) -> str:
    """Why an approval without a code cannot be for what is asked now; empty where it can.

    Somebody may have another question on the screen: that of before, or of before a reload.
    """
    if ticket.approval.is_of_diff:
        return messages_commands.diff_needs_code(ticket.approval.code)
    if not ticket.approval.is_first:
        return messages_commands.asked_before(ticket.approval.code)
    # Without a code only the time tells what was approved: an approval from before the question
    # is not for it. An edited comment has the time 0, so it always needs the code.
    too_early = at + TIME_STEP_SECONDS < ticket.approval.asked_at
    return messages_commands.approved_too_early(ticket.approval.code) if too_early else ""


def _approve_text(ticket: Ticket, action: RunCommand) -> Ticket:
    issue = action.issue
    # Whoever opened an issue may edit it whenever they like, so also after it was shown here.
    if hash_text(issue.title, issue.body) != ticket.approval.shown_text_hash:
        return replace(ticket, reply=messages_commands.TEXT_MOVED, wake_at=0.0)
    # The machine's owner has no account there that could be called when a person is needed.
    asker = ticket.asker if action.by == OWNER else action.by
    approved = replace(ticket, title=issue.title, body=issue.body, asker=asker)
    return replace(
        approved,
        approval=replace(ticket.approval, key=""),
        reply=messages_commands.text_approved(action.by),
        why="",
        wake_at=0.0,
    )


def _retry(ticket: Ticket, action: RunCommand) -> Ticket:
    if ticket.stage is Stage.SETTLED:
        return _plan_after_all(ticket, action)
    if ticket.stage not in {Stage.BLOCKED, Stage.CANCELLED}:
        return replace(
            ticket, reply=messages_commands.nothing_to_retry(ticket.stage, ticket.approval.code)
        )
    task = action.command.args[0] if action.command.args else ""
    if task and task not in (known := list_task_ids(ticket)):
        return replace(ticket, reply=messages_commands.no_such_task(task, known))
    retries = ticket.progress.retries + 1
    progress = replace(ticket.progress, retry_task=task, ci_rounds=0, retries=retries)
    restarted = ticket.move_to(
        _start(ticket), reply=messages_commands.retry_started(action.by, task)
    )
    return replace(restarted, progress=progress, paused=False)


def _plan_after_all(ticket: Ticket, action: RunCommand) -> Ticket:
    """A person says that something is left to do, and knows better."""
    progress = replace(ticket.progress, retries=ticket.progress.retries + 1)
    reply = messages_commands.planned_after_all(action.by)
    planning = ticket.move_to(Stage.PLANNING, reply=reply)
    planning = planning.with_handled(overruled_key(ticket.labelled_at))
    return replace(planning, progress=progress, answer="", paused=False)


def _start(ticket: Ticket) -> Stage:
    """The stage in which a retry begins; a plan that was not approved yet waits for approval."""
    if not ticket.progress.round:
        return Stage.PLANNING
    return Stage.APPROVAL if ticket.approval.key == ticket.plan_key else Stage.BUILDING


def _cancel(ticket: Ticket, action: RunCommand) -> Ticket:
    if is_over(ticket.stage):
        return replace(ticket, reply=messages_commands.already_over(ticket.stage))
    # `/retry` looks at the key: a plan that nobody has approved must wait for that then, too.
    key = ticket.plan_key if ticket.stage is Stage.APPROVAL else ""
    approval = replace(ticket.approval, key=key)
    cancelled = ticket.move_to(Stage.CANCELLED, messages_commands.job_cancelled(action.by))
    return replace(cancelled, approval=approval, paused=False)


def _pause(ticket: Ticket, action: RunCommand) -> Ticket:
    if is_over(ticket.stage):
        return replace(ticket, reply=messages_commands.already_over(ticket.stage))
    return replace(ticket, paused=True, reply=messages_commands.job_paused(action.by))


def _resume(ticket: Ticket, action: RunCommand) -> Ticket:
    if not ticket.paused:
        return replace(ticket, reply=messages_commands.NOT_PAUSED)
    reply = messages_commands.job_resumed(action.by)
    resumes = ticket.progress.resumes + ticket.why.startswith(messages.AT_CAP)
    return replace(
        ticket,
        paused=False,
        progress=replace(ticket.progress, resumes=resumes),
        # What paused it is looked at anew, and told again where it is still so.
        why="" if ticket.why.startswith((messages.AT_CAP, messages.AFTER_ROUNDS)) else ticket.why,
        remote=replace(ticket.remote, adopt_pushed=bool(ticket.remote.pushed_head)),
        wake_at=0.0,
        reply=reply,
    )


def _update(ticket: Ticket, action: RunCommand) -> Ticket:
    """Only where all is built: a build that goes on stands on the base it has."""
    if is_over(ticket.stage):
        return replace(ticket, reply=messages_commands.already_over(ticket.stage))
    merges = ticket.progress.round is not None and ticket.progress.round.kind in MERGE_KINDS
    is_built = ticket.stage is not Stage.BLOCKED or merges or all_passed(ticket)
    if ticket.stage not in _UPDATABLE or not ticket.remote.pull or not is_built:
        return replace(ticket, reply=messages_branch.update_too_early(ticket.stage))
    asked = ticket.move_to(Stage.CI) if ticket.stage is Stage.BLOCKED else ticket
    return replace(
        asked,
        remote=replace(ticket.remote, update_asked=True),
        progress=replace(ticket.progress, update_rounds=0),
        reply=messages_branch.update_requested(action.by.login),
        wake_at=0.0,
    )


def _status(ticket: Ticket, action: RunCommand) -> Ticket:
    return replace(ticket, reply=messages_commands.status_requested(action.by, action.room))


def _explain(ticket: Ticket, action: RunCommand) -> Ticket:
    name = action.command.args[0] if action.command.args else ""
    return replace(ticket, reply=messages_commands.explain_tasks(ticket, name))


def _tier(ticket: Ticket, action: RunCommand) -> Ticket:
    named = dict(pair.split("=", 1) for pair in action.command.args)
    choices = {**(ticket.choices or {}), **named}
    return replace(ticket, choices=choices, reply=messages_commands.tiers_chosen(action.by, named))


def _note(ticket: Ticket, action: RunCommand) -> Ticket:
    lesson = " ".join(strip_hidden(action.command.text).split())
    # A note names the commit it is about. git writes zeros for a commit that is not there:
    # https://git-scm.com/docs/git-update-ref
    commit = ticket.remote.head or ticket.remote.base or "0000000"
    note = Note(lesson, ("**",), action.url, action.by.login, commit)
    if why := note_fault(note):
        return replace(ticket, reply=messages_commands.note_refused(why))
    made = Proposal(note, "accepted", action.by.login)
    # The same lesson said twice is one note, with the latest answer.
    notes = tuple(known for known in ticket.notes if known.id != made.id)
    return replace(
        ticket, notes=(*notes, made), reply=messages_commands.note_added(action.by, lesson)
    )


def _refuse_verdict(ticket: Ticket, _action: RunCommand) -> Ticket:
    """In a finding's thread the loop reads it: `runners/tickets/read_verdicts.py`."""
    return replace(ticket, reply=messages_findings.NOT_IN_THREAD)


_COMMANDS: MappingProxyType[str, Callable[[Ticket, RunCommand], Ticket]] = MappingProxyType(
    {
        "approve": _approve,
        "retry": _retry,
        "cancel": _cancel,
        "pause": _pause,
        "resume": _resume,
        "status": _status,
        "explain": _explain,
        "tier": _tier,
        "update": _update,
        "note": _note,
        "confirm": _refuse_verdict,
        "dismiss": _refuse_verdict,
    }
)
