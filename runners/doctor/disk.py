"""Examines folders: whether they can be written, and what room is left in them."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from bot.config.machine import Settings, state_dir
from bot.config.private_dir import ensure_private_dir
from bot.errors import DiskFloorError
from runners.checks.setup_sweep import find_caches
from runners.disk_floor import list_rooms, require_free_disk
from runners.doctor.finding import Finding, try_step

MIN_STATE_BYTES = 2 << 30
"""Mirrors, checkouts, evidence and what `[setup]` left stand there."""
MIN_TMP_BYTES = 256 << 20
MIN_FILES = 20_000
"""A checkout of a large repository, with its packages, has as many."""


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
        free, files = measure_room(folder)
        yield judge_room("state folder", free, files, MIN_STATE_BYTES, "name another state_dir")
        yield _floor(settings)
        yield judge_caches([each.size for each in find_caches(settings)], settings.setup_cache)
    yield from _temporary()


def _floor(settings: Settings) -> Finding:
    """Whether the machine works at all: `[keep] free_disk` is what everything asks for first."""
    try:
        require_free_disk(settings)
    except DiskFloorError as exc:
        return Finding(f"nothing new begins: {exc.what}", good=False, hint=exc.hint)
    least = min(room.free for room in list_rooms(settings)) >> 20
    what = f"free disk: {least} MiB at the least, of {settings.keep.free_disk} (free_disk)"
    return Finding(what, good=True)


def _temporary() -> Iterator[Finding]:
    try:
        folder = Path(tempfile.gettempdir())
        free, files = measure_room(folder)
    except OSError as exc:
        hint = "Set TMPDIR to a folder that this account may write."
        yield Finding(f"temporary folder: {exc}", good=False, hint=hint)
        return
    what = f"temporary folder {folder}"
    yield judge_room(what, free, files, MIN_TMP_BYTES, "set TMPDIR to another one")


def measure_room(folder: Path) -> tuple[int, int | None]:
    """Bytes, and how many files can still be made; None where the file system sets no number."""
    told = os.statvfs(folder)
    return shutil.disk_usage(folder).free, told.f_favail if told.f_files else None


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
