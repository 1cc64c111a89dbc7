"""What is wrong on this machine."""

from typing import Annotated

import typer

from handlers.process_exit import BLOCKED

_SIGNS = {True: "ok  ", False: "BAD ", None: "look"}


def register(app: typer.Typer) -> None:
    app.command("doctor")(examine)


def examine(
    models: Annotated[
        bool,
        typer.Option(
            "--models", help="Load each model and ask it a word: it may cost, within the caps."
        ),
    ] = False,
) -> None:
    """Look at this machine, its models and its way to GitHub; exit 1 where something is wrong."""
    from bot.config.machine import read_settings
    from bot.text.invisible import replace_unprintable
    from runners.doctor import examine_all

    good = True
    for finding in examine_all(read_settings(), ask=models):
        hint = f"\n       {finding.hint}" if finding.hint else ""
        typer.echo(replace_unprintable(f"{_SIGNS[finding.good]}  {finding.what}{hint}"))
        good = good and finding.good is not False
    raise typer.Exit(0 if good else BLOCKED)
