"""Finding that an attempt in turns gets nowhere, from what its calls were and what came of them."""

from collections.abc import Sequence
from dataclasses import dataclass

BACK_AND_FORTH = "back-and-forth"
SAME_CALL = "same-call"
NO_CHANGE = "no-change"
NO_CALLS = "no-calls"
MAX_SAME_CALLS = 3
"""The same call on the same files, with the same outcome each time."""
MAX_IDLE_TURNS = 8
"""Turns in a row that leave all files as they were."""
MAX_UNREAD_TURNS = 3
"""Replies in a row in which no call could be read."""
MAX_RETURNS = 2
"""Times that the files come to be as they were before, after something else."""
TURN_SENTENCES = {
    SAME_CALL: "The last try made the same call again and again: what it told stays the same.",
    NO_CHANGE: "The last try looked around without end: change the code early.",
    NO_CALLS: "The last try used no tool: call one in each reply.",
}
"""By the name that stands in the ledger, what the next prompt says."""


@dataclass(frozen=True, slots=True)
class TurnSummary:
    """One turn: each call with its outcome, as text, and a hash of the files behind it.

    `unread`: no call of it could be read.
    """

    calls: tuple[tuple[str, str], ...]
    files: str
    unread: bool = False


def find_turn_stall(turns: Sequence[TurnSummary], start: str) -> str:
    """The name of the stall that the last turn shows, empty for none. `start`: as `files`."""
    if len(turns) >= MAX_UNREAD_TURNS and all(t.unread for t in turns[-MAX_UNREAD_TURNS:]):
        return NO_CALLS
    states = [start, *(turn.files for turn in turns)]
    if _count_same_calls(turns, states) >= MAX_SAME_CALLS:
        return SAME_CALL
    if _count_returns(states) >= MAX_RETURNS:
        return BACK_AND_FORTH
    last = states[-MAX_IDLE_TURNS - 1 :]
    return NO_CHANGE if len(last) > MAX_IDLE_TURNS and len(set(last)) == 1 else ""


def _count_same_calls(turns: Sequence[TurnSummary], states: Sequence[str]) -> int:
    """Of the calls of the last turn the one that was made most often on these very files."""
    made = [
        (before, call) for before, turn in zip(states, turns, strict=False) for call in turn.calls
    ]
    now = {(states[-2], call) for call in turns[-1].calls} if turns else set()
    return max((made.count(each) for each in now), default=0)


def _count_returns(states: Sequence[str]) -> int:
    return sum(
        now != states[at - 1] and now in states[: at - 1] for at, now in enumerate(states) if at > 1
    )
