"""What a question asks for: its words by weight, the paths and names it writes."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from bot.text.code_words import STOP_WORDS, count_words

TITLE_WEIGHT = 2.0
"""A word of the first line says more than one of the body."""
CODE_WEIGHT = 1.0
"""What a word in code marks weighs more than in prose."""
QUOTED = re.compile(r"```.*?(?:```|\Z)|`[^`\n]+`", re.DOTALL)
PATH = re.compile(r"(?<![\w/.@:-])/?(?:[\w.@-]+/)*[\w@-][\w.@-]*\.[A-Za-z]\w{0,9}\b")
IDENTIFIER = re.compile(r"\b[A-Za-z_]\w{2,79}\b")
MAX_PATHS = 200
"""Paths looked for; a text that names more of them is a listing."""
MAX_QUESTION_CHARS = 32_000
"""What an issue is about stands before that."""
# Numbers of issues, names of commits, addresses of people: rare words that no file is about.
NOISE = re.compile(r"(?<!\w)#\d+|\b[0-9a-f]{7,64}\b|(?<![\w.+-])[\w.+-]{1,64}@[\w.-]+")
WEB_ADDRESS = re.compile(r"https?://\S+")


@dataclass(frozen=True, slots=True)
class Question:
    """`words` by weight; `paths` as the text writes them; `names` are identifiers in it."""

    words: dict[str, float]
    paths: tuple[str, ...]
    names: frozenset[str]


def parse_question(text: str) -> Question:
    text = text.strip()[:MAX_QUESTION_CHARS]
    said = NOISE.sub(" ", WEB_ADDRESS.sub(_last_of_address, text)).strip()
    first, _, rest = said.partition("\n")
    weights: dict[str, float] = {}
    for part, weight in (
        (first, TITLE_WEIGHT),
        (rest, 1.0),
        ("\n".join(QUOTED.findall(said)), CODE_WEIGHT),
    ):
        for word, times in count_words(part.encode(errors="replace")).items():
            if word not in STOP_WORDS:
                weights[word] = weights.get(word, 0.0) + weight * times
    paths = tuple(dict.fromkeys(PATH.findall(text)))[:MAX_PATHS]
    return Question(dict(sorted(weights.items())), paths, frozenset(_code_names(text)))


def _last_of_address(found: re.Match[str]) -> str:
    """The last part of an address may name what it is about; the first ones name the site."""
    last = found[0].partition("?")[0].rstrip("/").rpartition("/")[2]
    return "" if last.isdigit() or "." in last else last


def _code_names(text: str) -> Iterator[str]:
    """Words that can only be code (camelCase, snake_case), and any word in code marks."""
    for quoted in QUOTED.findall(text):
        yield from IDENTIFIER.findall(quoted)
    for word in IDENTIFIER.findall(text):
        if "_" in word.strip("_") or re.search(r"[a-z0-9][A-Z]", word):
            yield word
