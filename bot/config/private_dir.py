"""Folders that are this account's alone: private code, prompts, plans and evidence are in them."""

import errno
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
        make_private(folder, me)
    except ForeignFolderError as exc:
        hint = "Give state_dir a folder of the account that runs bricklayer."
        what = "the state folder is another account's"
        raise UserError(what, where=str(folder), hint=hint) from exc
    except OSError as exc:
        hint = "Make it writable, or give state_dir another one."
        what = f"no state folder: {exc.strerror}"
        raise UserError(what, where=str(folder), hint=hint) from exc


class ForeignFolderError(OSError):
    """It belongs to another account."""


def make_private(folder: Path, me: int | None = None, *, also_for_root: bool = False) -> None:
    """Raises OSError where it cannot be made, ForeignFolderError where it is another account's.

    `also_for_root`: root has one of its own, too; who owns it could have root run what it names.
    """
    me = os.geteuid() if me is None else me
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    found = folder.stat()
    if me != found.st_uid and (me or also_for_root):
        raise ForeignFolderError(errno.EPERM, "another account's", str(folder))
    # mkdir gives its mode to the last folder only, and none to one that is there already:
    # https://docs.python.org/3.11/library/pathlib.html#pathlib.Path.mkdir
    if found.st_mode & 0o077:
        folder.chmod(0o700)
