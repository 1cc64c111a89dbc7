"""Validate a plan."""

from pathlib import Path

import typer

from bot.text.invisible import replace_unprintable
from handlers.commands.options import Plan, RepoFolder


def register(app: typer.Typer) -> None:
    app.command("check")(check_plan)


def check_plan(plan: Plan, repo: RepoFolder = Path()) -> None:
    """Validate a plan: every fault at once, with its line and the fix. Changes nothing."""
    from handlers.console import format_count
    from runners.build.load_plan import RunRequest, load_plan
    from runners.planning.warnings import find_warnings
    from runners.project import read_plan

    checked = load_plan(RunRequest(read_plan(plan), repo, path=plan))
    tasks = sum(len(phase.tasks) for phase in checked.job.phases)
    for warning in find_warnings(checked.repo, checked.base, checked.job, checked.config):
        said = f"{plan}:{warning.line}: warning: {warning.what}\n  {warning.hint}"
        typer.echo(replace_unprintable(said))
    phases = format_count(len(checked.job.phases), "phase")
    said = f"{plan}: good: {phases}, {format_count(tasks, 'task')}"
    typer.echo(replace_unprintable(said))
