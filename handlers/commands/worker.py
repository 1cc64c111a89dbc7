"""A further machine."""

from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    app.command("worker")(run_worker)


def run_worker(
    lanes: Annotated[
        str,
        typer.Option(
            "--lanes",
            metavar="NAMES",
            help="The lanes of this machine's settings to use, with commas between."
            " Default: all of them.",
            show_default=False,
        ),
    ] = "",
) -> None:
    """Plan and build for a server on another machine, until stopped.

    It takes work from the queues in the database that both name in their settings, with models and
    a mirror of its own. What it had when it ends, however it ends, goes on elsewhere.
    """
    from bot.config.machine import read_settings
    from handlers.work import choose_lanes, work

    names = [name for name in map(str.strip, lanes.split(",")) if name]
    work(choose_lanes(read_settings(), names))
