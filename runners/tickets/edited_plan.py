"""A plan that a person edited on its branch: read, validated, asked for anew by its own hash."""

from dataclasses import replace

from bot.errors import PlanError
from bot.git.repo import Repo
from bot.plan import MAX_PLAN_BYTES, Job, load_job
from bot.prompts.path_mentions import closest_finder
from bot.ticket import messages_branch
from bot.ticket.model import Ticket
from bot.ticket.progress import Round
from bot.ticket.stages import Stage
from runners.project import entry_kind_at, load_repo_config
from runners.tickets.plan_approval import find_approval_reasons
from runners.tickets.plan_file import plan_path, plan_text, was_removed
from runners.tickets.services import Services


def read_edited_plan(services: Services, ticket: Ticket) -> Ticket | None:
    """The ticket that asks for the plan as it stands at its head; paused where that is none.

    None where the plan is as it was and is being built already.
    """
    repo, head, path = _locate(services, ticket)
    raw = repo.read_file(head, path)
    text = raw.decode(errors="replace") if raw is not None and len(raw) <= MAX_PLAN_BYTES else ""
    round_ = ticket.progress.round
    is_plan = round_ is not None and round_.kind == "plan"
    same = text == plan_text(repo, ticket)
    if not is_plan or (same and ticket.stage is not Stage.APPROVAL):
        return None
    if not text and was_removed(repo, ticket, head):
        return None
    if not text:
        return _refuse(ticket, messages_branch.plan_gone(path))
    try:
        job = _load(services, ticket, text)
    except PlanError as exc:
        return _refuse(ticket, messages_branch.plan_refused(str(exc)))
    if not job.checks:
        return _refuse(ticket, messages_branch.plan_refused(messages_branch.no_gate(path)))
    planned = replace(
        ticket,
        remote=replace(ticket.remote, plan_commit=head),
        progress=replace(ticket.progress, round=Round("plan", text, head), tasks=()),
    )
    reasons = find_approval_reasons(services, planned, job)
    planned = replace(planned, approval=replace(planned.approval, risks=reasons, granted_key=""))
    return planned if planned.stage is Stage.APPROVAL else planned.move_to(Stage.APPROVAL)


def _load(services: Services, ticket: Ticket, text: str) -> Job:
    """Against the tree it will be built on. Raises PlanError with every fault."""
    repo, head, path = _locate(services, ticket)
    return load_job(
        text,
        known_checks=tuple(load_repo_config(repo, repo.git_dir, ticket.remote.base).checks),
        tracked=lambda name: entry_kind_at(repo, head, name),
        where=path,
        closest=closest_finder(lambda: repo.list_entries(head)),
    )


def _locate(services: Services, ticket: Ticket) -> tuple[Repo, str, str]:
    """The repository, the branch's head, and where the plan stands there."""
    repo = services.open_mirror(ticket).repo
    return repo, ticket.remote.head, plan_path(ticket.remote.branch)


def _refuse(ticket: Ticket, why: str) -> Ticket:
    """Nothing can be approved until the plan can be read; a push that corrects it is noticed."""
    remote = replace(ticket.remote, pushed_head=ticket.remote.head)
    approval = replace(ticket.approval, key="", granted_key="")
    return replace(ticket, paused=True, why=why, remote=remote, approval=approval)
