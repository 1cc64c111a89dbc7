"""The kill switch."""

from pathlib import Path
from typing import Annotated

import typer

from handlers.commands.options import AsJson, print_json


def register(app: typer.Typer) -> None:
    app.command("halt")(halt_or_resume)


def halt_or_resume(
    off: Annotated[bool, typer.Option("--off", help="Go on again.")] = False,
    here: Annotated[bool, typer.Option("--here", help="This machine alone.")] = False,
    as_json: AsJson = False,
) -> None:
    """Throw the kill switch: nothing new is started for GitHub, until `halt --off`.

    For all machines on the same database. Where that is away, and with --here, for this one alone.
    """
    from bot.config.halt import halt_file
    from bot.config.machine import read_settings
    from bot.config.private_dir import open_state_dir
    from bot.errors import UserError
    from bot.storage.kill_switch import halt_all
    from handlers.process_exit import INTERNAL_ERROR
    from runners.tickets.services import open_tickets

    settings = read_settings()
    open_state_dir(settings)
    file = halt_file(settings)
    if off:
        file.unlink(missing_ok=True)
    else:
        file.touch()  # first: this machine halts at once, whatever the database does
    everywhere = False
    if not here:
        try:
            everywhere = halt_all(open_tickets(settings), on=not off)
        except UserError as exc:
            typer.echo(str(exc), err=True)
    if everywhere and not off:
        file.unlink()  # the database has it, and whoever says `--off` need not be here
    if as_json:
        facts = {"v": 1, "halted": not off, "file": str(file), "everywhere": everywhere}
        print_json(facts)
    else:
        typer.echo(describe(file, off=off, here=here, everywhere=everywhere))
    if not everywhere and not here:
        raise typer.Exit(INTERNAL_ERROR)


def describe(file: Path, *, off: bool, here: bool, everywhere: bool) -> str:
    if off:
        where = "" if everywhere else ", on this machine"
        left = "" if everywhere or here else ": a halt in the database stays, as that is away"
        return f"goes on{where}{left}"
    if everywhere:
        return "halted, on all machines of this database, until `bricklayer halt --off`"
    if here:
        return f"halted, on this machine alone, until `bricklayer halt --off`: {file}"
    return f"halted, on this machine alone, as the database is away: {file}. Say it again later."
