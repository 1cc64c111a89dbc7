"""The texts that the bot posts on GitHub.

Those of the status comment are in `bot/ticket/status_comment.py`.
"""

from collections.abc import Iterable, Sequence

from bot.coaching.notes import Note
from bot.github.webhooks import Person
from bot.text.escape import code_block, inline_text
from bot.text.invisible import make_printable
from bot.ticket.model import EndedTask, Ticket
from bot.ticket.stages import Stage

WRITER = "somebody with write access"
COMMANDS = (
    "`/approve [hash]` `/retry [task]` `/cancel` `/pause` `/resume` `/status`"
    " `/update` `/explain [task]` `/plan WORDS` `/tier local=MODEL review=MODEL` `/note LESSON`"
)
NOTHING_TO_APPROVE = "There is nothing to approve now."
NOT_PAUSED = "The job is not paused."
PLANNING = "The planner reads the issue and writes a plan."
QUEUED = "Another job is being built on this machine; this one is next in line."
PUSHED_BY_A_PERSON = (
    "Somebody else pushed to the branch, so I stopped and leave it as it is."
    " `/resume` continues from what is there now."
)
NO_WRITE = (
    "Only somebody with write access to this repository can ask for that; please ask one of them."
)
STATUS_EDITED = (
    "My records are lost, and this comment was last edited by somebody without write access, so I"
    " do not rely on it. Comment `/resume`, and I will ask for approval again."
)
TEXT_AFTER_PLAN = (
    "The issue's text was edited after its plan was written; the job still follows the earlier"
    " text. To have the new one planned, remove the label and set it again."
)
TEXT_MOVED = "The issue's text was edited again in the meantime; that approval is for an older one."
HALTED = "The operator has halted this machine; nothing new is started."


# A comment on GitHub has at most 65,536 characters, and the rest of it must fit, too:
# https://github.com/orgs/community/discussions/27190
MAX_LISTED_RISKS = 30
"""Risks of a change that are listed one by one; a hostile change may have thousands."""


def address_to(by: Person, text: str) -> str:
    """Name whom an answer is for, as an edit of a comment sends no notification."""
    return text if not text or text.startswith("@") else f"@{by.login}: {text}"


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


def text_approved(by: Person) -> str:
    return f"@{by.login} approved the text as it reads now; a plan is being written."


def plan_approved(by: Person, mark: str) -> str:
    plan, _, head = mark.partition(":")
    return f"@{by.login} approved plan `{plan}` on `{head}`."


def wrong_code(named: str, code: str) -> str:
    return f"`{make_printable(named)}` is not what waits for approval; that is `/approve {code}`."


def approved_too_early(code: str) -> str:
    return (
        "That approval was given before this one was asked for. Please look at what is above;"
        f" if it is right, comment `/approve {code}`."
    )


def diff_needs_code(code: str) -> str:
    return (
        "The diff is approved with its code only, so that nobody approves a diff unseen. Please"
        f" read the diff above; if it is right, comment `/approve {code}`."
    )


def asked_before(code: str) -> str:
    return (
        "Something else was asked before, and an `/approve` without a code may be meant for that."
        f" Please look at what is above; if it is right, comment `/approve {code}`."
    )


def nothing_to_retry(stage: str, code: str) -> str:
    if code:
        return f"There is nothing to retry: the job waits for `/approve {code}`."
    if stage == Stage.CLOSED:
        return "The job was closed on GitHub: reopen what was closed, and it continues by itself."
    return f"There is nothing to retry: the job is in the stage “{stage}”."


def no_such_task(name: str, known: Sequence[str]) -> str:
    listed = ", ".join(f"`{task}`" for task in known) or "none yet"
    return f"There is no task `{make_printable(name)}`. Tasks: {listed}."


def retry_started(by: Person, task: str) -> str:
    what = f"task `{make_printable(task)}`" if task else "what did not pass"
    return f"@{by.login} asked to try {what} again; what passed is kept."


def already_over(stage: str) -> str:
    return f"The job is over already: {stage}."


def job_cancelled(by: Person) -> str:
    return f"@{by.login} cancelled the job. Its branch is left as it is; `/retry` continues it."


def job_paused(by: Person) -> str:
    return f"@{by.login} paused the job; `/resume` continues where it stopped."


def job_resumed(by: Person) -> str:
    return f"@{by.login} resumed the job."


