"""The stage that builds one round on the branch, by the engine in a process of its own."""

import logging
from collections.abc import Callable
from dataclasses import replace
from functools import partial

from bot.errors import UserError
from bot.job_states import TaskState
from bot.plan import peek_job
from bot.plan.followup_plans import drop_done_tasks, list_task_phases
from bot.plan.rework_plan import suggestion_task_id, thread_task_id
from bot.text.invisible import make_printable
from bot.ticket import messages
from bot.ticket.model import Ticket
from bot.ticket.progress import EndedTask
from bot.ticket.round_results import failed_where_asked
from bot.ticket.stages import Stage
from runners.progress import ProgressEvent, Report
from runners.tickets.await_models import tell_awaited_models
from runners.tickets.diff_approval import find_unaccepted_risks
from runners.tickets.drop_progress import note_progress
from runners.tickets.follow_findings import drop_refused, end_follow_up, is_follow_up
from runners.tickets.merge_repair import check_base
from runners.tickets.merge_rounds import end_merge, finish_merge, is_merge
from runners.tickets.plan_file import remove_plan
from runners.tickets.propose_surprises import propose_surprises
from runners.tickets.push_progress import (
    LAST_PUSH_SECONDS,
    STOPPED_PUSH_SECONDS,
    ProgressPusher,
    find_built_branch,
)
from runners.tickets.redact_results import strip_local_paths
from runners.tickets.report_meanwhile import report_meanwhile
from runners.tickets.services import SHOW_EVERY_SECONDS, Services
from runners.tickets.status_sync import sync_status
from runners.tickets.take_up_progress import follow_progress, keep_passed
from runners.tickets.thread_answers import answer_threads
from runners.worker_process.main import WorkRequest, WorkResult

log = logging.getLogger("bricklayer")
TAKEN_OVER_PAUSE_SECONDS = 300.0
"""Until a job that another machine has taken over is looked at again."""
_RESOLVED = "its thread was resolved"


def is_queued(ticket: Ticket) -> bool:
    """Whether it waits for work that is queued or done by a worker, and for nothing else."""
    return bool(ticket.works) and not ticket.paused


def build_round(services: Services, ticket: Ticket) -> Ticket:
    progress = follow_progress(services.open_mirror(ticket), ticket)
    ticket = finish_merge(services, drop_unwanted(services, ticket))
    if ticket.stage is not Stage.BUILDING:
        return ticket
    ticket = remove_plan(services, ticket)
    outcome = _build(services, ticket, progress.passed if progress else ())
    base = check_base(services, ticket, outcome)
    built = ticket.progress.with_tasks(_with_phases(ticket, outcome.tasks))
    lost = tuple(dict.fromkeys((*built.lost_tests, *outcome.lost_tests)))
    notes = outcome.notes or built.gate_notes
    built = replace(built, retry_task="", lost_tests=lost, gate_notes=notes)
    ticket = replace(ticket, progress=built).with_rows(outcome.rows)
    return _end_build(services, ticket, outcome, base)


def _end_build(
    services: Services, ticket: Ticket, outcome: WorkResult, base: WorkResult | None
) -> Ticket:
    if outcome.taken_over:
        # Nothing of ours is pushed or told any more: whoever has the work does that.
        return replace(ticket, wake_at=services.now() + TAKEN_OVER_PAUSE_SECONDS)
    if outcome.stopped or (base is not None and base.stopped):
        return services.rest_after_stop(_push_passed(services, ticket))
    if is_merge(ticket) or is_follow_up(ticket):
        return (
            end_merge(services, ticket, outcome, base)
            if is_merge(ticket)
            else end_follow_up(services, ticket, outcome)
        )
    ticket = propose_surprises(services, ticket)
    if outcome.passed:
        return ticket.move_to(Stage.PUBLISHING)
    explain = messages.system_error if outcome.is_system_error else messages.quote_error
    ticket = answer_threads(services, _push_passed(services, ticket))
    if failed_where_asked(ticket) and not outcome.is_system_error:
        # Told in their threads: what people say next is read in the review.
        return ticket.move_to(Stage.PUBLISHING)
    return ticket.move_to(Stage.BLOCKED, explain(outcome.why))


def _build(services: Services, ticket: Ticket, passed: tuple[str, ...]) -> WorkResult:
    request = services.build_request(ticket, only=ticket.progress.retry_task)
    note_progress(services, ticket)
    settings, round_ = services.settings_for(ticket), ticket.progress.round
    work = WorkRequest(settings, request)
    if round_ and round_.kind == "merge":
        merged_in = services.open_mirror(ticket).repo.resolve_rev(f"{round_.base}^2")
        work = replace(work, check_only=True, compared_with=merged_in)
    report = report_meanwhile(ticket.name, ProgressReporter(services, ticket.key).report)
    if services.queue:
        outcome = services.run_work(ticket, work, report)
        if outcome.head and not services.open_mirror(ticket).repo.resolve_rev(outcome.head):
            follow_progress(services.open_mirror(ticket), ticket)  # what another machine built
        return outcome
    pusher = ProgressPusher(
        find_built_branch(services.open_mirror(ticket), ticket.issue, request),
        end_work=lambda: services.stop_work(ticket.key),
    )
    keep_passed(services.open_mirror(ticket).repo, request, passed)
    return run_pushing(pusher, report, partial(services.run_work, ticket, work))


