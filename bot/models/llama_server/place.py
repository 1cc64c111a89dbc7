"""Where this machine's llama-servers have their folders, on which lane, and whose they are."""

import os
from dataclasses import dataclass
from pathlib import Path

from bot.config.machine import Settings, state_dir
from bot.config.paths import find_state_home
from bot.config.tiers import Lane

FOLDER = "servers"


@dataclass(frozen=True, slots=True)
class ServerPlace:
    """`folder` has a folder for each server. What is asked outside a job has the first lane's."""

    folder: Path
    lane: Lane | None = None


def find_server_place(settings: Settings, lane: Lane | None = None) -> ServerPlace:
    return ServerPlace(state_dir(settings) / FOLDER, lane or settings.lanes[0])


def default_place(lane: Lane | None) -> ServerPlace:
    """Of a machine without settings."""
    return ServerPlace(find_state_home() / "bricklayer" / FOLDER, lane)


class _Owner:
    pid = 0


def own_servers_by(pid: int) -> None:
    """Servers that this process starts live as long as that one: its parent, which starts others.

    Called once, as a process begins.
    """
    _Owner.pid = pid


def find_owner() -> int:
    return _Owner.pid or os.getpid()
