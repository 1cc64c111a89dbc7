"""An attempt in turns that gets nowhere is named for what it does."""

import pytest

from runners.stalls.between_turns import (
    BACK_AND_FORTH,
    MAX_IDLE_TURNS,
    NO_CALLS,
    NO_CHANGE,
    SAME_CALL,
    TurnSummary,
    find_turn_stall,
)


def turns(*told: str) -> list[TurnSummary]:
    """`call>files` for each turn, `-` for one without a call."""
    pairs = [each.split(">") for each in told]
    return [TurnSummary(((call, "x"),), files, unread=call == "-") for call, files in pairs]


@pytest.mark.parametrize(
    ("told", "stall"),
    [
        (["r>0"], ""),
        (["r>0", "r>0"], ""),
        (["r>0", "r>0", "r>0"], SAME_CALL),
        (["r>0", "s>0", "r>0", "s>0", "r>0"], SAME_CALL),
        (["r>0", "e>1", "r>1", "e>2", "r>2"], ""),
        (["->0", "->0", "->0"], NO_CALLS),
        (["->0", "r>0", "->0"], ""),
        (["a>1", "b>0", "c>1", "d>0"], BACK_AND_FORTH),
        (["a>1", "b>0", "c>2", "d>3"], ""),
        ([f"c{n}>0" for n in range(MAX_IDLE_TURNS)], NO_CHANGE),
        ([f"c{n}>0" for n in range(MAX_IDLE_TURNS - 1)], ""),
        (["e>1", *(f"c{n}>1" for n in range(MAX_IDLE_TURNS))], NO_CHANGE),
        ([f"e{n}>{n + 1}" for n in range(20)], ""),
    ],
)
def test_a_stall_between_turns(told: list[str], stall: str) -> None:
    assert find_turn_stall(turns(*told), "0") == stall


def test_no_turn_is_no_stall() -> None:
    assert find_turn_stall([], "0") == ""
