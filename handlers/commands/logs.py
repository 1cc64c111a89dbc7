"""What happened in a job, line by line."""

from typing import Annotated

import typer

from handlers.commands.options import JobName


def register(app: typer.Typer) -> None:
    app.command("logs")(show_logs)


def show_logs(
    job: JobName = "",
    follow: Annotated[
        bool, typer.Option("--follow", "-f", help="Go on with what happens, until the run ends.")
    ] = False,
    everything: Annotated[
        bool, typer.Option("--all", help="All runs of the job, not only the newest.")
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="The events as `run --json` prints them.")
    ] = False,
) -> None:
    """Show what happened in a job, line by line.

    Of its newest run, as the terminal it ran in showed it, with times; of an issue's job, the
    newest build for it. Ctrl-C ends --follow, and nothing else.
    """
    from bot.config.machine import read_settings
    from handlers.show_logs import print_logs
    from runners.history.open_history import open_history

    history = open_history(read_settings())
    print_logs(history, job, follow=follow, everything=everything, as_json=as_json)
