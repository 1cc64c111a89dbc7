"""A model's reply becomes files."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from bot.errors import UserError
from bot.text.invisible import replace_unprintable
from handlers.process_exit import BLOCKED


def register(app: typer.Typer) -> None:
    app.command("apply")(apply_edits)


def apply_edits(
    root: Annotated[Path, typer.Option(help="Folder the paths are relative to.")] = Path(),
    file: Annotated[str, typer.Option(help="The file meant where the reply names none.")] = "",
    task: Annotated[
        str,
        typer.Option(
            help="What the reply was asked to do: then it may give single functions, and lose what"
            " that asks to go."
        ),
    ] = "",
    whole: Annotated[
        bool, typer.Option("--whole", help="A file that the reply gives whole may lose anything.")
    ] = False,
) -> None:
    """Apply the edits in a model's reply, read from standard input: all of them or none."""
    from runners.edits import EditError, apply_reply

    if not root.is_dir():
        hint = "Name the one the paths are in: --root DIR."
        raise UserError("no such folder", where=str(root), hint=hint)
    try:
        reply = sys.stdin.buffer.read().decode()
        paths = apply_reply(root, file, reply, task_text=task or None, whole=whole)
    except UnicodeDecodeError as exc:
        typer.echo(f"the reply is not UTF-8 (byte {exc.start}); nothing was changed", err=True)
        raise typer.Exit(BLOCKED) from exc
    except EditError as exc:
        typer.echo(replace_unprintable(f"{exc.reason}\n  {exc.hint}".rstrip()), err=True)
        raise typer.Exit(BLOCKED) from exc
    typer.echo(replace_unprintable("\n".join(paths)))
