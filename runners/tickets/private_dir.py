"""The state folder: private code, prompts and plans are in it, and nobody else may look in."""

import os
from pathlib import Path

from bot.errors import UserError


def ensure_private_dir(folder: Path, me: int | None = None) -> None:
    """Make it, or make it ours alone; links are followed. `me` is an account's number, else ours.

    Raises UserError where it belongs to another account, who could put anything there.
    """
    me = os.geteuid() if me is None else me
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        found = folder.stat()
        if me not in {found.st_uid, 0}:
            hint = "Give state_dir a folder of the account that runs bricklayer."
            raise UserError("the state folder is another account's", where=str(folder), hint=hint)
        if found.st_mode & 0o077:
            folder.chmod(0o700)
    except OSError as exc:
        hint = "Make it writable, or give state_dir another one."
        what = f"no state folder: {exc.strerror}"
        raise UserError(what, where=str(folder), hint=hint) from exc
