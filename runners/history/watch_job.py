"""All that can be seen of one job now, read again and again: nothing is locked, nothing written."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from bot.errors import UserError
from bot.plan import peek_job
from bot.storage.history import RunAttempt
from bot.ticket.messages_commands import explain_tasks
from runners.activity_file import SeenActivities, read_activities
from runners.history.attempts import KeptAttempt, list_builds, list_kept, list_rows
from runners.history.find_job import find_job, name_of
from runners.history.job_model import AnyJob, JobSummary, LocalJob
from runners.history.last_run import read_newest_lines
from runners.history.list_jobs import summarize_local, summarize_ticket
from runners.history.open_history import OpenHistory
from runners.history.task_states import TaskStanding, list_task_states
from runners.journal import Line

_CHECK = "check "
NOTHING_KNOWN = "Nothing has ended yet."


@dataclass(frozen=True, slots=True)
class ShownPhase:
    """A phase of the plan and its tasks; an empty title for those that stand in none."""

    title: str
    tasks: tuple[TaskStanding, ...]


@dataclass(frozen=True, slots=True)
class CheckOutput:
    """What a check printed last: `title` as `fix, attempt 2: check test: exit 1`."""

    title: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class WatchedJob:
    """`events` are those of the newest run. `began` and `at` are its first and last, in seconds.

    `code` is that of what waits for approval, empty where nothing does.
    """

    job: AnyJob
    summary: JobSummary
    phases: tuple[ShownPhase, ...] = ()
    seen: SeenActivities = field(default_factory=SeenActivities)
    events: tuple[Line, ...] = ()
    began: float = 0.0
    at: float = 0.0
    output: CheckOutput = field(default_factory=CheckOutput)
    code: str = ""

    @property
    def name(self) -> str:
        return name_of(self.job)

    @property
    def is_running(self) -> bool:
        return self.summary.situation == "running"


@dataclass(slots=True)
class JobWatch:
    """Looks at the job of a name; what has not changed on disk is not read again."""

    history: OpenHistory
    _read: dict[Path, tuple[float, CheckOutput]] = field(default_factory=dict)

    def look(self, name: str) -> WatchedJob:
        """Raises UserError where no job is called so, or the database cannot be read."""
        job = find_job(self.history, name)
        rows = list_rows(self.history, job)
        folder = next((build.folder for build in list_builds(job)), None)
        events = tuple(read_newest_lines(folder)) if folder else ()
        times = [at for line in events if isinstance(at := line.get("at"), int | float)]
        summary = summarize_job(job, rows)
        running = summary.situation == "running"
        return WatchedJob(
            job,
            summary,
            phases=tuple(list_phases(job, rows)),
            # What a killed process left there is no longer so.
            seen=read_activities(folder) if folder and running else SeenActivities(),
            events=events,
            began=times[0] if times else summary.began,
            at=times[-1] if times else summary.began,
            output=self._read_output(list_kept(self.history, job)),
            code="" if isinstance(job, LocalJob) else job.ticket.approval.code,
        )

    def explain(self, job: WatchedJob) -> str:
        """What became of each task, and why, as `/explain` tells it."""
        if not isinstance(job.job, LocalJob):
            return "\n\n".join(filter(None, (job.summary.why, explain_tasks(job.job.ticket, ""))))
        told = [job.summary.why] if job.summary.why else []
        told += [_explain(task) for phase in job.phases for task in phase.tasks if task.why]
        if job.output.text and job.summary.situation != "passed":
            told.append(f"{job.output.title}\n{job.output.text}")
        return "\n\n".join(told) or NOTHING_KNOWN

    def _read_output(self, kept: Sequence[KeptAttempt]) -> CheckOutput:
        """Of the newest attempt at which a check printed anything."""
        for each in reversed(kept):
            if found := self._read_checks(each):
                return found
        return CheckOutput()

    def _read_checks(self, kept: KeptAttempt) -> CheckOutput | None:
        try:
            changed = kept.at
            known = self._read.get(kept.path)
            if known is None or known[0] != changed:
                known = changed, _last_check(kept)
                self._read[kept.path] = known
        except (OSError, UserError):  # removed meanwhile
            return None
        return known[1] if known[1].title else None


def _last_check(kept: KeptAttempt) -> CheckOutput:
    checks = [part for part in kept.read_parts() if part[0].startswith(_CHECK)]
    if not checks:
        return CheckOutput()
    title, text = checks[-1]
    attempt = f", attempt {kept.number}" if kept.number and kept.name == kept.task else ""
    return CheckOutput(f"{kept.name}{attempt}: {title}", text)


def summarize_job(job: AnyJob, rows: Sequence[RunAttempt]) -> JobSummary:
    if isinstance(job, LocalJob):
        return summarize_local(job, rows)
    return replace(summarize_ticket(job.ticket), id=job.ticket.name)


def list_phases(job: AnyJob, rows: Sequence[RunAttempt]) -> list[ShownPhase]:
    """The plan's, and at the end what stands in none: tasks of further epochs, planner's calls."""
    if isinstance(job, LocalJob):
        text = job.row.plan
    else:
        text = job.ticket.progress.round.text if job.ticket.progress.round else ""
    standing: Mapping[str, TaskStanding] = {t.id: t for t in list_task_states(job, rows)}
    phases: list[ShownPhase] = []
    known: set[str] = set()
    for phase in peek_job(text).phases if text else ():
        tasks = tuple(standing[task.id] for task in phase.tasks if task.id in standing)
        known.update(task.id for task in tasks)
        phases.append(ShownPhase(phase.title, tasks))
    if rest := tuple(task for name, task in standing.items() if name not in known):
        phases.append(ShownPhase("", rest))
    return phases


def _explain(task: TaskStanding) -> str:
    count = f" after {task.attempts} attempts" if task.attempts > 1 else ""
    return f"{task.id}: {task.state}{count}: {task.why}"
