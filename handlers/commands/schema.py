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
) -> None:
    """Print the JSON schema of a file of settings, from which editors complete it."""
    from bot.config.machine import Settings
    from bot.config.repository import RepoConfig
    from handlers.commands.options import print_json

    kind = Settings if file is SettingsFile.machine else RepoConfig
    print_json(kind.model_json_schema())
