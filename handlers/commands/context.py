"""What a model would be shown."""

from pathlib import Path
from typing import Annotated

import typer

from bot.text.invisible import replace_unprintable
from handlers.commands.options import Plan, RepoFolder


def register(app: typer.Typer) -> None:
    app.command("context")(show_prompt)


def show_prompt(  # noqa: PLR0913, PLR0917  # each is an option of the command
    plan: Plan,
    task: Annotated[str, typer.Argument(metavar="TASK", help="The task's id.", show_default=False)],
    repo: RepoFolder = Path(),
    attempt: Annotated[int, typer.Option(min=0, help="0: the first that asks a model.")] = 0,
    check_first: Annotated[
        bool, typer.Option("--run-check", help="Run the task's check first, in the sandbox.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="The same as data.")] = False,
) -> None:
    """Show what a model would get for a task, part by part. Asks none, and changes nothing."""
    import json

    from bot.config.machine import read_settings
    from handlers.console import prompt_lines
    from runners.build.load_plan import RunRequest
    from runners.build.prompt_preview import as_data, preview_prompt
    from runners.project import read_plan

    request = RunRequest(read_plan(plan), repo, path=plan)
    preview = preview_prompt(request, task, attempt, read_settings(), check_first=check_first)
    data = json.dumps(as_data(preview), indent=2) if as_json else "\n".join(prompt_lines(preview))
    typer.echo(replace_unprintable(data))
