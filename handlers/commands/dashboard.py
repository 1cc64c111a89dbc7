"""The link that signs the machine's owner in to the dashboard."""

import typer


def register(app: typer.Typer) -> None:
    app.command("dashboard")(print_link)


def print_link() -> None:
    """Print a link to the pages of `bricklayer serve` that signs you in, once, within 5 minutes."""
    from bot.config.machine import read_settings
    from handlers.dashboard.owner_link import make_owner_link

    typer.echo(make_owner_link(read_settings()))
