"""A moment as it is told: by day and minute, in UTC, wherever the machine and its reader are."""

import datetime as dt

_LAST_SECONDS = dt.datetime.max.replace(tzinfo=dt.UTC).timestamp() - 1


def format_utc(seconds: float) -> str:
    """`seconds` are since 1970. What is past the year 9999, as servers may say, is its last day."""
    at = dt.datetime.fromtimestamp(min(seconds, _LAST_SECONDS), dt.UTC)
    return f"{at:%Y-%m-%d %H:%M} UTC"
