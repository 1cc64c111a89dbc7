"""The channels by which people are told, and a test of each."""

from typing import TYPE_CHECKING, Annotated

import typer

from handlers.commands.options import AsJson
from handlers.process_exit import BLOCKED

if TYPE_CHECKING:
    from bot.config.machine import Settings

JSON_VERSION = 1


def register(app: typer.Typer) -> None:
    app.command("notify")(show_channels)


def show_channels(
    test: Annotated[
        bool, typer.Option("--test", help="Send one message by each channel, and say what came.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Show by which channels people are told that somebody is needed, or a night is over.

    They are set under [notify] of this machine's settings. `serve` sends the messages; nothing
    else does, but for --test. Exit 1 where a channel cannot send.
    """
    from bot.config.machine import read_settings
    from handlers.commands.options import print_json

    settings = read_settings()
    _require_channels(settings)
    found = _send_tests(settings) if test else _list_unset(settings)
    if as_json:
        channels = [{"channel": name, "good": not why, "why": why} for name, why in found.items()]
        print_json({"v": JSON_VERSION, "tested": test, "channels": channels})
    else:
        good = "sent" if test else "set"
        for name, why in found.items():
            typer.echo(f"{name}: {f'not {good}: {why}' if why else good}")
    raise typer.Exit(BLOCKED if any(found.values()) else 0)


def _require_channels(settings: "Settings") -> None:
    from bot.config.machine import find_settings_file
    from bot.errors import UserError

    if not settings.notify.channels:
        hint = "Set one under [notify.webhook], [notify.ntfy], [notify.slack] or [notify.email]."
        raise UserError("no channel is set", where=str(find_settings_file()), hint=hint)


def _list_unset(settings: "Settings") -> dict[str, str]:
    """By channel what it lacks: empty where it has all."""
    import os

    return {
        name: ", ".join(
            f"the environment variable {variable} is not set"
            for variable in channel.variables
            if not os.environ.get(variable, "").strip()
        )
        for name, channel in settings.notify.channels.items()
    }


def _send_tests(settings: "Settings") -> dict[str, str]:
    """By channel why it was not sent: empty where it was."""
    import os
    import time

    from runners.notify.channels import open_channels
    from runners.notify.compose import compose_test
    from runners.notify.message import ChannelError

    found = {}
    message = compose_test(time.time())
    for name, send in open_channels(settings.notify, os.environ).items():
        try:
            send(message)
        except ChannelError as exc:
            found[name] = str(exc)
        else:
            found[name] = ""
    return found
