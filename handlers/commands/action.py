"""One run of GitHub Actions."""

from typing import Annotated

import typer

from handlers.process_exit import BLOCKED


def register(app: typer.Typer) -> None:
    app.command("action")(handle_action_event)


def handle_action_event(
    hours: Annotated[float, typer.Option(min=0.01, max=24, help="When to stop working.")] = 5.5,
) -> None:
    """Do what this GitHub Actions run's event asks for; exit 1 where GitHub could not be asked."""
    from bot.config.machine import read_settings
    from handlers.action import run_action

    raise typer.Exit(0 if run_action(read_settings(), hours) else BLOCKED)
