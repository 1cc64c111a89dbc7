"""The sandbox of agents: bubblewrap, whatever this machine and the repository choose for checks."""

from pathlib import Path

from bot.config.machine import Settings
from bot.config.repository import RepoConfig
from runners.sandbox.bubblewrap import Bubblewrap
from runners.sandbox.model import Prepared, Sandbox
from runners.sandbox.probe import find_bubblewrap
from runners.sandbox.shown_tools import choose_shown_tools

PROGRAMS = "/opt/bricklayer"
OUTPUT_MIB = 64
"""An agent prints each of its steps."""


def open_agent_box(settings: Settings, repo: RepoConfig) -> Bubblewrap:
    """Raises UserError with the fix where there is no bubblewrap: never a weaker one instead."""
    limits = repo.sandbox.model_copy(update={"output": max(OUTPUT_MIB, repo.sandbox.output)})
    shown = choose_shown_tools(settings.toolchains)
    return Bubblewrap(find_bubblewrap(), limits, repo.env, shown)


def choose_prepared(checks: Sandbox, setup: Prepared | None) -> Prepared | None:
    """What setup left, where it was made for bubblewrap: an image is another system."""
    return setup if checks.name == "bwrap" else None


def show_program(program: Path) -> tuple[str, tuple[Path, str]]:
    """Where it is executed inside, and what is shown for that: the one file."""
    inside = f"{PROGRAMS}/{program.name}"
    return inside, (program, inside)
