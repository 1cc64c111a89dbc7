"""Facts as plain lines: columns, times and numbers, with nothing in them that a terminal obeys."""

import datetime as dt
from collections.abc import Iterator, Sequence

from rich.cells import cell_len

from bot.text.invisible import strip_hidden

_UNITS = ((86_400.0, "d"), (3600.0, "h"), (60.0, "min"), (1.0, "s"))
_GAP = "  "
_MAX_MARKS = 2
_LOOKED_AT = 8
"""Characters for each cell of a line: more of them are no text."""


def format_columns(rows: Sequence[Sequence[str]], right: Sequence[int] = ()) -> Iterator[str]:
    """Lines of columns as wide as what is in them; the columns in `right` end alike.

    Nothing is cut, however narrow the terminal: a program may read them, and a person finds all.
    """
    clean = [[to_line(cell) for cell in row] for row in rows]
    widths = [max(map(cell_len, column)) for column in zip(*clean, strict=True)]
    for row in clean:
        cells = [
            _pad(cell, width, at_end=at in right)
            for at, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        yield _GAP.join(cells).rstrip()


def _pad(cell: str, width: int, *, at_end: bool) -> str:
    blanks = " " * (width - cell_len(cell))
    return f"{blanks}{cell}" if at_end else f"{cell}{blanks}"


def to_line(text: str) -> str:
    """Anybody's words on one line, without what is not seen or moves the cursor."""
    return " ".join(strip_hidden(text).split())


def fit_line(text: str, width: int) -> str:
    """Anybody's words within `width` cells; dots stand for what has no room.

    A letter has two accents at most: a thousand on one would stand over other lines.
    """
    kept: list[str] = []
    used = marks = 0
    # What is cut anyway is not looked at: a title may have megabytes.
    for char in _clean(text[: _LOOKED_AT * max(width, 1)]):
        marks = marks + 1 if (cells := cell_len(char)) == 0 else 0
        if used + cells > width:
            return _end_with_dots(kept, width)
        if marks <= _MAX_MARKS:
            kept.append(char)
            used += cells
    return "".join(kept) if len(text) <= _LOOKED_AT * max(width, 1) else _end_with_dots(kept, width)


def _clean(text: str) -> str:
    return "".join(c if c.isprintable() else " " for c in strip_hidden(text))


def _end_with_dots(kept: list[str], width: int) -> str:
    while kept and cell_len("".join(kept)) > width - 1:
        kept.pop()
    return "".join(kept).rstrip() + ("…" if width > 0 else "")


def format_clock(seconds: float) -> str:
    """As 0:42, 12:05 or 1:02:14."""
    whole = max(0, int(seconds))
    minutes = f"{whole // 60 % 60}:{whole % 60:02}"
    return f"{whole // 3600}:{minutes:0>5}" if whole >= 3600 else minutes  # noqa: PLR2004


def format_age(then: float, now: float) -> str:
    """As in "3 min ago"; times of another clock that are still to come are "now"."""
    seconds = now - then
    if not then:
        return "-"
    number, unit = next(
        ((int(seconds / size), unit) for size, unit in _UNITS if seconds >= size), (0, "")
    )
    return f"{number} {unit} ago" if unit else "now"


def read_moment(at: object) -> dt.datetime:
    """Seconds since 1970 as this machine's time; 1970 for what no clock has told."""
    try:
        seconds = float(at) if isinstance(at, int | float) else 0.0
        return dt.datetime.fromtimestamp(seconds, tz=dt.UTC).astimezone()
    # https://docs.python.org/3.11/library/datetime.html#datetime.datetime.fromtimestamp
    except (OverflowError, OSError, ValueError):
        return dt.datetime.fromtimestamp(0, tz=dt.UTC).astimezone()


def format_time(at: float) -> str:
    """This machine's time, to the second, with what UTC has beside it."""
    moment = read_moment(at)
    return moment.isoformat(sep=" ", timespec="seconds") if at else "-"


def format_cost(cost: float) -> str:
    """In the currency of the tiers' prices; empty where nothing was paid."""
    return f"{cost:.4f}" if cost else ""