def run_pushing(
    pusher: ProgressPusher, report: Report, run: Callable[[Report], WorkResult]
) -> WorkResult:
    """Run it, and push what it builds as it goes on."""

    def hear(event: ProgressEvent) -> None:
        pusher.hear(event)
        report(event)

    with pusher.running() as pushing:
        outcome = run(hear)
        pushing.close(STOPPED_PUSH_SECONDS if outcome.stopped else LAST_PUSH_SECONDS)
    if not pusher.is_lost:
        return outcome
    return replace(outcome, stopped=True, taken_over=pusher.taken_over)


class ProgressReporter:
    """Shows in the comment how tasks end meanwhile, at most every `SHOW_EVERY_SECONDS`.

    A worker writes them down only: the loop that leads shows them.
    """

    def __init__(self, services: Services, key: str, *, shows: bool = True) -> None:
        self._shows = shows
        self._services = services
        self._key = key
        self._shown = services.now()

    def report(self, event: ProgressEvent) -> None:
        # Anybody's words: with line ends or escape sequences they could forge lines of the log.
        text = make_printable(event.text, 300)
        log.info("%s: %s %s %s", self._key, event.what, event.task, text)
        if event.what == "task" and event.task and event.good is not None:
            state = TaskState.PASSED if event.good else TaskState.BLOCKED
            self._note(
                EndedTask(event.task, state, strip_local_paths(event.text, self._services.settings))
            )
        tell_awaited_models(self._services, self._key, event)
        if self._shows and self._is_time_to_show():
            self._shown = self._services.now()
            sync_status(self._services, self._key)

    def _is_time_to_show(self) -> bool:
        return self._services.now() - self._shown > SHOW_EVERY_SECONDS

    def _note(self, ended: EndedTask) -> None:
        """Store it, so that `/status` and `/explain` tell it while the build goes on."""
        self._services.tickets.change_ticket(
            self._key, lambda now: replace(now, progress=now.progress.with_tasks((ended,)))
        )


def _with_phases(ticket: Ticket, ended: tuple[EndedTask, ...]) -> tuple[EndedTask, ...]:
    """With their phases, which the plan of a later round does not name."""
    text = ticket.progress.round.text if ticket.progress.round else ""
    phases = {task: phase for phase, task in list_task_phases(text)}
    return tuple(replace(task, phase=phases.get(task.id, "")) for task in ended)


def _push_passed(services: Services, ticket: Ticket) -> Ticket:
    """Push what passed, so that nothing of it is only here; never what needs approval first.

    Of a merge nothing either, before all of it is settled.
    """
    if is_merge(ticket):
        return ticket
    remote = services.open_mirror(ticket)
    head = remote.repo.branch_head(ticket.remote.branch)
    if not head or head == ticket.remote.head or find_unaccepted_risks(remote.repo, ticket, head):
        return ticket
    try:
        if not remote.push(ticket.remote.branch, head):
            return ticket
    except UserError as exc:  # what stopped the build is told first; the next push tells this
        log.warning("%s: %s", ticket.name, exc)
        return ticket
    return replace(ticket, remote=replace(ticket.remote, head=head, pushed_at=services.now()))


def drop_unwanted(services: Services, ticket: Ticket) -> Ticket:
    """Without what nobody waits for any more: threads that were resolved, findings dismissed."""
    if is_follow_up(ticket):
        return drop_refused(services, ticket)
    return drop_resolved_threads(services, ticket)


def drop_resolved_threads(services: Services, ticket: Ticket) -> Ticket:
    """A thread that a person resolved meanwhile is no task any more; what passed stays passed."""
    round_ = ticket.progress.round
    if not round_ or not round_.threads:
        return ticket
    # Whether a thread is resolved only GraphQL says: https://docs.github.com/en/graphql/reference/objects#pullrequestreviewthread
    threads = services.repository(ticket).list_threads(ticket.remote.pull)
    open_ = {t.comments[0].id for t in threads if t.comments and not t.resolved}
    gone = [thread for thread in round_.threads if thread not in open_]
    resolved = {name(thread) for name in (suggestion_task_id, thread_task_id) for thread in gone}
    job = peek_job(round_.text)
    known = {task.id for task in job.tasks}
    passed = {task.id for task in ticket.progress.tasks if task.state == TaskState.PASSED}
    if not resolved & known - passed:
        return ticket
    skipped = (EndedTask(id_, TaskState.SKIPPED, _RESOLVED) for id_ in sorted(resolved - passed))
    ticket = replace(ticket, progress=ticket.progress.with_tasks(skipped))
    if not known - resolved - passed:
        return ticket.move_to(Stage.PUBLISHING)
    text = drop_done_tasks(round_.text, job, frozenset(resolved | passed))
    head = services.open_mirror(ticket).repo.branch_head(ticket.remote.branch) or ticket.remote.head
    left = replace(round_, text=text, base=head)
    return replace(ticket, progress=replace(ticket.progress, round=left, retry_task=""))
