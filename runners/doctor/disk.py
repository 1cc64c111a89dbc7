"""Examines folders: whether they can be written, and what room is left in them."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from bot.config.machine import Settings, state_dir
from bot.config.private_dir import ensure_private_dir
from runners.checks.setup_sweep import find_caches
from runners.disk_floor import Room, floor_error, list_rooms
from runners.doctor.finding import Finding, try_step

_MIN_BYTES = {"the state folder": 2 << 30}
"""Mirrors, checkouts, evidence and what `[setup]` left stand there."""
_MIN_OTHER_BYTES = 256 << 20
MIN_FILES = 20_000
"""A checkout of a large repository, with its packages, has as many."""
_INSTEAD = {
    "the state folder": "name another state_dir",
    "the temporary folder": "set TMPDIR to another one",
    "the database": "name another database_url",
}


def examine_disk(settings: Settings) -> Iterator[Finding]:
    folder = state_dir(settings)

    def write() -> None:
        ensure_private_dir(folder)
        # It has no name, or loses it at once, so nothing stays after a kill:
        # https://docs.python.org/3.11/library/tempfile.html#tempfile.TemporaryFile
        with tempfile.TemporaryFile(dir=folder):
            pass

    found = try_step(f"state folder can be written: {folder}", write)
    yield found
    if found.good:
        yield judge_caches([each.size for each in find_caches(settings)], settings.setup_cache)
    with suppress(OSError):  # there is no temporary folder, which is told next
        yield from [_examine_room(room, settings) for room in list_rooms(settings)]
    yield from _examine_temporary()


def _examine_temporary() -> Iterator[Finding]:
    """Nothing where it can be written."""
    try:
        with tempfile.TemporaryFile():
            pass
    except OSError as exc:
        hint = "Set TMPDIR to a folder that this account may write."
        yield Finding(f"temporary folder: {exc}", good=False, hint=hint)


def _examine_room(room: Room, settings: Settings) -> Finding:
    """Of one file system: whether anything begins there at all, and then what it has room for."""
    floor = room.find_floor(settings)
    if room.free < floor:
        exc = floor_error(room, floor >> 20)
        return Finding(f"nothing new begins: {exc.what}", good=False, hint=exc.hint)
    least = max(floor, _MIN_BYTES.get(room.what, _MIN_OTHER_BYTES))
    name = f"{room.what}, {room.folder}"
    found = judge_room(name, room.free, count_files(room.folder), least, _INSTEAD[room.what])
    return replace(found, what=f"{found.what}; below {floor >> 20} MiB nothing new begins")


def count_files(folder: Path) -> int | None:
    """How many can still be made; None where the file system sets no number."""
    told = os.statvfs(folder)
    return told.f_favail if told.f_files else None


def judge_room(name: str, free: int, files: int | None, least: int, instead: str) -> Finding:
    what = f"{name}: room for {free >> 20} MiB"
    if free < least:
        hint = f"At least {least >> 20} MiB are wanted: `bricklayer gc`, make room, or {instead}."
        return Finding(what, good=None, hint=hint)
    if files is not None and files < MIN_FILES:
        hint = f"Its file system can hold few more files (df -i): remove some, or {instead}."
        return Finding(f"{name}: room for {files} files", good=None, hint=hint)
    return Finding(what, good=True)


def judge_caches(sizes: list[int], limit: int) -> Finding:
    """`limit` in MiB. Beyond it the least used go after the next setup."""
    used = sum(sizes) >> 20
    what = f"caches of [setup]: {len(sizes)}, {used} MiB of {limit} (setup_cache)"
    if used <= limit:
        return Finding(what, good=True)
    hint = "The least used are removed after the next setup; `bricklayer gc` does it now."
    return Finding(what, good=None, hint=hint)
