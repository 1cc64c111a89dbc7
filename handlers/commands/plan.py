"""An issue becomes a plan."""

from pathlib import Path
from typing import Annotated

import typer

from handlers.commands.options import AsJson, Quiet, RepoFolder, Verbose


def register(app: typer.Typer) -> None:
    app.command("plan")(write_plan)


def write_plan(  # noqa: PLR0913, PLR0917  # each is an option of the command
    issue: Annotated[
        str, typer.Argument(metavar="ISSUE", help="The issue, a text file; - for standard input.")
    ],
    repo: RepoFolder = Path(),
    out: Annotated[Path, typer.Option(help="Where the plan is written.")] = Path("job.md"),
    force: Annotated[bool, typer.Option("--force", help="Write over that file.")] = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Have the planner write a plan for an issue, or answer it where it is a question."""
    from handlers.plan import plan_issue

    plan_issue(issue, repo, out, force=force, as_json=as_json, quiet=quiet, verbose=verbose)
