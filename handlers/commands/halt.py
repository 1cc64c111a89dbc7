"""The kill switch."""

from typing import Annotated

import typer

from handlers.commands.options import AsJson, print_json


def register(app: typer.Typer) -> None:
    app.command("halt")(halt_or_resume)


def halt_or_resume(
    off: Annotated[bool, typer.Option("--off", help="Go on again.")] = False,
    as_json: AsJson = False,
) -> None:
    """Throw the kill switch: nothing new is started for GitHub, until `halt --off`."""
    from bot.config.halt import halt_file
    from bot.config.machine import read_settings
    from bot.config.private_dir import open_state_dir

    settings = read_settings()
    open_state_dir(settings)
    file = halt_file(settings)
    if off:
        file.unlink(missing_ok=True)
    else:
        file.touch()
    if as_json:
        print_json({"v": 1, "halted": not off, "file": str(file)})
        return
    typer.echo("goes on" if off else f"halted, until `bricklayer halt --off`: {file}")
