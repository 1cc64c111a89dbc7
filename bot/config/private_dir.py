"""Folders that are this account's alone: private code, prompts, plans and evidence are in them."""

import os
from pathlib import Path

from bot.config.machine import Settings, state_dir
from bot.errors import UserError


def open_state_dir(settings: Settings) -> Path:
    """The state folder, made where it was not, and this account's alone whoever made it."""
    folder = state_dir(settings)
    ensure_private_dir(folder)
    return folder


def ensure_private_dir(folder: Path, me: int | None = None) -> None:
    """Make the state folder, or make it ours alone.

    Links are followed. `me` is a user id, else that of this process. Raises UserError where it
    belongs to another account, who could put anything there.
    """
    try:
        owner = make_private(folder, me)
    except OSError as exc:
        hint = "Make it writable, or give state_dir another one."
        what = f"no state folder: {exc.strerror}"
        raise UserError(what, where=str(folder), hint=hint) from exc
    if owner:
        hint = "Give state_dir a folder of the account that runs bricklayer."
        raise UserError("the state folder is another account's", where=str(folder), hint=hint)


def make_private(folder: Path, me: int | None = None) -> int:
    """The user id of another account it belongs to, which root does not mind; else 0. OSError."""
    me = os.geteuid() if me is None else me
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    found = folder.stat()
    if me not in {found.st_uid, 0}:
        return found.st_uid or -1
    # mkdir gives its mode to the last folder only, and none to one that is there already:
    # https://docs.python.org/3.11/library/pathlib.html#pathlib.Path.mkdir
    if found.st_mode & 0o077:
        folder.chmod(0o700)
    return 0
