"""Set a repository up."""

from pathlib import Path
from typing import Annotated

import typer

from handlers.commands.options import AsJson, RepoFolder
from handlers.process_exit import MUST_FIX


def register(app: typer.Typer) -> None:
    app.command("init")(set_repository_up)


def set_repository_up(  # noqa: PLR0913, PLR0917  # each is an option of the command
    repo: RepoFolder = Path(),
    yes: Annotated[
        bool, typer.Option("--yes", "-y", help="Write without asking; needed without a terminal.")
    ] = False,
    label: Annotated[bool, typer.Option("--label", help="Make the label on GitHub, too.")] = False,
    workflow: Annotated[
        bool,
        typer.Option("--workflow", help="Add the workflow for a self-hosted runner, too."),
    ] = False,
    pull_request: Annotated[
        bool,
        typer.Option(
            "--pull-request",
            help="Open it as a pull request on GitHub, if a check passed. One at most: closing it"
            " opts out.",
        ),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Set a repository up: find its tests, write the settings and a first job, and try them.

    No model is asked, nothing that is there is written over, and what the repository holds runs in
    the sandbox alone. A repository that has a .bricklayer.toml is checked with it. With --json and
    without --yes, what would be written is told and nothing is done.
    """
    from handlers.onboarding import Wishes, run_onboarding

    wishes = Wishes(
        yes=yes, label=label, workflow=workflow, pull_request=pull_request, as_json=as_json
    )
    if not run_onboarding(repo, wishes):
        raise typer.Exit(MUST_FIX)
