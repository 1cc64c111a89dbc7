"""Facts as plain lines: columns, times and numbers, with nothing in them that a terminal obeys."""

import datetime as dt
from collections.abc import Iterator, Sequence

from rich.cells import cell_len

from bot.text.invisible import strip_hidden

_UNITS = ((86_400.0, "d"), (3600.0, "h"), (60.0, "min"), (1.0, "s"))
_GAP = "  "


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


def format_age(then: float, now: float) -> str:
    """As in "3 min ago"; times of another clock that are still to come are "now"."""
    seconds = now - then
    if not then:
        return "-"
    number, unit = next(
        ((int(seconds / size), unit) for size, unit in _UNITS if seconds >= size), (0, "")
    )
    return f"{number} {unit} ago" if unit else "now"


def format_time(at: float) -> str:
    """This machine's time, to the second, with what UTC has beside it."""
    moment = dt.datetime.fromtimestamp(at, tz=dt.UTC).astimezone()
    return moment.isoformat(sep=" ", timespec="seconds") if at else "-"


def format_cost(cost: float) -> str:
    """In the currency of the tiers' prices; empty where nothing was paid."""
    return f"{cost:.4f}" if cost else ""
