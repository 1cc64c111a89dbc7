"""`bricklayer show`: one job, or one attempt at a task of it, as lines or as data."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict

from bot.config.machine import state_dir
from bot.errors import UserError
from bot.ledger import LedgerRow
from bot.ledger_sums import sum_by_tier
from bot.storage.history import RunAttempt
from bot.text.invisible import replace_unprintable
from bot.ticket.findings import Finding
from bot.ticket.keys import name_folder
from bot.ticket.passes import Passes, list_passes
from bot.ticket.status_comment import describe_next_step
from handlers.commands.options import print_json
from handlers.pager import page
from handlers.plain_lines import format_columns, format_cost, format_time, to_line
from runners.build.context import JOB_BASE, JOB_GATE, JOB_HELD_BACK, JOB_UNION
from runners.build.result_data import spent_data
from runners.history.attempts import (
    KeptAttempt,
    choose_attempt,
    describe_attempts,
    list_builds,
    list_kept,
    list_rows,
)
from runners.history.find_job import find_job, name_of
from runners.history.job_model import AnyJob, JobSummary, LocalJob
from runners.history.list_jobs import summarize_local, summarize_ticket
from runners.history.open_history import OpenHistory
from runners.history.task_states import TaskStanding, list_task_states

JSON_VERSION = 1
_LEDGER_HEAD = ("TIER", "MODEL", "ATTEMPTS", "TOKENS IN", "OUT", "SECONDS", "COST")
_ASKED_BESIDE = frozenset({"planner", "reviewer"})
"""Tiers that work for an issue outside of its builds."""
_LEDGER_RIGHT = (2, 3, 4, 5, 6)


def show_job(history: OpenHistory, name: str, *, as_json: bool) -> None:
    job = find_job(history, name)
    rows, kept = list_rows(history, job), list_kept(history, job)
    summary = (
        summarize_local(job, rows) if isinstance(job, LocalJob) else summarize_ticket(job.ticket)
    )
    tasks = list_task_states(job, rows)
    if as_json:
        print_json(_job_data(job, summary, tasks, rows, kept))
        return
    spent = [] if isinstance(job, LocalJob) else list(job.ticket.progress.rows)
    passes = list_passes(spent or [each.row for each in rows])
    findings = () if isinstance(job, LocalJob) else job.ticket.findings
    lines = [
        *_head_lines(job, summary),
        *_task_lines(tasks),
        *_pass_lines(passes, findings),
        *_ledger_lines(rows, spent),
        *_file_lines(history, job, kept),
        *_next_lines(job, summary, tasks),
    ]
    page("\n".join(lines))


def _head_lines(job: AnyJob, summary: JobSummary) -> Iterator[str]:
    yield to_line(summary.title)
    facts = [("job", summary.id), ("state", summary.state)]
    facts += [("why", line) for line in summary.why.splitlines()[:1]]
    facts += [("branch", summary.branch), ("repository", summary.repo)]
    if isinstance(job, LocalJob):
        facts += [("base", job.row.base), ("plan", str(job.last_run.begin.get("plan", "")))]
        facts += [("process", str(job.holder or ""))]
        facts += [("began", f"{format_time(summary.began)}, as run {job.row.run}")]
    else:
        facts += [("pull request", f"#{job.ticket.remote.pull}" if job.ticket.remote.pull else "")]
        facts += [("began", format_time(summary.began))]
    yield from (f"  {line}" for line in format_columns([fact for fact in facts if fact[1]]))
    # The rest of the reason, what a check printed say, is as long as it is.
    yield from (f"    {replace_unprintable(line)}" for line in summary.why.splitlines()[1:])


def _task_lines(tasks: Sequence[TaskStanding]) -> Iterator[str]:
    if not tasks:
        return
    rows = [
        (t.id, t.state, f"{t.attempts:,}", f"{t.tokens:,}", format_cost(t.cost), _told(t))
        for t in tasks
    ]
    head = ("TASK", "STATE", "ATTEMPTS", "TOKENS", "COST", "")
    yield ""
    yield from format_columns([head, *rows], right=(2, 3, 4))


def _told(task: TaskStanding) -> str:
    lines = task.why.splitlines() or [""]
    return f"commit {task.commit[:12]}" if task.commit else lines[0]


def _pass_lines(passes: Passes, findings: Sequence[Finding]) -> Iterator[str]:
    """Which models planned, implemented and reviewed it, and what was found."""
    named = [(name, ", ".join(models)) for name, models in passes.items() if models]
    if not named:
        return
    yield ""
    yield from format_columns([("PASS", "BY"), *named])
    for each in findings:
        said = to_line(f"{each.path}:{each.line}: {each.said}")
        facts = (each.proof_state, each.verdict and f"{each.verdict} by {each.by}", each.follow_up)
        yield f"  {said} ({', '.join(filter(None, facts))})"


def _ledger_lines(attempts: Sequence[RunAttempt], others: Sequence[LedgerRow]) -> Iterator[str]:
    """Each run's sums, and those of all where there were several."""
    keys = list(dict.fromkeys((each.job, each.run) for each in attempts))
    several_jobs = len({job for job, _ in keys}) > 1
    for job, run in keys:
        title = f"run {run} of {job}" if several_jobs else f"run {run}"
        yield from format_ledger(title, [e.row for e in attempts if (e.job, e.run) == (job, run)])
    rows = [each.row for each in attempts]
    if len(keys) > 1:
        yield from format_ledger("all runs", rows)
    if others and not rows:
        yield from format_ledger("all that was spent", others)
    elif beside := [row for row in others if row.tier in _ASKED_BESIDE and row not in rows]:
        yield from format_ledger("plan, reviews and questions", beside)


