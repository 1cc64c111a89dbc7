"""The file a person has something written to: never through a link, never over a file unasked."""

import os
import secrets
from contextlib import suppress
from pathlib import Path

from bot.errors import UserError

_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_NAME = "Name another: --out FILE"


def require_free(out: Path, *, force: bool) -> None:
    """Raises UserError where `write_out` would: it is tried, for a mode tells root nothing."""
    try:
        _settle(out, force=force)
        trial = _beside(out)
        os.close(os.open(trial, _NEW, 0o666))
        trial.unlink()
    except (OSError, ValueError) as exc:
        raise _refused(out, exc) from exc


def write_out(out: Path, text: str, *, force: bool) -> None:
    """The file whole, or none. With `force` a link is replaced; what it names stays as it is."""
    try:
        _settle(out, force=force)
        _write(_beside(out) if force else out, text, out)
    except (OSError, ValueError) as exc:
        raise _refused(out, exc) from exc


def _write(path: Path, text: str, out: Path) -> None:
    with os.fdopen(os.open(path, _NEW, 0o666), "w", encoding="utf-8", newline="") as file:
        try:
            file.write(text)
            file.flush()
            if path != out:
                path.replace(out)
        except OSError:
            with suppress(OSError):
                path.unlink()  # ours: it was opened as new
            raise


def _settle(out: Path, *, force: bool) -> None:
    if not out.parent.is_dir():
        raise UserError("no such folder", where=str(out.parent), hint=_NAME)
    try:
        out.lstat()
    except FileNotFoundError:
        return
    if out.exists() and not out.is_file():
        raise UserError("no plan can be written over this", where=str(out), hint=_NAME)
    if not force:
        what = "this is a link" if out.is_symlink() else "the plan would be written over this"
        hint = f"{_NAME}. To put the plan in its place: --force"
        raise UserError(what, where=str(out), hint=hint)


def _beside(out: Path) -> Path:
    return out.parent / f".bricklayer-{secrets.token_hex(8)}"


def _refused(out: Path, wrong: OSError | ValueError) -> UserError:
    why = getattr(wrong, "strerror", None) or wrong
    return UserError(f"no file can be written here: {why}", where=str(out), hint=_NAME)
