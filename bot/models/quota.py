"""How long a provider has us wait whose quota is used up, as it says so: in words, or in fields.

What was looked up, each with a different form:
- Claude Code: `Claude AI usage limit reached|1762952400`, `You've hit your limit · resets 2pm
  (Asia/Dhaka)`, `5-hour limit reached ∙ resets 1:30am`, `... resets Oct 9, 5pm (UTC)`
  https://github.com/anthropics/claude-code/issues/11429
  https://github.com/anthropics/claude-code/issues/54698
- Codex: `try again in 2 days 17 hours 14 minutes`, `try again at 7:58 PM`, and in the body of the
  429 `"resets_at": 1777936568, "resets_in_seconds": 13872`
  https://github.com/openai/codex/issues/3899 https://github.com/earendil-works/pi/issues/4172
- Groq and OpenAI: `Please try again in 7m59.328s`; Gemini: `Please retry in 34.07s`, and
  `"retryDelay": "34s"` in a `RetryInfo` of its `details`:
  https://github.com/googleapis/googleapis/blob/master/google/rpc/error_details.proto
- Anthropic, of a limit of what may be spent: `You will regain access on 2026-09-01 at 00:00 UTC`
  https://platform.claude.com/docs/en/api/rate-limits
"""

import datetime as dt
import math
import re
from zoneinfo import ZoneInfo

MAX_QUOTA_SECONDS = 8 * 86_400.0
"""A week's quota, with a day to spare; whatever says more than that is no time of day."""
UNKNOWN_RESET_SECONDS = 900.0
"""Where a quota is used up and nobody says until when."""
_MAX_READ_CHARACTERS = 4000
_USED_UP = re.compile(
    r"usage.?limit|(?:hit|reached) your (?:usage |session |weekly )?limit|limit reached"
    r"|out of (?:extra )?usage|quota (?:exceeded|exhausted)|exceeded your (?:current )?quota",
    re.IGNORECASE,
)
_EPOCH = re.compile(
    r"(?:\||reset(?:s|_at|sAt)?\"?\s{0,3}:?\s{0,3})(1\d{9})(?:\d{3})?\b", re.IGNORECASE
)
_FIELD_SECONDS = re.compile(
    r"\"?(?:resets?_in_seconds|retry_?after(?:_seconds)?|retryDelay)\"?\s{0,3}[:=]\s{0,3}\"?"
    r"(\d{1,8}(?:\.\d{1,9})?)(?![\d:.])",
    re.IGNORECASE,
)
# Not of what was waited for already: "timed out after 600 s" says nothing of when to come again.
_IN = re.compile(
    r"\b(?:again|retry|resets?|wait|available)\b[^\n.;]{0,40}?\b(?:in|after)\s{1,3}(?=\d)",
    re.IGNORECASE,
)
_AMOUNT = re.compile(
    r"(\d{1,8}(?:\.\d{1,9})?)\s?(milliseconds?|ms|days?|d|hours?|hrs?|h|minutes?|mins?|m"
    r"|seconds?|secs?|s)(?![a-z])[\s,]{0,3}(?:and\s)?",
    re.IGNORECASE,
)
_UNIT_SECONDS = {"d": 86_400.0, "h": 3600.0, "m": 60.0, "s": 1.0}
_MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()  # noqa: SIM905  # one line
_AT = re.compile(
    r"\b(?:resets?|try again|available again)(?:\s(?:at|on))?\s{0,3}"
    r"(?:([a-z]{3})[a-z]{0,6}\.?\s(\d{1,2})(?:st|nd|rd|th)?(?:,?\s(20\d\d))?,?\s(?:at\s)?)?"
    r"(\d{1,2})(?::(\d\d))?\s?([ap]m)?(?![\w:])(?!\.\d)(?:\s?\(([A-Za-z_]{1,20}(?:/[\w+-]{1,30}){0,2})\))?",
    re.IGNORECASE,
)

_ON = re.compile(
    r"\b(?:resets?|again|access)\s(?:on|at)\s(20\d\d-\d\d-\d\d)(?:\sat\s|T|\s)(\d\d:\d\d)(?::\d\d)?"
    r"\s?(?:UTC|Z)\b",
    re.IGNORECASE,
)


def is_used_up(text: str) -> bool:
    """Whether these are words for a quota of which nothing is left."""
    return _USED_UP.search(text[:_MAX_READ_CHARACTERS]) is not None


def read_wait_seconds(text: str, now: float) -> float:
    """Seconds from `now`, in seconds since 1970, until the text says to come again; 0 for none.

    A time of day without a zone is this machine's, as the CLIs write it.
    """
    told = read_reset_seconds(text, now)
    return told or (UNKNOWN_RESET_SECONDS if is_used_up(text) else 0.0)


def read_reset_seconds(text: str, now: float) -> float:
    """The same where the text itself says when; 0 where it does not, or that is too far away."""
    said = text[:_MAX_READ_CHARACTERS].replace("\N{NARROW NO-BREAK SPACE}", " ")
    readers = (_read_epoch, _read_seconds, _read_time, _read_date)
    return next((s for read in readers if 0 < (s := read(said, now)) <= MAX_QUOTA_SECONDS), 0.0)


def _read_epoch(said: str, now: float) -> float:
    found = _EPOCH.search(said)
    return float(found[1]) - now if found else 0.0


def _read_seconds(said: str, _now: float) -> float:
    if found := _FIELD_SECONDS.search(said):
        return float(found[1])
    for begin in _IN.finditer(said):
        total, at = 0.0, begin.end()
        while amount := _AMOUNT.match(said, at):
            unit = amount[2].lower()
            each = 0.001 if unit.startswith(("ms", "milli")) else _UNIT_SECONDS[unit[0]]
            total, at = total + float(amount[1]) * each, amount.end()
        if total:
            return math.ceil(total)
    return 0.0


def _read_date(said: str, now: float) -> float:
    """Of a date without a zone nobody knows which zone it is."""
    if not (found := _ON.search(said)):
        return 0.0
    try:
        then = dt.datetime.fromisoformat(f"{found[1]} {found[2]}").replace(tzinfo=dt.UTC)
    except ValueError:
        return 0.0
    return then.timestamp() - now


def _read_time(said: str, now: float) -> float:
    found = _AT.search(said)
    if not found:
        return 0.0
    month, day, year, hours, minutes, half, zone = found.groups()
    if not (half or minutes):
        return 0.0  # a number alone is no time of day
    try:
        local = dt.datetime.fromtimestamp(now).astimezone()
        here = local.astimezone(ZoneInfo(zone)) if zone else local
        if half and not 1 <= int(hours) <= 12:  # noqa: PLR2004  # as clocks with am and pm have it
            return 0.0
        hour = int(hours) % 12 + 12 * (half.lower() == "pm") if half else int(hours)
        then = here.replace(hour=hour, minute=int(minutes or 0), second=0, microsecond=0)
        if month:
            number = _MONTHS.index(month.lower()) + 1
            then = then.replace(year=int(year or here.year), month=number, day=int(day))
        elif then <= here:
            then += dt.timedelta(days=1)
        if month and then < here and not year:
            then = then.replace(year=then.year + 1)
    except (ValueError, KeyError, OSError):  # no such month, day, hour or zone
        return 0.0
    return then.timestamp() - now
