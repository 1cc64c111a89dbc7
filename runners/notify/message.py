"""A message to people, in the one form that all channels send."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

MAX_TITLE = 160
MAX_LINE = 480
MAX_BYTES = 12_000
"""Of all lines: more than most reports have, and what a mail or a page shows at once."""


@dataclass(frozen=True, slots=True)
class Message:
    """`id` stays the same however often it is sent. All text is in printable lines.

    `url` is where to look, or empty; `jobs` the names of what it is about, for programs.
    """

    id: str
    kind: Literal["needed", "night_over", "test"]
    at: float
    title: str
    lines: tuple[str, ...]
    url: str = ""
    jobs: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        return "\n".join(self.lines)


class ChannelError(Exception):
    """It was not sent, or nobody knows whether it was. Its words have no secret in them.

    `retry_after` is how many seconds the service wants to be left alone; 0 where nothing is said.
    """

    def __init__(self, why: str, *, retry_after: float = 0.0) -> None:
        super().__init__(why)
        self.retry_after = retry_after


def cut_bytes(lines: Sequence[str], most: int) -> str:
    """As many whole lines as fit into `most` bytes; the last says how many are missing."""
    kept: list[str] = []
    used = 0
    for number, line in enumerate(lines):
        used += len(line.encode(errors="replace")) + 1
        # Room for the line that counts the rest.
        if used > most - 40 * (number < len(lines) - 1):
            return "\n".join([*kept, f"({len(lines) - number} more lines)"])
        kept.append(line)
    return "\n".join(kept)
