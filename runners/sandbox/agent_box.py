"""The sandbox of agents: bubblewrap, whatever this machine and the repository choose for checks."""

from bot.config.machine import Settings
from bot.config.repository import RepoConfig
from runners.sandbox.bubblewrap import Bubblewrap
from runners.sandbox.model import Prepared, Sandbox
from runners.sandbox.probe import find_bubblewrap
from runners.sandbox.shown_tools import choose_shown_tools

OUTPUT_MIB = 64
"""An agent prints each of its steps."""


def open_agent_box(
    settings: Settings, repo: RepoConfig, checks: Sandbox, setup: Prepared | None
) -> tuple[Bubblewrap, Prepared | None]:
    """With what setup left, where it was made for bubblewrap: in an image it ran on another system.

    Raises UserError with the fix where there is no bubblewrap: never a weaker one instead.
    """
    limits = repo.sandbox.model_copy(update={"output": max(OUTPUT_MIB, repo.sandbox.output)})
    shown = choose_shown_tools(settings.toolchains)
    box = Bubblewrap(find_bubblewrap(), limits, repo.env, shown)
    return box, setup if checks.name == box.name else None
