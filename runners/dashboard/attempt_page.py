"""One attempt: what the model was shown, thought and said, what that changed, how checks judged."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.ledger import LedgerRow
from bot.models.token_estimate import estimate_tokens
from runners.dashboard.page_room import cut, measure
from runners.dashboard.side_by_side import SideBySide, pair_lines
from runners.evidence import Parts
from runners.history.attempts import KeptAttempt

MAX_PART_BYTES = 12_000
"""Of one part on the page; a link leads to all of it."""
MAX_PAGE_BYTES = 80_000
"""Of all parts together; the two columns of a diff have room of their own."""
MAX_NEIGHBOURS = 5
"""Attempts before this one that are linked, and as many after it."""
_DIFF = "diff"


@dataclass(frozen=True, slots=True)
class ShownPart:
    """`number` counts from 0. `tokens` are an estimate, never too low; `is_cut`: there is more.

    `text` is empty where `diff` shows it.
    """

    number: int
    title: str
    text: str
    tokens: int
    is_cut: bool = False
    diff: SideBySide | None = None


@dataclass(frozen=True, slots=True)
class AttemptPage:
    """`outcome` is why it ended so, in the words that were kept."""

    kept: KeptAttempt
    row: LedgerRow | None
    outcome: str
    parts: tuple[ShownPart, ...]


AttemptKey = tuple[str, int, str, int]
"""Build, run, task and number."""


def find_among(kept: Sequence[KeptAttempt], key: AttemptKey) -> KeptAttempt | None:
    return next((e for e in kept if (e.job, e.run, e.task, e.number) == key), None)


def list_neighbours(kept: Sequence[KeptAttempt], shown: KeptAttempt) -> list[KeptAttempt]:
    """The attempts at the same task, in order: those next to the one that is shown."""
    same = [each for each in kept if each.task == shown.task]
    at = same.index(shown)
    return same[max(0, at - MAX_NEIGHBOURS) : at + MAX_NEIGHBOURS + 1]


def read_attempt_page(kept: KeptAttempt) -> AttemptPage:
    """Raises UserError where what was kept is gone."""
    parts = kept.read_parts()
    outcome = next((text for title, text in parts if title == "outcome"), "")
    return AttemptPage(kept, kept.row, cut(outcome, MAX_PART_BYTES), tuple(_show_parts(parts)))


def _show_parts(parts: Parts) -> Sequence[ShownPart]:
    shown, room = [], MAX_PAGE_BYTES
    for number, (title, text) in enumerate(parts):
        if title == "outcome":
            continue
        diff = pair_lines(text) if title == _DIFF else None
        kept = "" if diff else cut(text, min(MAX_PART_BYTES, room))
        room -= measure(kept)
        is_cut = bool(diff.left_out) if diff else len(kept) < len(text)
        shown.append(ShownPart(number, title, kept, estimate_tokens(text), is_cut, diff))
    return shown
