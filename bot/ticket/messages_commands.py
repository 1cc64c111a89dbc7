"""The answers to commands."""

from collections.abc import Iterable, Sequence

from bot.github.webhooks import Person
from bot.text.escape import inline_text
from bot.text.invisible import make_printable
from bot.ticket.machine_owner import mention
from bot.ticket.model import Ticket
from bot.ticket.progress import EndedTask
from bot.ticket.reopen import list_task_ids
from bot.ticket.stages import Stage

COMMANDS = (
    "`/approve [hash]` `/retry [task]` `/cancel` `/pause` `/resume` `/status`"
    " `/update` `/explain [task]` `/plan WORDS` `/tier local=MODEL review=MODEL` `/note LESSON`"
    "; of a finding, in its thread: `/confirm` `/dismiss`"
)
NOTHING_TO_APPROVE = "There is nothing to approve now."
NOT_PAUSED = "The job is not paused."
NO_WRITE = (
    "Only somebody with write access to this repository can ask for that; please ask one of them."
)
TEXT_MOVED = "The issue's text was edited again in the meantime; that approval is for an older one."


def text_approved(by: Person) -> str:
    return f"{mention(by.login)} approved the text as it reads now; a plan is being written."


def plan_approved(by: Person, mark: str) -> str:
    plan, _, head = mark.partition(":")
    return f"{mention(by.login)} approved plan `{plan}` on `{head}`."


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
    return f"{mention(by.login)} asked to try {what} again; what passed is kept."


def planned_after_all(by: Person) -> str:
    return f"{mention(by.login)} says that something is left to do, so it is planned."


def already_over(stage: str) -> str:
    return f"The job is over already: {stage}."


def job_cancelled(by: Person) -> str:
    who = mention(by.login)
    return f"{who} cancelled the job. Its branch is left as it is; `/retry` continues it."


def job_paused(by: Person) -> str:
    return f"{mention(by.login)} paused the job; `/resume` continues where it stopped."


def job_resumed(by: Person) -> str:
    return f"{mention(by.login)} resumed the job."


def status_requested(by: Person, room: str) -> str:
    return f"{mention(by.login)}, this is the current state. {room}".rstrip()


def tiers_chosen(by: Person, named: dict[str, str]) -> str:
    chosen = ", ".join(f"{tier} = `{model}`" for tier, model in named.items())
    return f"{mention(by.login)} chose {chosen}; it is used from the next model call on."


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
    return (
        f"{mention(by.login)} added a coaching note: “{note}” It applies from the next attempt on."
    )


def unknown_command(quoted: str, close: str) -> str:
    meant = f" Did you mean `/{close}`?" if close else f" I know {COMMANDS}."
    return f"I do not know `{quoted}`.{meant}"


def malformed_command(quoted: str, why: str) -> str:
    return f"`{quoted}`: {why}."


def explain_tasks(ticket: Ticket, name: str) -> str:
    """What became of one task, or of all."""
    tasks = [task for task in ticket.progress.tasks if name in {"", task.id}]
    known = list_task_ids(ticket)
    if not tasks and not name:
        return "No task has ended yet."
    if not tasks and name in known:
        return f"Task `{name}` has not ended yet."
    if not tasks:
        return no_such_task(name, known)
    return "\n".join(_explain_task(task, ticket) for task in tasks)


def _explain_task(task: EndedTask, ticket: Ticket) -> str:
    rows = [row for row in ticket.progress.rows if row.task == task.id]
    attempts = [
        f"{row.number}. {row.tier} `{make_printable(row.model)}`: {inline_text(row.outcome)}"
        for row in rows
    ]
    where = f", in {task.commit}" if task.commit else ""
    why = f" — {inline_text(task.why, 400)}" if task.why else ""
    lines = "\n".join(f"  - {line}" for line in attempts)
    return f"- `{task.id}`: {task.state}{where}{why}\n{lines}".rstrip()
