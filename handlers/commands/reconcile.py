"""The database, made again."""

import typer

from handlers.commands.options import AsJson, print_json
from handlers.process_exit import BLOCKED


def register(app: typer.Typer) -> None:
    app.command("reconcile")(rebuild_database)


def rebuild_database(as_json: AsJson = False) -> None:
    """Make the database again from GitHub and git; exit 1 where a repository cannot be read."""
    from bot.config.machine import read_settings
    from bot.text.invisible import replace_unprintable
    from handlers.reconcile import reconcile

    good, lines = True, list[dict[str, object]]()
    for line, looked in reconcile(read_settings()):
        if not as_json:
            typer.echo(replace_unprintable(line))
        lines.append({"text": line, "looked_at": looked})
        good = good and looked
    if as_json:
        print_json({"v": 1, "lines": lines})
    raise typer.Exit(0 if good else BLOCKED)
