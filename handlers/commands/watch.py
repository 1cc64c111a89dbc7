"""A job as it is built, live, with keys to steer it."""

from typing import Annotated

import typer

from bot.errors import UserError
from handlers.commands.options import JobName

INSTALL = "uv tool install '.[watch]'"


def register(app: typer.Typer) -> None:
    app.command("watch")(watch)


def watch(
    job: JobName = "",
    plain: Annotated[
        bool, typer.Option("--plain", help="Lines, as without a terminal, until the job ends.")
    ] = False,
) -> None:
    """Watch a job while some process builds it: lanes, tasks, tokens a second, what is printed.

    It only reads. Keys do what the commands of the same names do: a approve, r retry, e explain,
    c cancel, p pause; q leaves, and ends nothing else. Needs the package textual
    (in a clone of Bricklayer: uv tool install '.[watch]'); --plain does without.
    """
    import os
    import sys
    from importlib.util import find_spec

    from bot.config.machine import read_settings
    from runners.history.open_history import open_history

    is_terminal = sys.stdin.isatty() and sys.stdout.isatty()
    if plain or not is_terminal or os.environ.get("TERM") == "dumb":
        from handlers.watch_plain import watch_in_lines

        watch_in_lines(open_history(read_settings()), job)
        return
    if find_spec("textual") is None:
        hint = f"In a clone of Bricklayer, run {INSTALL}; or `bricklayer watch --plain`."
        raise UserError("this needs the package textual", where="bricklayer watch", hint=hint)
    from handlers.watch_app import watch_on_terminal

    watch_on_terminal(open_history(read_settings()), job)
