"""The jobs of this machine."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from handlers.commands.options import AsJson

if TYPE_CHECKING:
    from bot.config.machine import Settings
    from bot.pass_rate import PassRate
    from runners.history.list_jobs import JobList
    from runners.history.open_history import OpenHistory

DEFAULT_LIMIT = 30
JSON_VERSION = 1


def register(app: typer.Typer) -> None:
    app.command("jobs")(show_jobs)


def show_jobs(
    limit: Annotated[
        int, typer.Option("--limit", "-n", min=0, help="How many of the newest; 0 for all.")
    ] = DEFAULT_LIMIT,
    queue: Annotated[
        bool, typer.Option("--queue", help="What waits and runs now, and on which workers.")
    ] = False,
    planners: Annotated[
        bool,
        typer.Option("--planners", help="How sound each model's plans proved, and their faults."),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """List what was built here, the newest first.

    Jobs of `run` and those of issues, each with the name that `show`, `logs` and the other
    commands take, when it began, how many of its tasks passed, what all its runs cost, and
    where it is.
    """
    from bot.config.machine import read_settings
    from handlers.commands.options import print_json
    from runners.history.list_jobs import JobList, list_jobs
    from runners.history.open_history import find_history, no_jobs_error

    settings = read_settings()
    if queue:
        _show_queue(settings, as_json=as_json)
        return
    history = find_history(settings)
    if planners and history:
        _show_planners(history, as_json=as_json)
        return
    found = list_jobs(history, limit) if history else JobList(())
    if as_json:
        jobs = [asdict(job) for job in found.jobs]
        print_json({"v": JSON_VERSION, "jobs": jobs, "older": found.older})
        return
    if not found.jobs:
        typer.echo(str(no_jobs_error(settings)), err=True)
        return
    _print_table(found)


def _show_queue(settings: "Settings", *, as_json: bool) -> None:
    import time

    from bot.config.private_dir import open_state_dir
    from bot.storage.database import open_database, sqlite_url
    from handlers.commands.options import print_json
    from handlers.show_queue import list_queue_lines
    from runners.history.quota_windows import list_told, read_windows
    from runners.queues.open_schedule import open_schedule

    url = settings.database_url or sqlite_url(open_state_dir(settings))
    schedule = open_schedule(url)
    windows = read_windows(open_database(url), settings, time.time())
    if as_json:
        quotas = [asdict(window) for window in windows]
        print_json({"v": JSON_VERSION, **asdict(schedule), "quotas": quotas})
        return
    for line in list_queue_lines(schedule, list_told(windows)):
        typer.echo(line)


def _show_planners(history: "OpenHistory", *, as_json: bool) -> None:
    from bot.pass_rate import PassRate
    from bot.storage.plan_facts import PlanFactStore, describe_faults
    from bot.text.invisible import make_printable
    from handlers.commands.options import print_json
    from handlers.plain_lines import format_columns

    counts = PlanFactStore(history.store.engine).count_planners(0.0)
    if as_json:
        print_json({"v": JSON_VERSION, "planners": [asdict(count) for count in counts]})
        return
    rows = [
        (
            make_printable(count.model),
            str(count.plans),
            str(count.faulty),
            _format_rate(PassRate(max(0, count.plans - count.faulty), count.plans)),
            describe_faults(count.faults) or "none",
        )
        for count in counts
    ]
    head = ("PLANNER", "PLANS", "FAULTY", "SOUND", "FAULTS")
    for line in format_columns([head, *rows], right=(1, 2)):
        typer.echo(line)


def _format_rate(rate: "PassRate") -> str:
    return f"{rate.part:.0%} ({rate.low:.0%} to {rate.high:.0%})"


def _print_table(found: "JobList") -> None:
    import time

    from handlers.plain_lines import format_age, format_columns, format_cost

    now = time.time()
    head = ("JOB", "BEGAN", "TASKS", "TOKENS", "COST", "STATE", "TITLE")
    rows = [
        (
            job.id,
            format_age(job.began, now),
            f"{job.done}/{job.total}",
            f"{job.tokens:,}",
            format_cost(job.cost),
            job.state,
            f"{job.title} ({job.branch})" if job.branch else job.title,
        )
        for job in found.jobs
    ]
    for line in format_columns([head, *rows], right=(2, 3, 4)):
        typer.echo(line)
    if found.older:
        typer.echo(f"{found.older} older: bricklayer jobs --limit 0")
