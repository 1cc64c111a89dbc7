"""How much of what a fix changed a map shows, and how far up its files stand."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence

from bot.code import language_of
from bot.repo_map.files import TEST_PATHS

Gold = Mapping[str, Sequence[str]]


def shown(text: str, gold: Gold, paths: Collection[str]) -> float:
    """The share of these definitions whose name stands as a word below their own file's path."""
    below = dict(blocks(text, paths))
    wanted = [(path, name) for path, names in gold.items() for name in names]
    found = [has_word(below.get(path, ""), name) for path, name in wanted]
    return sum(found) / len(wanted)


def named(text: str, gold: Gold, paths: Collection[str]) -> float:
    """The share of these files that the text names on a line of their own."""
    below = dict(blocks(text, paths))
    return sum(path in below for path in gold) / len(gold)


def blocks(text: str, paths: Collection[str]) -> Iterator[tuple[str, str]]:
    """Each file that is named at the start of a line, and the lines up to the next one."""
    path, lines = "", []
    for line in text.splitlines():
        first = line.partition(" ")[0].removesuffix(":")
        if first and first in paths:
            yield path, "\n".join(lines)
            path, lines = first, []
        else:
            lines.append(line)
    yield path, "\n".join(lines)


def has_word(text: str, name: str) -> bool:
    return re.search(rf"(?<![\w$]){re.escape(name)}(?![\w$])", text) is not None


def first_rank(ranked: Sequence[str], gold: Gold) -> int:
    """The place of the first file that the fix changed, from 1; 0 for none."""
    return next((at for at, path in enumerate(ranked, 1) if path in gold), 0)


def code_alone(ranked: Sequence[str], gold: Gold) -> list[str]:
    """Without tests and prose, which a contender may well rank high and no fix is about."""
    return [path for path in ranked if path in gold or is_code(path)]


def is_code(path: str) -> bool:
    return bool(language_of(path)) and not TEST_PATHS.search(path)
