"""Reads since when a person wants to know something, by this machine's clock."""

import datetime as dt
import re

from bot.errors import UserError
from bot.text.invisible import make_printable

_HOURS = re.compile(r"([0-9]{1,5})h")
_TIME = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])")


def read_since(text: str, now: float) -> float:
    """In seconds since 1970. Raises UserError for what is no time, or one that is still to come."""
    if hours := _HOURS.fullmatch(text):
        return now - 3600.0 * int(hours[1])
    at = _read_time(text, now)
    if at is None or at > now:
        what = "is still to come" if at else "is no time"
        hint = "As 2026-11-28T18:00, 06:00 or 12h."
        raise UserError(f"{make_printable(text)} {what}", where="--since", hint=hint)
    return at


def _read_time(text: str, now: float) -> float | None:
    if clock := _TIME.fullmatch(text):
        today = dt.datetime.fromtimestamp(now, dt.UTC).astimezone().date()
        moment = dt.datetime.combine(today, dt.time(int(clock[1]), int(clock[2])))
    else:
        try:
            moment = dt.datetime.fromisoformat(text)
        except ValueError:
            return None
    try:
        # One without an offset is this machine's time.
        # https://docs.python.org/3.11/library/datetime.html#datetime.datetime.timestamp
        return max(0.0, moment.timestamp())
    except (OverflowError, OSError, ValueError):
        return 0.0  # a year that this machine's clock cannot have
