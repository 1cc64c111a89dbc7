"""The kill switch of a machine, thrown while it runs, and what its operator is told of it."""

from pathlib import Path

from bot.config.machine import Settings, state_dir

HALTED = (
    "this machine is halted: no job is started or goes on until `bricklayer halt --off`"
    " (or `halted = false` under [github], where that halts it)"
)


def halt_file(settings: Settings) -> Path:
    """While it is there, nothing new is started on this machine."""
    return state_dir(settings) / "halted"


def is_halted(settings: Settings) -> bool:
    """In the settings, or by the file."""
    return settings.github.halted or halt_file(settings).exists()
