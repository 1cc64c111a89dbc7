"""How many tokens a text will be, without its tokenizer.

It errs upwards: a call estimated too small fails, one estimated too big only leaves something out.
"""

import re

_PIECES = re.compile(
    r"(?P<lower>[A-Z]?[a-z]+)|(?P<upper>[A-Z]+)|(?P<blank> (?=[^\s0-9]))|(?P<space>[^\S\n]+)"
    r"|(?P<line>\n+)|(?P<sign>[\x00-\x7f])|(?P<other>.)",
    re.ASCII | re.DOTALL,
)
_EACH = {"lower": 5, "upper": 2, "space": 16, "line": 2, "sign": 1}
"""How many characters of a kind one token holds, at the least usual."""
TURN_OVERHEAD = 16
"""What a chat template adds around a system and a user text."""
MOST = 10**12
"""More tokens than any call can have: a count beyond it is a stranger's nonsense."""


def whole(value: object) -> int:
    """A count out of a stranger's JSON: from 0 to `MOST`, and 0 for what is no number."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not value > 0:
        return 0
    return int(min(value, MOST))


def estimate(text: str) -> int:
    """Tokens in `text`, at least as many as the byte-pair vocabularies of today's code models need.

    A word costs a token for each five letters begun, one of capitals for each two, a digit and a
    sign one each, a character outside ASCII its bytes, which is the worst case of a byte-fallback
    vocabulary. The blank before a word is free. Code and prose come out a third to a half above
    the count.
    """
    return sum(_cost(str(found.lastgroup), found.group()) for found in _PIECES.finditer(text))


def estimate_call(system: str, user: str) -> int:
    return estimate(system) + estimate(user) + TURN_OVERHEAD


def _cost(kind: str, piece: str) -> int:
    if kind == "blank":
        return 0
    if kind == "other":
        return len(piece.encode("utf-8", "surrogatepass"))
    return -(-len(piece) // _EACH[kind])
