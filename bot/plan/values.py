"""How a plan writes values: words, quotes, comments. And how it is told what it may have meant."""

import difflib
import re
from collections.abc import Iterable, Sequence

from bot.text.invisible import shown

_WORD = re.compile(r""""([^"]*)"(?=[\s,]|$)|'([^']*)'(?=[\s,]|$)|([^\s,]+)|(,)""")
_COMMENT = re.compile(r"(?:^|\s)#(?=\s|$)")
_QUOTED = re.compile(r"""\s*(?:"[^"]*"|'[^']*')(?=\s|$)""")
_PLAIN = re.compile(r"""[^\s,"'#\[\]][^\s,]*""")


def without_comment(value: str) -> str:
    """Cut ` # comment`. A `#` that touches a word, as in `fix #12`, belongs to the value."""
    start = found.end() if (found := _QUOTED.match(value)) else 0
    comment = _COMMENT.search(value, start)
    return (value[: comment.start()] if comment else value).strip()


def words(value: str) -> tuple[str, ...]:
    """Words between blanks or commas; quotes keep blanks and commas inside one word."""
    return tuple(w for w, comma in _split(value) if not comma)


def has_comma(value: str) -> bool:
    return any(comma for _, comma in _split(value))


def _split(value: str) -> list[tuple[str, bool]]:
    return [(m[1] or m[2] or m[3] or "", bool(m[4])) for m in _WORD.finditer(value)]


def quoted(word: str) -> str:
    """`word` so that `words` reads it back as one; as it is where that cannot be."""
    if _PLAIN.fullmatch(word):
        return word
    return f"'{word}'" if '"' in word else f'"{word}"'


def spelled(values: Iterable[str]) -> str:
    return ", ".join(map(quoted, values))


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """`Did you mean X?`, else the known ones; written after the mend's own sentence."""
    names = sorted(set(known))
    lower = {name.casefold(): name for name in reversed(names)}
    near = difflib.get_close_matches(word.casefold()[:60], lower, n=1, cutoff=0.6)
    if near:
        return f"Did you mean `{lower[near[0]]}`?"
    return f"Known: {listed(names)}." if names else "None is known here."


def listed(names: Sequence[str], most: int = 12) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(f"`{shown(name)}`" for name in names[:most]) + more
