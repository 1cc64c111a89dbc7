"""One round on the branch, by the engine in a process of its own."""

import logging
from dataclasses import replace

from bot.errors import UserError
from bot.job_states import TaskState
from bot.plan import peek_job
from bot.plan.followup_plans import drop_done_tasks, list_task_phases, thread_task_id
from bot.text.invisible import make_printable
from bot.ticket import messages
from bot.ticket.model import FOREVER, EndedTask, Ticket
from bot.ticket.stages import Stage
from runners.progress import ProgressEvent
from runners.tickets.sanitize import strip_local_paths
from runners.tickets.services import Services
from runners.tickets.stage_publishing import answer_threads, find_unaccepted_risks
from runners.tickets.status_sync import sync_status
from runners.worker_process.main import WorkRequest, WorkResult

log = logging.getLogger("bricklayer")
SHOW_EVERY_SECONDS = 15.0
TURN_POLL_SECONDS = 5.0
"""Seconds until a job that waits for its turn looks whether it has come."""
_RESOLVED = "its thread was resolved"


def build_round(services: Services, ticket: Ticket) -> Ticket:
    if not services.builds.acquire(blocking=False):
        return replace(ticket, why=messages.QUEUED, wake_at=services.now() + TURN_POLL_SECONDS)
    try:
        if ticket.why == messages.QUEUED:
            return replace(ticket, why="", wake_at=0.0)
        ticket = drop_resolved_threads(services, ticket)
        if ticket.stage is not Stage.BUILDING:
            return ticket
        outcome = _built(services, ticket)
    finally:
        services.builds.release()
    ticket = replace(
        ticket,
        progress=replace(
            ticket.progress, rows=(*ticket.progress.rows, *outcome.rows), retry_task=""
        ),
    )
    ticket = replace(
        ticket,
        progress=replace(
            ticket.progress, tasks=_merged(ticket.progress.tasks, _placed(ticket, outcome.tasks))
        ),
    )
    if outcome.stopped:
        return replace(_saved(services, ticket), wake_at=FOREVER)
    if outcome.passed:
        return ticket.move_to(Stage.PUBLISHING)
    told = messages.system_error if outcome.ours else messages.quote_error
    return answer_threads(services, _saved(services, ticket)).move_to(
        Stage.BLOCKED, told(outcome.why)
    )


def _built(services: Services, ticket: Ticket) -> WorkResult:
    order = services.build_request(ticket, only=ticket.progress.retry_task)
    progress = ProgressReporter(services, ticket.key)
    return services.run_work(
        ticket, WorkRequest(services.settings_for(ticket), order), progress.tell
    )


class ProgressReporter:
    """Shows in the comment how tasks end meanwhile, at most every `OFTEN` seconds."""

    def __init__(self, services: Services, key: str) -> None:
        self._shop = services
        self._key = key
        self._shown = services.now()

    def tell(self, told: ProgressEvent) -> None:
        # Anybody's words: no line, no escape of theirs in the log.
        text = make_printable(told.text, 300)
        log.info("%s: %s %s %s", self._key, told.what, told.task, text)
        if told.what == "task" and told.task and told.good is not None:
            state = TaskState.PASSED if told.good else TaskState.BLOCKED
            self._note(
                EndedTask(told.task, state, strip_local_paths(told.text, self._shop.settings))
            )
        if self._shop.now() - self._shown > SHOW_EVERY_SECONDS:
            self._shown = self._shop.now()
            sync_status(self._shop, self._key)

    def _note(self, ended: EndedTask) -> None:
        """Written down, so that whoever asks meanwhile is told."""
        self._shop.tickets.change(
            self._key,
            lambda now: replace(
                now, progress=replace(now.progress, tasks=_merged(now.progress.tasks, (ended,)))
            ),
        )


def _placed(ticket: Ticket, ended: tuple[EndedTask, ...]) -> tuple[EndedTask, ...]:
    """With their phases, which a later round's plan does not tell any more."""
    text = ticket.progress.round.text if ticket.progress.round else ""
    phases = {task: phase for phase, task in list_task_phases(text)}
    return tuple(replace(one, phase=phases.get(one.id, "")) for one in ended)


def _merged(before: tuple[EndedTask, ...], now: tuple[EndedTask, ...]) -> tuple[EndedTask, ...]:
    latest = {one.id: one for one in (*before, *now)}
    return tuple(latest.values())


def _saved(services: Services, ticket: Ticket) -> Ticket:
    """Push what passed, so that nothing of it is only here; never what wants a yes first."""
    remote = services.open_mirror(ticket)
    head = remote.repo.branch_head(ticket.remote.branch)
    if not head or head == ticket.remote.head or find_unaccepted_risks(remote.repo, ticket, head):
        return ticket
    try:
        if not remote.push(ticket.remote.branch, head):
            return ticket
    except UserError as exc:  # what stopped the build is told first; the next push tells this
        log.warning("%s: %s", ticket.key, exc)
        return ticket
    return replace(ticket, remote=replace(ticket.remote, head=head, pushed_at=services.now()))


def drop_resolved_threads(services: Services, ticket: Ticket) -> Ticket:
    """A thread that a person resolved meanwhile is no task any more; what passed stays passed."""
    round_ = ticket.progress.round
    if not round_ or not round_.threads:
        return ticket
    told = services.repository(ticket).threads(ticket.remote.pull)
    open_ = {one.comments[0].id for one in told if one.comments and not one.resolved}
    gone = {thread_task_id(thread) for thread in round_.threads if thread not in open_}
    job = peek_job(round_.text)
    known = {task.id for task in job.tasks}
    passed = {one.id for one in ticket.progress.tasks if one.state == TaskState.PASSED}
    if not gone & known - passed:
        return ticket
    skipped = {one: EndedTask(one, TaskState.SKIPPED, _RESOLVED) for one in sorted(gone - passed)}
    ends = {one.id: one for one in ticket.progress.tasks}
    ticket = replace(
        ticket, progress=replace(ticket.progress, tasks=tuple((ends | skipped).values()))
    )
    if not known - gone - passed:
        return ticket.move_to(Stage.PUBLISHING)
    text = drop_done_tasks(round_.text, job, frozenset(gone | passed))
    head = services.open_mirror(ticket).repo.branch_head(ticket.remote.branch) or ticket.remote.head
    return replace(
        ticket,
        progress=replace(
            ticket.progress, round=replace(round_, text=text, base=head), retry_task=""
        ),
    )
