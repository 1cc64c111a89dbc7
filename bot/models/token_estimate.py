"""Estimate a text's tokens without its tokenizer, and cut texts to a number of tokens.

An estimate is never fewer than the true count.

`bench/tokens.py` measures that against the vocabularies of models in use. The estimate is tighter
where the family of the vocabulary is known.
"""

import re
from collections.abc import Callable, Sequence

from bot.models.token_pieces import CHUNKS, PIECES, Letters, Weights, weight_function
from bot.models.token_tables import ANY_LETTERS, ANY_WEIGHTS, LARGE_LETTERS, LARGE_WEIGHTS

TURN_OVERHEAD_TOKENS = 48
"""Tokens that chat templates add around a system and a user text, at most.

Measured: 13 and 14 for Qwen 2.5 and SmolLM2, 29 and 30 where a server lets them add the system
text they bring; 17 for Llama 3. Llama 3.1 adds two dates, about 25 more.
"""
SLACK_TOKENS = 16
"""Added to a text's estimate, at most: a short text may have more rare words than the average."""
MAX_CHARACTERS_PER_TOKEN = 16
"""A bound, not an average: a reply longer than this by its limit in tokens ignores that limit."""
MAX_TOKEN_COUNT = 10**12
"""More tokens than any call can have: a server that claims more is wrong."""
_MAX_CACHED_CHARACTERS, _MAX_CACHED_PIECES = 48, 120_000
"""Pieces no longer than this are remembered, up to that many of them."""


class _WeightCache(dict[str, int]):
    """Piece -> its weight, computed at first use."""

    def __init__(self, weigh: Callable[[str], int]) -> None:
        super().__init__()
        self._weigh = weigh

    def __missing__(self, piece: str) -> int:
        weight = self._weigh(piece)
        if len(piece) <= _MAX_CACHED_CHARACTERS:
            if len(self) >= _MAX_CACHED_PIECES:
                self.clear()
            self[piece] = weight
        return weight


class Family:
    """Vocabularies that are alike; a text weighs what it does in the one that needs most tokens."""

    def __init__(self, weights: Weights, letters: Letters) -> None:
        self._pieces = _WeightCache(weight_function(weights, letters))
        self._chunks = _WeightCache(self._weigh_chunk)

    def weigh_text(self, text: str) -> int:
        return sum(map(self._chunks.__getitem__, CHUNKS.findall(text)))

    def _weigh_chunk(self, chunk: str) -> int:
        return sum(map(self._pieces.__getitem__, PIECES.findall(chunk)))


ANY = Family(ANY_WEIGHTS, ANY_LETTERS)
"""Every measured vocabulary: also Llama 2, Mistral, SmolLM2, DeepSeek, Gemma, Claude 2."""
LARGE = Family(LARGE_WEIGHTS, LARGE_LETTERS)
"""The GPT models from 3.5 on, Llama 3, Qwen 2 and later."""
# cl100k_base and o200k_base: https://github.com/openai/tiktoken/blob/main/tiktoken/model.py
# 128,000 tokens since Llama 3: https://ai.meta.com/blog/meta-llama-3/
_LARGE_NAMES = re.compile(r"(?i)gpt-(3\.5|4|5|oss)|\bo[134](-|$)|llama-?3(?!\d)|qwen-?[2-9]")
_OTHER_NAMES = re.compile(r"(?i)codellama|deepseek|gemma|mistral")


def family_of(model: str) -> Family:
    """LARGE for the names of models known to have such a vocabulary, ANY for all others."""
    large = _LARGE_NAMES.search(model) and not _OTHER_NAMES.search(model)
    return LARGE if large else ANY


def bounded_count(value: object) -> int:
    """A count from a server's JSON, kept within 0 and MAX_TOKEN_COUNT; 0 for what is no number."""
    # bool is a subclass of int, and Python's JSON reader takes NaN, which no comparison holds for.
    # https://docs.python.org/3.11/library/json.html#infinite-and-nan-number-values
    if isinstance(value, bool) or not isinstance(value, int | float) or not value > 0:
        return 0
    return int(min(value, MAX_TOKEN_COUNT))


def weigh_text(text: str, family: Family = ANY) -> int:
    """Hundredths of a token. Where `a` ends a line, `a + b` weighs at most the sum of both.

    So lines are weighed once and added up, and `tokens_of_weight` makes a count of the sum.
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


def truncate_text(text: str, max_tokens: int) -> str:
    """The beginning of a text within `max_tokens`; it ends with dots where it was cut."""
    if estimate_tokens(text) <= max_tokens:
        return text
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        fits = estimate_tokens(_append_dots(text, middle)) <= max_tokens
        low, high = (middle, high) if fits else (low, middle - 1)
    return _append_dots(text, low)


def _append_dots(text: str, length: int) -> str:
    return f"{text[:length].rstrip()}..."


def fit_last_lines(lines: Sequence[str], max_tokens: int) -> tuple[str, ...]:
    """As many of the last lines as fit together, in their order."""
    return fit_first_lines(lines[::-1], max_tokens)[::-1]


def fit_first_lines(lines: Sequence[str], max_tokens: int) -> tuple[str, ...]:
    """As many of the first lines as fit in `max_tokens` together."""
    kept: list[str] = []
    weight = 0
    for line in lines:
        weight += weigh_text(f"{line}\n")
        if tokens_of_weight(weight) > max_tokens:
            break
        kept.append(line)
    return tuple(kept)
