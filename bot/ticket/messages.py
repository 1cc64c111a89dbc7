"""The texts that the bot posts on GitHub about a job's course.

Those of one subject are in the modules `messages_*` beside it, those of the status comment in
`bot/ticket/status_comment.py`.
"""

from collections.abc import Sequence

from bot.coaching.notes import Note
from bot.github.webhooks import Person
from bot.text.escape import code_block, inline_text, link_to
from bot.text.invisible import make_printable
from bot.text.listed import list_first
from bot.ticket.machine_owner import mention
from bot.ticket.model import Ticket

WRITER = "somebody with write access"
PLANNING = "The planner reads the issue and writes a plan."
QUEUED = "It waits in the queue until a worker has room for it."
PUSHED_BY_A_PERSON = (
    "Somebody else pushed to the branch, so I stopped and leave it as it is."
    " `/resume` continues from what is there now."
)
STATUS_EDITED = (
    "My records are lost, and this comment was last edited by somebody without write access, so I"
    " do not rely on it. Comment `/resume`, and I will ask for approval again."
)
TEXT_AFTER_PLAN = (
    "The issue's text was edited after its plan was written; the job still follows the earlier"
    " text. To have the new one planned, remove the label and set it again."
)
AT_CAP = "No model is asked any more for this job, so it is paused:"
HALTED = "The operator has halted this machine; nothing new is started."


# A comment on GitHub has at most 65,536 characters, and the rest of it must fit, too:
# https://github.com/orgs/community/discussions/27190
MAX_LISTED_RISKS = 30
"""Risks of a change that are listed one by one; a hostile change may have thousands."""


def address_to(by: Person, text: str) -> str:
    """Name whom an answer is for, as an edit of a comment sends no notification."""
    name = mention(by.login)
    return text if not text or text.startswith(("@", name)) else f"{name}: {text}"


def text_changed(code: str) -> str:
    return (
        "The issue's text was edited after the label was set, so I do not act on it. If it is right"
        f" as it reads now, {WRITER} comments `/approve {code}`, or sets the label again."
    )


def text_unseen(code: str) -> str:
    return (
        "I did not see the label being set and cannot tell whether the text was edited since."
        f" If it is right as it reads now, {WRITER} comments `/approve {code}`."
    )


def rate_limited(what: str, max_jobs: int) -> str:
    reason = f"{what} has reached its limit of {max_jobs} jobs an hour"
    return f"Not started: {reason}. Set the label again later."


def approval_required(risks: Sequence[str]) -> str:
    """`risks` are sentences of the policy; none where approval is always asked for."""
    listed = _list_risks(risks)
    if not listed:
        return "This plan needs approval before it is built."
    return f"This plan needs approval before it is built, because of this:\n{listed}"


def diff_approval_required(risks: Sequence[str]) -> str:
    """`risks` are why a built diff is not pushed yet."""
    listed = _list_risks(risks)
    return (
        "It is built and its checks passed, but it is not pushed yet because of this:\n"
        f"{listed}\n\nRead the diff below before you approve it."
    )


def _list_risks(risks: Sequence[str]) -> str:
    return list_first(risks, MAX_LISTED_RISKS, lambda risk: inline_text(risk, 300))


def quote_error(text: str) -> str:
    """Why a job is blocked, as an error or a check says it: anybody's words may be in it."""
    # In a code block nothing is a mention, a link or HTML: https://github.github.com/gfm/#fenced-code-blocks
    return code_block(text)


AFTER_ROUNDS = "The job is paused after"


def too_many_rounds(rounds: int, more: int) -> str:
    return (
        f"{AFTER_ROUNDS} {rounds} rounds of rework: `rework_rounds` under `[limits]` in"
        f" `.bricklayer.toml` bounds them, as each costs anew. `/resume` allows {more} more."
    )


def at_cap(why: str) -> str:
    """`why` is our own text, with a cap's numbers."""
    return f"{AT_CAP} {'. '.join(line.strip() for line in why.splitlines())}"


PROCESS_ENDED = (
    "This machine's process ended twice while it worked on this job: killed, or out of memory."
    " It is left alone until a writer says `/retry`; the machine's log has the details."
)


def system_error(why: str) -> str:
    """Only the kind of the error is shown: the rest may name files of this machine."""
    kind = make_printable(why.partition(":")[0], 100)
    return f"System error, not your fault: `{kind}`. The machine's log has the details."


REVIEW = "Ready for review. A submitted review's threads become tasks."
MERGED = "Merged."


def closed_on_github(what: str) -> str:
    return f"The {what} was closed, so the job stopped. Its branch is left as it is."


def label_removed(by: Person) -> str:
    return f"@{by.login} removed the label; the job is cancelled. Its branch is left as it is."


def task_evidence(task: str, checks: Sequence[str], commit: str) -> str:
    """A task's line in the pull request: what it does, what proves it, and where.

    `task` is Markdown, as `name_task` gives it.
    """
    by = ", ".join(f"`{make_printable(check)}`" for check in checks)
    if not by:  # of an earlier round, whose plan is not kept: its checks passed as it was committed
        return f"- [x] {task}, {commit}" if commit else f"- [ ] {task}"
    return f"- [x] {task}: {by} passed, {commit}" if commit else f"- [ ] {task}: {by}"


MAX_GATE_NOTES, MAX_NOTE_CHARACTERS = 20, 300


def gate_notes(notes: Sequence[str]) -> str:
    """What the gate tells beyond that all passed; empty for nothing."""
    if not notes:
        return ""
    lines = [f"- {inline_text(note, MAX_NOTE_CHARACTERS)}" for note in notes[:MAX_GATE_NOTES]]
    more = [f"- and {len(notes) - MAX_GATE_NOTES} more"] if notes[MAX_GATE_NOTES:] else []
    return "\n".join(("### What the checks notice\n", *lines, *more))


HOW_TO_TALK = """\
### How to work with it

People with write access can comment here or on the issue, and review as usual: each thread of
a review becomes a task. `/update` brings in the base branch, `/cancel` ends the job. Closing
this pull request ends it, too; reopening it continues it."""


def pull_body(ticket: Ticket, intro: str, evidence: str, ledger: str) -> str:
    """The pull request's text: why, what changes and what proves it, how to talk, what it cost."""
    asker = f"@{ticket.asker.login}" if ticket.asker.id else "somebody"
    opened = f"Opened because {asker} labelled #{ticket.issue}."
    parts = (intro.strip(), opened, evidence, HOW_TO_TALK, ledger)
    # The last line has GitHub close the issue with the merge:
    # https://docs.github.com/en/issues/tracking-your-work-with-issues/using-issues/linking-a-pull-request-to-an-issue
    return "\n\n".join([*filter(None, parts), f"Closes #{ticket.issue}\n"])


def coaching_pull(ticket: Ticket, notes: Sequence[Note]) -> str:
    listed = "\n".join(
        f"- {inline_text(note.lesson)} ({link_to('from', note.origin)})" for note in notes
    )
    return f"Coaching notes that a maintainer accepted on #{ticket.issue}:\n\n{listed}"


STILL_DRAFT = "GitHub did not let me mark it ready; please use its “Ready for review” button."
