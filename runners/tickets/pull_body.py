"""The pull request's text: the plan's words, what proves each task, what it cost."""

from functools import lru_cache

from bot.git.repo import Repo
from bot.plan import peek_job
from bot.text.escape import defang_markdown
from bot.text.visible_markdown import visible_markdown
from bot.ticket import messages
from bot.ticket.model import Ticket
from bot.ticket.planned_anew import describe_planned_anew, is_replaced, list_ended
from bot.ticket.shown_plan import ShownTask, name_task, say_waiver, show_tasks
from bot.ticket.status_tables import fold_ledger
from runners.tickets.plan_file import plan_text, plan_url
from runners.tickets.services import Services


def render_pull_body(services: Services, ticket: Ticket) -> str:
    """The plan's own words, what each task of every round does and what proves it, ledger."""
    repo = services.open_mirror(ticket).repo
    text = plan_text(repo, ticket)
    commits = {task.id: task.commit for task in ticket.progress.tasks}
    replaced = {task.id for task in ticket.progress.tasks if is_replaced(task)}
    lines = [
        messages.task_evidence(name_task(task), task.checks, commits.get(task.id, ""))
        + say_waiver(task)
        for task in list_tasks(repo, ticket)
        if task.id not in replaced
    ]
    cost = fold_ledger(ticket.progress)
    plan = f"### What changes\n\nBy [the plan]({plan_url(services, ticket)}):\n\n"
    told = messages.gate_notes(ticket.progress.gate_notes)
    anew = describe_planned_anew(ticket.progress)
    evidence = "\n\n".join(filter(None, (plan + "\n".join(lines), anew, told)))
    intro = defang_markdown(visible_markdown(peek_job(text).intro))
    return messages.pull_body(ticket, intro, evidence, cost)


def list_tasks(repo: Repo, ticket: Ticket) -> tuple[ShownTask, ...]:
    """The plan's tasks, those of the rounds since, and this round's, each once."""
    if not ticket.progress.round:
        return ()
    plan = show_tasks(plan_text(repo, ticket))
    now = show_tasks(ticket.progress.round.text)
    known = {task.id for task in (*plan, *now)}
    since = (
        ShownTask(
            task.phase,
            task.id,
            words=_read_subject(repo, task.commit).removeprefix(f"{task.id}: "),
        )
        for task in list_ended(ticket.progress)
        if task.id not in known
    )
    return tuple({task.id: task for task in (*plan, *since, *now)}.values())


@lru_cache(maxsize=512)
def _read_subject(repo: Repo, commit: str) -> str:
    """Of an earlier round no text is kept, but its commit says what it is about."""
    if not commit or not repo.resolve_rev(commit):
        return ""
    return repo.read_output("log", "-1", "--format=%s", commit, "--")
