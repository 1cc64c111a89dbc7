"""The watch over one reply: its text while it streams, and a CLI's events as they come."""

from collections.abc import Sequence

from bot.models.model import Event, Watch
from runners.stalls.repetition import RUNAWAY, loop
from runners.stalls.while_streaming import Profile, stuck

_STRIDE = 64
_TEXT_ONLY = Profile(messages=0, chunk_repeats=0)
"""A CLI asked for text may say it in several messages; its text is read for loops by itself."""


def watch() -> Watch:
    """A fresh watcher for one reply: feed it the text so far, it names the stall or says nothing.

    It looks again only after `_STRIDE` new characters or a new event, so a token-wise stream costs
    little.
    """
    seen = heard = 0

    def look(text: str, events: Sequence[Event] = (), /) -> str:
        nonlocal seen, heard
        if len(events) != heard:
            heard = len(events)
            if signal := stuck(events, _TEXT_ONLY):
                return signal
        if len(text) - seen < _STRIDE:
            return ""
        seen = len(text)
        return RUNAWAY if loop(text) else ""

    return look
