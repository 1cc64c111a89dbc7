"""How many tokens a text will be, without its tokenizer, and cutting it to that many.

An estimate is never fewer than the true count.

`bench/tokens.py` measures that against the vocabularies of today's models. An estimate is tight
where the family of the vocabulary is known, and holds for all of them where it is not.
"""

import re
from collections.abc import Callable, Sequence

from bot.models.token_pieces import CHUNKS, PIECES, Letters, Weights, price_function
from bot.models.token_tables import ANY_LETTERS, ANY_WEIGHTS, LARGE_LETTERS, LARGE_WEIGHTS

TURN_OVERHEAD_TOKENS = 48
"""Tokens that chat templates add around a system and a user text, at most.

Measured: 13 and 14 for Qwen 2.5 and SmolLM2, 29 and 30 where a server lets them add the system
text they bring; 17 for Llama 3. Llama 3.1 adds two dates, about 25 more.
"""
SLACK_TOKENS = 16
"""Tokens. A short text may have more hard words than a long one has on the average."""
MAX_TOKEN_COUNT = 10**12
"""More tokens than any call can have: a count beyond it is a stranger's nonsense."""
_MAX_CACHED_CHARACTERS, _MAX_CACHED_PIECES = 48, 120_000
"""What is remembered: pieces of so many characters at most, and so many of them."""


class _PriceCache(dict[str, int]):
    """The price of each piece, worked out when it is first asked for."""

    def __init__(self, price: Callable[[str], int]) -> None:
        super().__init__()
        self._price = price

    def __missing__(self, piece: str) -> int:
        cost = self._price(piece)
        if len(piece) <= _MAX_CACHED_CHARACTERS:
            if len(self) >= _MAX_CACHED_PIECES:
                self.clear()
            self[piece] = cost
        return cost


class Family:
    """Vocabularies that resemble each other, and what texts cost in the dearest of them."""

    def __init__(self, weights: Weights, letters: Letters) -> None:
        self._pieces = _PriceCache(price_function(weights, letters))
        self._chunks = _PriceCache(self._chunk)

    def weigh_text(self, text: str) -> int:
        return sum(map(self._chunks.__getitem__, CHUNKS.findall(text)))

    def _chunk(self, chunk: str) -> int:
        return sum(map(self._pieces.__getitem__, PIECES.findall(chunk)))


ANY = Family(ANY_WEIGHTS, ANY_LETTERS)
"""Small ones too: Llama 2, Mistral, SmolLM2, DeepSeek, Gemma, Claude 2."""
LARGE = Family(LARGE_WEIGHTS, LARGE_LETTERS)
"""The GPT models from 3.5 on, Llama 3, Qwen 2 and later."""
_LARGE_NAMES = re.compile(r"(?i)gpt-(3\.5|4|5|oss)|\bo[134](-|$)|llama-?3(?!\d)|qwen-?[2-9]")
_OTHER_NAMES = re.compile(r"(?i)codellama|deepseek|gemma|mistral")


def family_of(model: str) -> Family:
    """By the model's name: what is not known to be of a large vocabulary may be of any."""
    large = _LARGE_NAMES.search(model) and not _OTHER_NAMES.search(model)
    return LARGE if large else ANY


def bounded_count(value: object) -> int:
    """A count out of a stranger's JSON: from 0 to `MOST`, and 0 for what is no number."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not value > 0:
        return 0
    return int(min(value, MAX_TOKEN_COUNT))


def weigh_text(text: str, family: Family = ANY) -> int:
    """Hundredths of a token. Where `a` ends with its line, `weigh(a + b)` is at most both's sum.

    So lines are weighed once and added up, and `tokens` makes a count of the sum.
    """
    return family.weigh_text(text)


def tokens_of_weight(weight: int) -> int:
    """The estimate for a text, or for texts put one after the other, of that weight."""
    slack = min(SLACK_TOKENS, weight // 200)
    return -(-weight // 100) + slack


def estimate_tokens(text: str, family: Family = ANY) -> int:
    """At least as many tokens as `text` is in any vocabulary of the family."""
    return tokens_of_weight(weigh_text(text, family))


def estimate_call_tokens(system: str, user: str, family: Family = ANY) -> int:
    return (
        tokens_of_weight(weigh_text(system, family) + weigh_text(user, family))
        + TURN_OVERHEAD_TOKENS
    )


def truncate_text(text: str, room: int) -> str:
    """The beginning of a text within so many tokens; dots stand for what went."""
    if estimate_tokens(text) <= room:
        return text
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        fits = estimate_tokens(_dotted(text, middle)) <= room
        low, high = (middle, high) if fits else (low, middle - 1)
    return _dotted(text, low)


def _dotted(text: str, length: int) -> str:
    return f"{text[:length].rstrip()}..."


def fit_last_lines(lines: Sequence[str], room: int) -> tuple[str, ...]:
    """As many of the last lines as there is room for, in their order."""
    return fit_first_lines(lines[::-1], room)[::-1]


def fit_first_lines(lines: Sequence[str], room: int) -> tuple[str, ...]:
    """As many of the first lines as there are `room` tokens for, together."""
    kept: list[str] = []
    weight = 0
    for line in lines:
        weight += weigh_text(f"{line}\n")
        if tokens_of_weight(weight) > room:
            break
        kept.append(line)
    return tuple(kept)