def format_ledger(title: str, rows: Sequence[LedgerRow]) -> Iterator[str]:
    yield ""
    yield f"{title}:"
    cells = [total.table_cells() for total in sum_by_tier(rows)]
    yield from (f"  {line}" for line in format_columns([_LEDGER_HEAD, *cells], right=_LEDGER_RIGHT))


def _file_lines(history: OpenHistory, job: AnyJob, kept: Sequence[KeptAttempt]) -> Iterator[str]:
    builds = list_builds(job)
    folders = [str(build.folder) for build in builds[:1]]
    if not isinstance(job, LocalJob):
        # What the processes that worked for it printed.
        name = name_folder(job.ticket.key)
        folders.append(str(state_dir(history.settings) / "tickets" / name / "work.log"))
    yield ""
    yield f"files: {', '.join(folders)}"
    for task in dict.fromkeys(each.name for each in kept):
        of_task = [each for each in kept if each.name == task]
        yield f"  {to_line(task)}: {describe_attempts(of_task)}"


def _next_lines(job: AnyJob, summary: JobSummary, tasks: Sequence[TaskStanding]) -> Iterator[str]:
    name = summary.id
    yield ""
    if not isinstance(job, LocalJob):
        if step := describe_next_step(job.ticket):
            yield to_line(step.replace("**", ""))
        return
    if summary.situation == "blocked" and tasks and all(t.state == "passed" for t in tasks):
        yield f"next: bricklayer show {name} gate, for all that the final gate's checks printed"
        return
    tried = next((t.id for t in tasks if t.state == "blocked" and t.attempts), "") or next(
        (t.id for t in tasks if t.attempts), "TASK"
    )
    yield f"next: bricklayer show {name} {tried}, or bricklayer logs {name}"
    if summary.situation == "running":
        yield f"      bricklayer logs {name} --follow, pause {name} or cancel {name}"
    if summary.situation in {"stopped", "paused"}:
        yield f"      bricklayer resume {name} goes on where it was"
    if summary.situation in {"blocked", "cancelled", "failed"}:
        yield f"      bricklayer retry {name} tries once more; what passed is kept"
    if summary.situation == "passed":
        yield f"      git diff {job.row.base[:12]}...{summary.branch}"


def is_task_of_newest(history: OpenHistory, name: str) -> bool:
    """Whether a task of the newest job is called that, and no job is."""
    if not name or name not in {e.name for e in list_kept(history, find_job(history, ""))}:
        return False
    try:
        find_job(history, name, whole=True)
    except UserError:
        return True
    return False


