"""The database, made again."""

import typer

from handlers.process_exit import BLOCKED


def register(app: typer.Typer) -> None:
    app.command("reconcile")(rebuild_database)


def rebuild_database() -> None:
    """Make the database again from GitHub and git; exit 1 where a repository cannot be read."""
    from bot.config.machine import read_settings
    from bot.text.invisible import replace_unprintable
    from handlers.reconcile import reconcile

    good = True
    for line, looked in reconcile(read_settings()):
        typer.echo(replace_unprintable(line))
        good = good and looked
    raise typer.Exit(0 if good else BLOCKED)
