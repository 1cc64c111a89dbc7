"""Set a repository up."""

from pathlib import Path
from typing import Annotated

import typer

from handlers.commands.options import RepoFolder
from handlers.process_exit import MUST_FIX


def register(app: typer.Typer) -> None:
    app.command("init")(set_up)


def set_up(
    repo: RepoFolder = Path(),
    yes: Annotated[
        bool, typer.Option("--yes", "-y", help="Write without asking; needed without a terminal.")
    ] = False,
) -> None:
    """Set a repository up: find its tests, write the settings and a first job, and try them.

    No model is asked, nothing that is there is written over, and what the repository holds runs in
    the sandbox alone. A repository that has a .bricklayer.toml is checked with it.
    """
    from handlers.onboarding import run_onboarding

    if not run_onboarding(repo, yes=yes):
        raise typer.Exit(MUST_FIX)