def show_attempt(  # noqa: PLR0913  # which one, and how
    history: OpenHistory,
    name: str,
    task: str,
    number: int | None,
    run: int | None,
    *,
    as_json: bool,
) -> None:
    job = find_job(history, name)
    kept = list_kept(history, job)
    chosen = choose_attempt(kept, task, number, run)
    parts = chosen.read_parts()
    if as_json:
        print_json(_attempt_data(chosen, parts))
        return
    others = describe_attempts([each for each in kept if each.task == chosen.task])
    lines = [
        f"{name_of(job)}: {_describe_chosen(chosen)}",
        *_row_lines(chosen.row),
        f"kept: {others} (--attempt N, --run R)",
        f"file: {chosen.path}",
    ]
    for title, body in parts:
        lines += ["", f"===== {to_line(title)} =====", replace_unprintable(body.rstrip("\n"))]
    page("\n".join(lines))


def _describe_chosen(chosen: KeptAttempt) -> str:
    own = {JOB_BASE: "the job's checks on its base", JOB_GATE: "the final gate"}
    own[JOB_HELD_BACK] = "the tests that were held back"
    if chosen.task == JOB_UNION:
        own[chosen.path.stem] = "what several tasks made, taken together"
    if words := own.get(chosen.path.stem):
        return f"{words}, in run {chosen.run}"
    if chosen.number == 0:
        return f"{to_line(chosen.task)}, before anything was done, in run {chosen.run}"
    return f"{to_line(chosen.task)}, attempt {chosen.number} of run {chosen.run}"


def _row_lines(row: LedgerRow | None) -> Iterator[str]:
    if row:
        spent = f"{row.all_tokens_in:,} tokens in, {row.all_tokens_out:,} out"
        cost = f", cost {format_cost(row.cost)}" if row.cost else ""
        yield f"{to_line(row.tier)} {to_line(row.model)}: {row.outcome}"
        if row.said_way:
            yield f"asked for as {to_line(row.said_way)}"
        if row.start:
            yield f"begun with {to_line(row.start)}"
        yield f"{spent}, {row.seconds:.1f} s{cost}"


def _attempt_data(chosen: KeptAttempt, parts: Sequence[tuple[str, str]]) -> dict[str, object]:
    return {
        "v": JSON_VERSION,
        "job": chosen.job,
        "run": chosen.run,
        "task": chosen.task,
        "attempt": chosen.number,
        "file": str(chosen.path),
        "spent": asdict(chosen.row) if chosen.row else None,
        "parts": [{"title": title, "text": text} for title, text in parts],
    }


def _job_data(
    job: AnyJob,
    summary: JobSummary,
    tasks: Sequence[TaskStanding],
    rows: Sequence[RunAttempt],
    kept: Sequence[KeptAttempt],
) -> dict[str, object]:
    runs = dict.fromkeys((each.job, each.run) for each in rows)
    ticket = None if isinstance(job, LocalJob) else job.ticket
    passes = list_passes(ticket.progress.rows if ticket else [each.row for each in rows])
    return {
        "v": JSON_VERSION,
        "job": asdict(summary),
        "passes": {name: list(models) for name, models in passes.items()},
        "findings": [_finding_data(each) for each in ticket.findings] if ticket else [],
        "builds": [
            {"id": b.row.id, "base": b.row.base, "run": b.row.run, "folder": str(b.folder)}
            for b in list_builds(job)
        ],
        "tasks": [asdict(task) for task in tasks],
        "runs": [
            {
                "job": name,
                "run": run,
                "spent": spent_data([e.row for e in rows if (e.job, e.run) == (name, run)]),
            }
            for name, run in runs
        ],
        "attempts": [_kept_data(each) for each in kept],
    }


def _finding_data(finding: Finding) -> dict[str, object]:
    return {
        "path": finding.path,
        "line": finding.line,
        "model": finding.model,
        "text": finding.said,
        "proof": finding.proof_state,
        "verdict": finding.verdict,
        "by": finding.by,
        "follow_up": finding.follow_up,
        "commit": finding.head,
    }


def _kept_data(kept: KeptAttempt) -> dict[str, object]:
    return {
        "job": kept.job,
        "run": kept.run,
        "task": kept.task,
        "attempt": kept.number,
        "tier": kept.row.tier if kept.row else "",
        "model": kept.row.model if kept.row else "",
        "outcome": kept.row.outcome if kept.row else "",
        "round": kept.row.counted_round if kept.row else 0,
        "candidate": kept.row.candidate if kept.row else 0,
        "candidates": kept.row.candidates if kept.row else 0,
        "strategy": kept.row.strategy if kept.row else "",
        "start": kept.row.start if kept.row else "",
        "file": str(kept.path),
    }
