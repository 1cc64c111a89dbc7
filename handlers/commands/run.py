"""Build a plan, or show what would be done."""

from pathlib import Path
from typing import Annotated

import typer

from handlers.commands.options import Plan, RepoFolder
from handlers.process_exit import BLOCKED, exit_on_interrupt


def register(app: typer.Typer) -> None:
    app.command("run")(build_plan)


def build_plan(  # noqa: PLR0913, PLR0917  # each is an option of the command
    plan: Plan,
    repo: RepoFolder = Path(),
    branch: Annotated[str, typer.Option(help="Branch to leave. Default: from the title.")] = "",
    only: Annotated[str, typer.Option(help="One task, with what it waits for.")] = "",
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Begin anew; the branch is kept under another name.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would be done.")] = False,
) -> None:
    """Build a plan on a branch. Started again after a kill, it goes on where it was."""
    from bot.config.machine import read_settings
    from handlers.console import BuildView, show_preview
    from runners.build.load_plan import RunRequest, load_plan, require_models
    from runners.project import read_plan

    request = RunRequest(read_plan(plan), repo, path=plan, branch=branch, only=only, fresh=fresh)
    settings = read_settings()
    if dry_run:
        checked = load_plan(request)
        show_preview(checked, settings)
        require_models(checked.job, settings, only)
        return
    from runners.build.run import run_job as build_job

    exit_on_interrupt()
    with BuildView() as view:
        result = build_job(request, settings, view.show_progress)
    view.show_result(result)
    raise typer.Exit(0 if result.passed else BLOCKED)
