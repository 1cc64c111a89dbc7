"""Reading files, and what a person hands in, without taking more than a bound."""

import sys
from pathlib import Path

from bot.errors import UserError

STDIN = "-"


def read_bounded(
    source: str | Path, thing: str, max_bytes: int, *, absent_hint: str, large_hint: str
) -> bytes:
    """The bytes of the file `source`, or of standard input where it is `-`.

    `thing` says what is read, "the plan" say. Raises UserError where it cannot be read or is
    larger; never more than one byte beyond `max_bytes` is taken, as a pipe need not end.
    """
    if source == STDIN:
        raw = sys.stdin.buffer.read(max_bytes + 1)
        require_size(raw, thing, max_bytes, where="standard input", hint=large_hint)
        return raw
    try:
        with Path(source).open("rb") as file:
            raw = file.read(max_bytes + 1)
    except (OSError, ValueError) as exc:  # ValueError: a NUL in the name
        why = getattr(exc, "strerror", None) or exc
        what = f"{thing} cannot be read: {why}"
        raise UserError(what, where=str(source), hint=absent_hint) from exc
    require_size(raw, thing, max_bytes, where=str(source), hint=large_hint)
    return raw


def read_head(path: Path, max_bytes: int) -> str:
    """The beginning of a text file; empty where it is not there or may not be read."""
    try:
        with path.open("rb") as file:
            return file.read(max_bytes).decode(errors="replace")
    except OSError:
        return ""


def require_size(raw: bytes, thing: str, max_bytes: int, *, where: str, hint: str) -> None:
    """Raises UserError for more than `max_bytes`."""
    if len(raw) > max_bytes:
        mib = max_bytes >> 20
        bound = f"{mib} MiB" if mib else f"{max_bytes >> 10} KiB"
        raise UserError(f"{thing} is larger than {bound}", where=where, hint=hint)


def decode_utf8(raw: bytes, thing: str, *, where: str) -> str:
    """Raises UserError that names the first byte that is no UTF-8."""
    try:
        return raw.decode()
    except UnicodeDecodeError as exc:
        what = f"not UTF-8 at byte {exc.start}"
        raise UserError(what, where=where, hint=f"Save {thing} as UTF-8.") from exc
