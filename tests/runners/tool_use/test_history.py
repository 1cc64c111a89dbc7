"""What stays of a conversation within a window, and that it says what went."""

from dataclasses import replace

import pytest

from bot.models.model import Prompt
from bot.models.token_estimate import estimate_tokens
from bot.models.tool_calls import Exchange, ToolCall
from bot.models.tool_text import flatten_prompt, list_messages
from bot.prompts.tool_prompt import list_tools
from runners.tool_use.history import AT_ONCE, NoRoomError, count_prompt, fit_history

FIRST = Prompt("You build.", "Fix it.", reply=500, tools=list_tools("a.py", ["test"]))


def exchange(number: int, size: int = 1000) -> Exchange:
    call = ToolCall("read", f'{{"path": "{number}.py"}}', f"id{number}")
    return Exchange(calls=(call,), results=(f"{number}:" + "x y " * (size // 4),), wire="{}")


HISTORY = [exchange(number) for number in range(12)]


def test_where_there_is_room_all_of_it_stays() -> None:
    assert fit_history(FIRST, HISTORY, 100_000, estimate_tokens).history == tuple(HISTORY)


@pytest.mark.parametrize("window", range(2000, 9000, 400))
def test_the_prompt_fits_and_the_last_answer_stays_longest(window: int) -> None:
    """Older answers go first, several at a time, and what is left of each says how much went."""
    fitted = fit_history(FIRST, HISTORY, window, estimate_tokens)
    assert count_prompt(fitted, estimate_tokens) <= window - FIRST.reply
    whole = [each for each in fitted.history if each in HISTORY]
    assert whole == list(fitted.history[len(fitted.history) - len(whole) :])
    assert whole[-1] == HISTORY[-1]
    for each in fitted.history[: -len(whole)]:
        assert "more characters are left out here" in each.results[0]
    gone = len(HISTORY) - len(fitted.history)
    assert gone % AT_ONCE == 0 or len(fitted.history) == 1
    assert (f"first {gone} turns are left out" in fitted.user) == bool(gone)
    assert fit_history(FIRST, HISTORY, window, estimate_tokens) == fitted


def test_a_reply_that_is_too_long_by_itself_is_shortened_too() -> None:
    long = replace(
        exchange(1), calls=(ToolCall("edit", '{"content": "' + "z " * 9000 + '"}', "i"),)
    )
    fitted = fit_history(FIRST, [long], 3000, estimate_tokens)
    (kept,) = fitted.history
    assert ("too long to be shown again" in kept.calls[0].arguments, kept.wire) == (True, "")


def test_where_nothing_more_can_go_it_is_refused() -> None:
    with pytest.raises(NoRoomError, match="no room for another turn"):
        fit_history(FIRST, HISTORY, 900, estimate_tokens)


def test_a_model_without_tools_is_told_all_in_words() -> None:
    """The tools with an example of each, calls as it would write them, and what they came to."""
    told = list_messages(replace(FIRST, history=(HISTORY[0],)))
    assert [role for role, _ in told] == ["system", "user", "assistant", "user"]
    assert '{"tool": "search"' in told[1][1]
    assert told[2][1] == '```json\n{"tool": "read", "path": "0.py"}\n```'
    assert told[3][1].startswith("Result of read:\n0:")
    flat = flatten_prompt(replace(FIRST, history=(HISTORY[0],)))
    assert (flat.tools, flat.history) == ((), ())
    assert all(text in flat.user for _, text in told[1:])
