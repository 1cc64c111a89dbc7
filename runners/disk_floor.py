"""Below a floor of free disk nothing new begins, and what runs stops at its next step, undone.

A disk that is full in the middle of a write costs more than a pause: databases, git and the
journal would each fail in a way of its own.
"""

import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

from bot.config.machine import Settings, state_dir
from bot.errors import DiskFloorError

MAKE_ROOM = (
    "Nothing is lost, and nothing new begins. `bricklayer gc` removes what no job needs any"
    " more (`--dry-run` says what); or make room, or lower `free_disk` under `[keep]`."
)


@dataclass(frozen=True, slots=True)
class Room:
    """Bytes that are `free` of `size` on the file system where `what`, in words, lies."""

    what: str
    folder: Path
    free: int
    size: int

    def find_floor(self, settings: Settings) -> int:
        """Bytes: as set, but of a small file system, as in memory, no more than a quarter."""
        return min(settings.keep.free_disk << 20, self.size // 4)


def require_free_disk(settings: Settings) -> None:
    """Raise DiskFloorError where less than `[keep] free_disk` is free; a few microseconds."""
    if short := find_short_room(settings):
        raise floor_error(short, short.find_floor(settings) >> 20)


def find_short_room(settings: Settings, share: float = 1.0) -> Room | None:
    """The first that has less free than that share of its floor."""
    rooms = list_rooms(settings)
    return next((room for room in rooms if room.free < share * room.find_floor(settings)), None)


def list_rooms(settings: Settings) -> list[Room]:
    """One for each file system, named after the first thing of ours on it."""
    found: dict[int, Room] = {}
    for what, wanted in _list_places(settings):
        folder = next(each for each in (wanted, *wanted.parents) if each.is_dir())
        told = os.statvfs(folder)
        sizes = (told.f_bavail * told.f_frsize, told.f_blocks * told.f_frsize)
        room = Room(what, folder, *sizes)
        found.setdefault(folder.stat().st_dev, room)
    return list(found.values())


def _list_places(settings: Settings) -> Iterator[tuple[str, Path]]:
    state = state_dir(settings)
    yield "the state folder", state
    yield "the temporary folder", Path(tempfile.gettempdir())
    # An absolute path: `sqlite:////var/lib/x.sqlite`, see `Settings`.
    kind, _, path = settings.database_url.partition(":///")
    if kind.startswith("sqlite") and path.startswith("/"):
        yield "the database", Path(unquote(path.partition("?")[0])).parent


def floor_error(room: Room, least: int) -> DiskFloorError:
    what = f"{room.free >> 20} MiB are free where {room.what} lies, less than {least} MiB"
    return DiskFloorError(what, where=str(room.folder), hint=MAKE_ROOM)
