"""All that is known of one job: its plan with how each task stands, its attempts, what it cost."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.ledger import LedgerRow
from bot.ledger_sums import TierTotal, compute_local_share, sum_by_tier
from bot.plan import peek_job
from bot.storage.history import RunAttempt
from bot.ticket.findings import Finding
from bot.ticket.passes import Pass, list_passes
from runners.activity_file import SeenActivities, read_activities
from runners.dashboard.github_pages import link_issue, link_pull
from runners.dashboard.page_room import cut
from runners.dashboard.plan_graph import PlanGraph, draw_plan
from runners.history.attempts import KeptAttempt, list_builds, list_kept
from runners.history.job_model import AnyJob, JobSummary, LocalJob
from runners.history.list_jobs import summarize_local, summarize_ticket
from runners.history.open_history import OpenHistory
from runners.history.task_states import TaskStanding, list_task_states

MAX_LISTED = 250
"""Attempts that are listed, of each task the newest."""
MAX_TASKS = 100
MAX_PLAN_BYTES, MAX_WHY_BYTES = 20_000, 1_000


@dataclass(frozen=True, slots=True)
class AttemptLine:
    """One attempt at a task, or a call beside them. `job` is the build it belongs to.

    `row` is what the ledger says; `is_kept`: what it saw and said can still be read.
    """

    job: str
    run: int
    task: str
    number: int
    row: LedgerRow | None
    is_kept: bool = False


@dataclass(frozen=True, slots=True)
class TaskLines:
    """`older` attempts are not listed."""

    standing: TaskStanding
    attempts: tuple[AttemptLine, ...]
    older: int = 0


@dataclass(frozen=True, slots=True)
class JobPage:
    """`beside` is what was asked or checked for no single task, `waits_for` the code to approve.

    `left_out` tasks are not listed; `is_cut`: the plan has more text.
    `issue_url` and `pull_url` are on GitHub, empty where there is none.
    """

    job: AnyJob
    summary: JobSummary
    plan_text: str
    graph: PlanGraph
    tasks: tuple[TaskLines, ...]
    beside: tuple[TaskLines, ...]
    totals: tuple[TierTotal, ...]
    local_share: float
    seen: SeenActivities
    left_out: int = 0
    passes: tuple[tuple[Pass, tuple[str, ...]], ...] = ()
    findings: tuple[Finding, ...] = ()
    is_cut: bool = False
    issue_url: str = ""
    pull_url: str = ""

    @property
    def waits_for(self) -> str:
        return "" if isinstance(self.job, LocalJob) else self.job.ticket.approval.code


def read_job_page(history: OpenHistory, job: AnyJob, *, with_files: bool) -> JobPage:
    """`with_files`: also what stands in files of this machine, for its owner alone."""
    builds = list_builds(job)
    attempts = history.store.list_attempts([build.row.id for build in builds])
    kept = list_kept(history, job, attempts, with_files=with_files)
    standings = list_task_states(job, attempts)
    text = _plan_text(job)
    plan = peek_job(text)
    planned = {task.id for task in plan.tasks}
    lines = _list_lines(attempts, kept)
    known = {each.id for each in standings}
    more = [TaskStanding(name, "") for name in lines if name not in known]
    standing = _choose_tasks([*standings, *more])
    most = _share_room([len(lines.get(each.id, ())) for each in standing])
    shown = [_task_lines(each, lines, most) for each in standing]
    text_shown = cut(text, MAX_PLAN_BYTES)
    rows = _all_rows(job, attempts)
    folder = next((build.folder for build in builds), None)
    summary = _summarize(job, attempts)
    return JobPage(
        job,
        summary,
        text_shown,
        draw_plan(plan, standings),
        tuple(each for each in shown if each.standing.id in planned or each.standing.state),
        tuple(
            each for each in shown if each.standing.id not in planned and not each.standing.state
        ),
        sum_by_tier(rows),
        compute_local_share(rows),
        read_activities(folder) if folder and summary.situation == "running" else SeenActivities(),
        len(standings) + len(more) - len(standing),
        tuple(each for each in list_passes(rows).items() if each[1]),
        () if isinstance(job, LocalJob) else job.ticket.findings,
        len(text_shown) < len(text),
        *_link_github(job, history.settings.github.api_url),
    )


def _link_github(job: AnyJob, api_url: str) -> tuple[str, str]:
    if isinstance(job, LocalJob):
        return "", ""
    return link_issue(job.ticket, api_url), link_pull(job.ticket, api_url)


def _plan_text(job: AnyJob) -> str:
    if isinstance(job, LocalJob):
        return job.row.plan
    found = job.ticket.progress.round
    return found.text if found else ""


def _summarize(job: AnyJob, attempts: Sequence[RunAttempt]) -> JobSummary:
    if isinstance(job, LocalJob):
        return summarize_local(job, attempts)
    return replace(summarize_ticket(job.ticket), id=job.ticket.name)


def _all_rows(job: AnyJob, attempts: Sequence[RunAttempt]) -> list[LedgerRow]:
    """An issue's ledger has its plan, reviews and questions too, and what runs now has not yet."""
    built = [each.row for each in attempts]
    if isinstance(job, LocalJob):
        return built
    entered = job.ticket.progress.rows
    known = set(entered)
    return [*entered, *(row for row in built if row not in known)]


def _list_lines(
    attempts: Sequence[RunAttempt], kept: Sequence[KeptAttempt]
) -> dict[str, list[AttemptLine]]:
    """By task, the newest first; what left neither a row nor a file is not in it."""
    found: dict[tuple[str, int, str, int], AttemptLine] = {}
    for each in attempts:
        key = (each.job, each.run, each.row.task, each.row.number)
        found[key] = AttemptLine(*key, each.row)
    for file in kept:
        key = (file.job, file.run, file.task, file.number)
        found[key] = AttemptLine(*key, file.row, is_kept=True)
    lines: dict[str, list[AttemptLine]] = defaultdict(list)
    for line in reversed(found.values()):
        lines[line.task].append(line)
    return lines


def _choose_tasks(standings: Sequence[TaskStanding]) -> list[TaskStanding]:
    """In their order; where there are too many, those that a person looks for first."""
    if len(standings) <= MAX_TASKS:
        return list(standings)
    order = sorted(standings, key=lambda each: each.state not in {"blocked", "running"})
    chosen = {each.id for each in order[:MAX_TASKS]}
    return [each for each in standings if each.id in chosen]


def _share_room(counts: Sequence[int]) -> int:
    """How many of each are listed at most, so that all of them have room."""
    most = max(counts, default=0)
    while most > 1 and sum(min(count, most) for count in counts) > MAX_LISTED:
        most -= max(1, most // 8)
    return most


def _task_lines(
    standing: TaskStanding, lines: dict[str, list[AttemptLine]], most: int
) -> TaskLines:
    own = sorted(lines.get(standing.id, ()), key=lambda each: (each.run, each.number), reverse=True)
    shown = replace(standing, why=cut(standing.why, MAX_WHY_BYTES))
    return TaskLines(shown, tuple(own[:most]), max(0, len(own) - most))
