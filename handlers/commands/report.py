"""What came of the night, or of any other time."""

from dataclasses import asdict
from typing import Annotated

import typer

from handlers.commands.options import AsJson

JSON_VERSION = 1


def register(app: typer.Typer) -> None:
    app.command("report")(show_report)


def show_report(
    since: Annotated[
        str,
        typer.Option(
            "--since",
            metavar="TIME",
            help="A local time as 2026-11-28T18:00, a time of today as 06:00, or a number of hours"
            " back as 12h. Default: 18:00 of yesterday.",
            show_default=False,
        ),
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Tell what came of the night: landed, blocked, what needs you, spent, surprises, quotas.

    The same text that `serve` sends when a night is over, where [notify] names whom.
    """
    import time

    from bot.config.machine import read_settings
    from handlers.commands.options import print_json
    from handlers.read_since import read_since
    from runners.dashboard.morning import find_last_evening, read_morning
    from runners.dashboard.morning_text import format_morning
    from runners.history.open_history import open_history

    now = time.time()
    began = read_since(since, now) if since else find_last_evening(now)
    report = read_morning(open_history(read_settings()), began, now)
    text = format_morning(report)
    if as_json:
        data = {**asdict(report), "total": asdict(report.total), "text": text}
        print_json({"v": JSON_VERSION, **data})
    else:
        typer.echo(text)
