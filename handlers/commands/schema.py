"""Print the JSON schema of a file of settings."""

from enum import Enum
from typing import Annotated

import typer


class SettingsFile(Enum):
    machine = "machine"
    repository = "repository"


def register(app: typer.Typer) -> None:
    app.command("schema")(print_schema)


def print_schema(
    file: Annotated[
        SettingsFile,
        typer.Argument(
            metavar="FILE", help="machine: bricklayer.toml; repository: .bricklayer.toml."
        ),
    ],
    write: Annotated[
        bool,
        typer.Option(
            "--write",
            help="Write it beside this machine's settings, over that of an earlier version.",
        ),
    ] = False,
) -> None:
    """Print the JSON schema of a file of settings, from which editors complete it.

    A repository's file names no schema itself, as the same line would have to be right on every
    machine: your editor's settings name the file that --write writes.
    """
    from handlers.commands.options import print_json
    from handlers.schema_files import schema_of, write_schema

    if write:
        typer.echo(write_schema(file.value))
    else:
        print_json(schema_of(file.value))
