"""One line a folder: what its README says first, else what it mainly defines. No model is asked."""

import re
from collections.abc import Iterator, Mapping, Sequence

from bot.code import Outline
from bot.ledger import strip_to_line
from bot.models.token_estimate import truncate_text
from bot.text.invisible import make_printable

README = re.compile(r"readme(?:\.(?:md|markdown|rst|txt|adoc))?", re.IGNORECASE)
NOT_PROSE = re.compile(
    r"^\s*(?:#{1,6}\s|[=~^*`\"'-]{3,}\s*$|<|!\[|\[!|\[[^\]]*\]:|\.\. |:[\w-]+:|\||```|---)"
)
COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
UNDERLINE = re.compile(r"^\s*[=~^\"'-]{3,}\s*$")
LINK = re.compile(r"!?\[([^\]]{0,200})\]\([^)]{0,400}\)")
SENTENCE = re.compile(r"^(.{15,}?[.!?])(?:\s|$)")
MAX_NOTE_TOKENS = 40
"""Tokens of a line."""
MAX_README_CHARS = 20_000
"""Characters of a README that are looked at."""
MAX_NAMES = 6


def describe_folder(folder: str, readme: str | None, outlines: Mapping[str, Outline]) -> str:
    """`outlines` are those of the folder's files by name; empty where there is nothing to say."""
    summary = first_sentence(readme or "") or _public_names(outlines)
    return (
        truncate_text(f"{make_printable(folder, 100) or '.'}/: {summary}", MAX_NOTE_TOKENS)
        if summary
        else ""
    )


def first_sentence(readme: str) -> str:
    """Of the first paragraph that is prose: no heading, badge, table, markup or code."""
    for paragraph in _paragraphs(COMMENT.sub("", readme[:MAX_README_CHARS])):
        text = strip_to_line(LINK.sub(r"\1", paragraph))
        if re.search(r"\w{2}", text):
            found = SENTENCE.match(text)
            return found[1] if found else text
    return ""


def _paragraphs(text: str) -> Iterator[str]:
    lines = text.splitlines()
    kept: list[str] = []
    for at, line in enumerate(lines):
        heading = at + 1 < len(lines) and line.strip() and UNDERLINE.match(lines[at + 1])
        if line.strip() and not heading and not NOT_PROSE.match(line):
            kept.append(line)
        elif kept:
            yield " ".join(kept)
            kept = []
    yield " ".join(kept)


def _public_names(outlines: Mapping[str, Outline]) -> str:
    """Public names at the top of each file, files and names in their order, a few in all."""
    found: dict[str, None] = {}
    for path in sorted(outlines):
        for each in outlines[path].symbols:
            if not each.owner and each.kind != "heading" and each.name[:1] != "_":
                found[make_printable(each.name, 40)] = None
    names: Sequence[str] = list(found)
    more = ", ..." if len(names) > MAX_NAMES else ""
    return f"defines {', '.join(names[:MAX_NAMES])}{more}" if names else ""