def status_requested(by: Person) -> str:
    return f"@{by.login}, this is the current state."


def tiers_chosen(by: Person, named: dict[str, str]) -> str:
    chosen = ", ".join(f"{tier} = `{model}`" for tier, model in named.items())
    return f"@{by.login} chose {chosen}; it is used from the next model call on."


def unknown_model(choices: Sequence[str], known: Iterable[str]) -> str:
    """`choices` are pairs such as `local=big`; only a configured model can be chosen."""
    unknown, listed = (
        ", ".join(f"`{make_printable(name)}`" for name in names) or "none"
        for names in (choices, known)
    )
    return f"{unknown}: no such model is configured on this machine. Configured: {listed}."


def note_refused(why: str) -> str:
    return f"That cannot be a coaching note: {why}."


def note_added(by: Person, lesson: str) -> str:
    note = inline_text(lesson)
    return f"@{by.login} added a coaching note: “{note}” It applies from the next attempt on."


def unknown_command(quoted: str, close: str) -> str:
    meant = f" Did you mean `/{close}`?" if close else f" I know {COMMANDS}."
    return f"I do not know `{quoted}`.{meant}"


def malformed_command(quoted: str, why: str) -> str:
    return f"`{quoted}`: {why}."


def explain_tasks(ticket: Ticket, name: str) -> str:
    """What became of one task, or of all."""
    tasks = [task for task in ticket.progress.tasks if name in {"", task.id}]
    if not tasks and not name:
        return "No task has ended yet."
    if not tasks:
        return no_such_task(name, [task.id for task in ticket.progress.tasks])
    return "\n".join(_explain_task(task, ticket) for task in tasks)


def _explain_task(task: EndedTask, ticket: Ticket) -> str:
    rows = [row for row in ticket.progress.rows if row.task == task.id]
    attempts = [
        f"{row.number}. {row.tier} `{make_printable(row.model)}`: {inline_text(row.outcome)}"
        for row in rows
    ]
    why = f" — {inline_text(task.why, 400)}" if task.why else ""
    lines = "\n".join(f"  - {line}" for line in attempts)
    return f"- `{task.id}`: {task.state}{why}\n{lines}".rstrip()


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
    listed = "\n".join(f"- {inline_text(risk, 300)}" for risk in risks[:MAX_LISTED_RISKS])
    more = len(risks) - MAX_LISTED_RISKS
    return f"{listed}\n- and {more} more" if more > 0 else listed


def quote_error(text: str) -> str:
    """Why a job is blocked, as an error or a check says it: anybody's words may be in it."""
    # In a code block nothing is a mention, a link or HTML: https://github.github.com/gfm/#fenced-code-blocks
    return code_block(text)


def system_error(why: str) -> str:
    """Only the kind of the error is shown: the rest may name files of this machine."""
    kind = make_printable(why.partition(":")[0], 100)
    return f"System error, not your fault: `{kind}`. The machine's log has the details."


def ci_red(names: Sequence[str], number: int, max_rounds: int) -> str:
    listed = ", ".join(f"`{make_printable(name)}`" for name in names)
    return f"CI is red ({listed}); build round {number} of {max_rounds} fixes it."


def ci_given_up(names: Sequence[str], max_rounds: int) -> str:
    listed = ", ".join(f"`{make_printable(name)}`" for name in names)
    return f"CI is still red after {max_rounds} build rounds: {listed}."


NO_CI = "No CI is configured for this commit; only the checks on this machine have verified it."


def review_summary(count: int, model: str) -> str:
    """What stands above the reviewer tier's own remarks."""
    by = f"`{make_printable(model)}`" if model else "The reviewer tier"
    found = {0: "found nothing to object to", 1: "has one remark"}.get(
        count, f"has {count} remarks"
    )
    return f"{by} read the diff and {found}. A person decides what to do about it."


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
    by = ", ".join(f"`{make_printable(check)}`" for check in checks) or "no check of its own"
    return f"- [x] {task}: {by} passed, {commit}" if commit else f"- [ ] {task}: {by}"


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
    listed = "\n".join(f"- {inline_text(note.lesson)} ([from]({note.origin}))" for note in notes)
    return f"Coaching notes that a maintainer accepted on #{ticket.issue}:\n\n{listed}"


STILL_DRAFT = "GitHub did not let me mark it ready; please use its “Ready for review” button."
