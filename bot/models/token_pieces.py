"""Split a text into pieces, and weigh a piece for a family of vocabularies.

The pieces are like those into which byte-pair tokenizers split a text before they merge bytes: a
word with the space before it, a part of a camelCase name, a number, a run of punctuation. No piece
goes beyond the end of a line, so the weights of lines add up to the weight of their text.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import pairwise

_SIGN = r"[!-/:-@\[-`{-~]"
_WORD = r"(?:[A-Z]?[a-z]+|[A-Z]+(?![a-z]))"
CHUNKS = re.compile(r" *[^ \n]*\n*")
"""A space begins a chunk and line ends close it; no piece crosses from one into the next."""
# Modelled on the expressions of real vocabularies: one space joins the word after it, a run of
# punctuation takes the line ends after it, digits go in groups of three at most.
# https://github.com/openai/tiktoken/blob/main/tiktoken_ext/openai_public.py (cl100k_base)
PIECES = re.compile(
    rf" ?{_SIGN}?{_WORD}| ?[0-9]+| ?(?:{_SIGN}(?![A-Za-z]))+[\r\n]*| +|\t+|[\r\n]+|[^\r\n]",
)
_PAIRS = r"""
() ): ); (' (" ', ", ': ": -> => == != <= >= += -= // /* */ && || :: [] {} </ /> '] [' "]
[" ), ]) ${ ') ") ]; }; '; "; ./ "> =" ='
"""
_COMMON_PAIRS = frozenset(_PAIRS.split())
_RULER_CHARACTERS = frozenset("-=*#_~./")
_ROW_LENGTH = 27
"""A table of letter pairs has a row for each of `a` to `z`, after one for a word's border."""
_MAX_WORD_LETTERS = 200
"""A longer word is weighed as a token for each letter, which is more than it can be."""


@dataclass(frozen=True, slots=True)
class Weights:
    """In hundredths of a token.

    `hard` is for each token that a word's pairs of letters say it costs beyond its first;
    `joined_*` for a punctuation mark right before a word, which may be one token with it.
    """

    common: int
    title: int
    word: int
    hard: int
    capitals: int
    capitals_hard: int
    capitals_each: int
    letter: int
    number: int
    digit: int
    blanks: int
    blanks_16: int
    tabs: int
    tabs_more: int
    line: int
    line_more: int
    line_after_sign: int
    blank_sign: int
    sign: int
    pair: int
    ruler: int
    ruler_more: int
    same: int
    same_more: int
    joined_dot: int
    joined_slash: int
    joined_bracket: int
    joined_sign: int
    joined_hard: int
    bytes_1: int
    bytes_2: int
    bytes_3: int
    bytes_4: int


@dataclass(frozen=True, slots=True)
class Letters:
    """How many tokens words take in a family of vocabularies.

    `common` words are one token. `pairs` says what each pair of letters adds to a word, as a
    letter itself: `a` is -50 hundredths, each further one 8 more; `first` is every word's own.
    """

    common: frozenset[str]
    pairs: str
    first: int

    def compute_excess(self, word: str) -> int:
        """Hundredths of a token that a word costs beyond its first token."""
        if len(word) > _MAX_WORD_LETTERS:
            return 100 * len(word)
        indices = [0, *(ord(letter) - 96 for letter in word.lower()), 0]
        steps = (
            ord(self.pairs[left * _ROW_LENGTH + right]) - 97 for left, right in pairwise(indices)
        )
        return max(0, self.first - 100 + sum(8 * step - 50 for step in steps))


def weight_function(weights: Weights, letters: Letters) -> Callable[[str], int]:
    """A function from a piece to its weight, in hundredths of a token."""
    return partial(_weigh_piece, weights, letters)


def _weigh_piece(weights: Weights, letters: Letters, piece: str) -> int:
    bare = piece.lstrip(" ")
    if not bare:
        return weights.blanks + weights.blanks_16 * (len(piece) - 1) // 16
    if bare.isascii() and bare[-1].isalpha():
        return _weigh_word(weights, letters, bare)
    if bare.isascii() and bare.isdigit():
        blank = weights.blanks if len(bare) < len(piece) else 0
        return blank + weights.number + weights.digit * len(bare)
    if bare[0].isascii() and bare[0].isprintable():
        blank = weights.blank_sign if len(bare) < len(piece) else 0
        return blank + _weigh_punctuation(weights, bare)
    return _weigh_other(weights, bare)


def _weigh_other(weights: Weights, bare: str) -> int:
    """Line ends, tabs, control characters, and what is not ASCII."""
    if bare[0] in "\r\n":
        return weights.line + weights.line_more * (len(bare) - 1)
    if bare[0] == "\t":
        return weights.tabs + weights.tabs_more * (len(bare) - 1)
    # A character is 1 to 4 bytes of UTF-8, and byte-level vocabularies have a token for every byte.
    # https://www.rfc-editor.org/rfc/rfc3629#section-3
    width = len(bare.encode("utf-8", "surrogatepass"))
    return (weights.bytes_1, weights.bytes_2, weights.bytes_3, weights.bytes_4)[width - 1]


def _weigh_word(weights: Weights, letters: Letters, bare: str) -> int:
    if not bare[0].isalpha():
        sign, word = bare[0], bare[1:]
        return _weigh_joined(weights, letters, sign, word) + _weigh_word(weights, letters, word)
    if len(bare) == 1:
        return weights.letter
    if bare[1:].islower() and bare.lower() in letters.common:
        return weights.common if bare[0].islower() else weights.title
    excess = letters.compute_excess(bare)
    if not bare.isupper():
        return weights.word + weights.hard * excess // 100
    hard = weights.capitals_hard * excess // 100
    return weights.capitals + hard + weights.capitals_each * (len(bare) - 1)


def _weigh_joined(weights: Weights, letters: Letters, sign: str, word: str) -> int:
    if sign in "/-":
        return weights.joined_slash
    if not word[1:].islower() or word.lower() not in letters.common:
        return weights.joined_hard
    if sign in "._":
        return weights.joined_dot
    return weights.joined_bracket if sign in "([{" else weights.joined_sign


def _weigh_punctuation(weights: Weights, bare: str) -> int:
    signs = bare.rstrip("\r\n")
    lines = len(bare) - len(signs)
    weight = weights.line_after_sign + weights.line_more * (lines - 1) if lines else 0
    index = 0
    while index < len(signs):
        length = _run_length(signs, index)
        if length > 1:
            ruler = signs[index] in _RULER_CHARACTERS
            weight += weights.ruler if ruler else weights.same
            weight += (weights.ruler_more if ruler else weights.same_more) * (length - 1)
        elif signs[index : index + 2] in _COMMON_PAIRS and _run_length(signs, index + 1) == 1:
            weight += weights.pair
            length = 2
        else:
            weight += weights.sign
        index += length
    return weight


def _run_length(signs: str, start: int) -> int:
    """How often the character at that index is repeated from there on."""
    end = start + 1
    while end < len(signs) and signs[end] == signs[start]:
        end += 1
    return end - start
