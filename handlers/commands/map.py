"""What a text is about, in a repository."""

from pathlib import Path
from typing import Annotated

import typer

from handlers.commands.options import RepoFolder


def register(app: typer.Typer) -> None:
    app.command("map")(show_repo_map)


def show_repo_map(  # noqa: PLR0913, PLR0917  # each is an option of the command
    repo: RepoFolder = Path(),
    query: Annotated[str, typer.Option(help="What it is about; - reads standard input.")] = "",
    tokens: Annotated[int, typer.Option(min=1, max=1_000_000, help="The most it may have.")] = 2000,
    rev: Annotated[str, typer.Option(help="Branch or commit. Default: what is checked out.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="With scores and reasons.")] = False,
    svg: Annotated[bool, typer.Option("--svg", help="Draw files and imports instead.")] = False,
    out: Annotated[Path | None, typer.Option(help="File for the picture.")] = None,
) -> None:
    """Show the files and definitions a text is about, as the planner would see them."""
    from handlers.map import show_graph, show_map

    if svg:
        show_graph(repo, query, rev, out)
        return
    show_map(repo, query, tokens, rev, as_json=as_json)
