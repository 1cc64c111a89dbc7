"""What a model is shown of the turns before, within its window: older answers are shortened first.

What goes follows from the turns alone, so that one conversation always gives the same bytes; and it
goes several turns at a time, since servers keep what they read of a prompt's unchanged beginning.
"""

import json
from collections.abc import Sequence
from dataclasses import replace

from bot.models.model import Prompt
from bot.models.token_count import TokenCount
from bot.models.token_estimate import TURN_OVERHEAD_TOKENS
from bot.models.tool_calls import Exchange
from bot.models.tool_text import list_texts

SHORT_CHARACTERS = 240
"""What stays of an answer that is shortened."""
AT_ONCE = 4
"""Turns that are shortened, or left out, together."""
LAST_WHOLE = 1
"""Of the last turns, those whose answers are shortened only where nothing else helps."""


class NoRoomError(Exception):
    """The window has no room for another turn."""


def fit_history(
    first: Prompt, history: Sequence[Exchange], window: int, count: TokenCount
) -> Prompt:
    """The prompt of the next turn. Raises NoRoomError where no more can be left out."""
    most = window - first.reply
    for told in _list_ways(first, history):
        if count_prompt(told, count) <= most:
            return told
    raise NoRoomError(f"the window of {window:,} tokens has no room for another turn")


def count_prompt(prompt: Prompt, count: TokenCount) -> int:
    """Its tokens at most, with what frames each message."""
    texts = [prompt.system, *list_texts(prompt)]
    thoughts = [each.thought for each in prompt.history if each.wire and each.thought]
    return sum(map(count, (*texts, *thoughts))) + TURN_OVERHEAD_TOKENS * len(texts)


def _list_ways(first: Prompt, history: Sequence[Exchange]) -> Sequence[Prompt]:
    """The whole of it first, then with less and less."""
    turns = len(history)
    ways = [replace(first, history=tuple(history))]
    for number in range(AT_ONCE, turns + AT_ONCE, AT_ONCE):
        end = min(number, max(turns - LAST_WHOLE, 0))
        short = [shorten_results(each) for each in history[:end]]
        ways.append(replace(first, history=(*short, *history[end:])))
    short = [shorten_results(each) for each in history]
    last = [*short[: turns - LAST_WHOLE], *history[max(turns - LAST_WHOLE, 0) :]]
    ways += [_leave_out(first, last, number) for number in range(AT_ONCE, turns, AT_ONCE)]
    if turns > 1:
        ways.append(_leave_out(first, last, turns - 1))
    if turns:
        ways.append(_leave_out(first, short, turns - 1))
        ways.append(_leave_out(first, [*map(shorten_reply, short)], turns - 1))
    return ways


def _leave_out(first: Prompt, history: Sequence[Exchange], number: int) -> Prompt:
    if not number:
        return replace(first, history=tuple(history))
    note = f"[Your first {number} turns are left out here: there is no room for them.]"
    return replace(first, user=f"{first.user}\n\n{note}", history=tuple(history[number:]))


def shorten_results(exchange: Exchange) -> Exchange:
    """The beginning of each answer, and how much of it is left out."""
    return replace(exchange, results=tuple(map(_shorten, exchange.results)))


def shorten_reply(exchange: Exchange) -> Exchange:
    """Without what was said at length; as the API had it, it is no more."""
    note = json.dumps({"left_out": "these arguments were too long to be shown again"})
    calls = tuple(
        replace(call, arguments=note) if len(call.arguments) > SHORT_CHARACTERS else call
        for call in exchange.calls
    )
    return replace(exchange, text=_shorten(exchange.text), calls=calls, wire="", thought="")


def _shorten(text: str) -> str:
    left_out = len(text) - SHORT_CHARACTERS
    if left_out <= 0:
        return text
    note = f"[{left_out:,} more characters are left out here; ask again for what you need]"
    return f"{text[:SHORT_CHARACTERS]}\n{note}"
