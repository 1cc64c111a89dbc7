"""When a night is over: all that ran has ended and nothing waits, or a set local time has come."""

import datetime as dt
from collections.abc import Iterable

from bot.ticket.model import Ticket
from bot.ticket.stages import Stage, is_over

QUIET_SECONDS = 600.0
"""Nothing may have run for so long: between two steps of a job nothing runs either."""
_EVENING = dt.timedelta(hours=18)
"""A night is from 18:00 to 18:00."""
_FIRST, _LAST = dt.timedelta(hours=4), dt.timedelta(hours=18)
"""After the evening: told from 22:00, so that one small job does not end the night, to noon."""
LATE_SECONDS = 6 * 3600.0
"""A server that was down at the set time tells it for so long after."""
_WORKING = frozenset({Stage.PLANNING, Stage.BUILDING, Stage.PUBLISHING, Stage.CI})


def is_working(ticket: Ticket) -> bool:
    """Whether it runs, waits in a queue, or goes on by itself: not where it waits for a person."""
    if ticket.paused or is_over(ticket.stage):
        return False
    if ticket.works:
        return True
    waits = ticket.approval.key or ticket.question_open or ticket.waits_for
    return ticket.stage in _WORKING and not waits


def is_any_working(tickets: Iterable[Ticket]) -> bool:
    return any(map(is_working, tickets))


def find_night(now: float) -> tuple[str, float] | None:
    """The night's name, by the day of its evening, and when it began; None outside its hours."""
    local = _read_local(now)
    evening = _to_evening(local)
    if not _FIRST <= local.replace(tzinfo=None) - evening < _LAST:
        return None
    return f"night:{evening.date()}", _to_seconds(evening)


def find_set_time(now: float, wanted: str) -> str:
    """The name of the report that is due by "07:30" of this machine's clock; empty for none.

    One a day, also where the setting is changed meanwhile.
    """
    local = _read_local(now)
    hour, minute = map(int, wanted.split(":"))
    at = _to_seconds(dt.datetime.combine(local.date(), dt.time(hour, minute)))  # local
    return f"report:{local.date()}" if 0 <= now - at < LATE_SECONDS else ""


def _to_evening(local: dt.datetime) -> dt.datetime:
    day = (local.replace(tzinfo=None) - _EVENING).date()
    return dt.datetime.combine(day, dt.time()) + _EVENING  # local


def _read_local(now: float) -> dt.datetime:
    return dt.datetime.fromtimestamp(now, dt.UTC).astimezone()


def _to_seconds(local: dt.datetime) -> float:
    """Of a local time without an offset: each day has its own, where clocks are changed."""
    return local.astimezone().timestamp()
