"""The GitHub App by which the bot speaks."""

from typing import Annotated

import typer

from bot.errors import UserError
from handlers.unknown_command import Commands


def register(app: typer.Typer) -> None:
    group = typer.Typer(
        cls=Commands, no_args_is_help=True, help="The GitHub App by which the bot speaks."
    )
    group.command("create")(create_github_app)
    app.add_typer(group, name="app")


def create_github_app(
    name: Annotated[str, typer.Option(help="The App's name.")] = "bricklayer",
    org: Annotated[str, typer.Option("--org", help="An organization that is to own it.")] = "",
    hook: Annotated[str, typer.Option(help="Your server's address, ending in /webhook.")] = "",
    port: Annotated[int, typer.Option(min=1024, max=65535, help="On loopback.")] = 8081,
) -> None:
    """Make a GitHub App in your browser; its key and secret are kept here, mode 0600."""
    import re

    from bot.config.machine import read_settings
    from handlers.app_create import create_app

    # https://docs.github.com/en/apps/creating-github-apps/registering-a-github-app/registering-a-github-app
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9-]{0,33}", name):
        hint = "At most 34 of them, the first no dash: --name bricklayer-ann."
        what = "letters, digits and dashes make an App's name"
        raise UserError(what, where=f"--name {name!r}", hint=hint)
    if hook and not re.fullmatch(r"https?://[A-Za-z0-9.:\[\]-]+(/[^\s?#]*)?/webhook", hook):
        hint = "Where GitHub reaches your server: --hook https://bot.example.com/webhook."
        raise UserError("not the address of a webhook", where=f"--hook {hook!r}", hint=hint)
    create_app(read_settings(), name, org, hook, port)
