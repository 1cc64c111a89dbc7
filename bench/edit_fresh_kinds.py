"""What a kind of reply is, and the table of all of them."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, NamedTuple

from edit_fresh_commits import CommitEdit

Group = Literal["must", "may", "two", "none"]


@dataclass(frozen=True)
class Draft:
    """A reply and what must come of it; `after` None: nothing may change."""

    before: dict[str, bytes]
    reply: str
    after: dict[str, bytes] | None
    default: str = ""
    kind: str = ""
    name: str = ""
    group: Group = "must"


Make = Callable[[CommitEdit, random.Random], Draft | None]
Write = Callable[[CommitEdit, random.Random], str | None]


class FreshKind(NamedTuple):
    group: Group
    make: Make


KINDS: dict[str, FreshKind] = {}


def register_draft(name: str, make: Make, group: Group = "must") -> None:
    KINDS[name] = FreshKind(group, make)


def register_reply(
    name: str, write: Write, group: Group = "must", *, default: bool = False
) -> None:
    """A kind whose reply is for the edit's own file; `default`: that file is given as --file."""

    def make(edit: CommitEdit, dice: random.Random) -> Draft | None:
        reply = write(edit, dice)
        if reply is None:
            return None
        after = None if group == "none" else {edit.path: edit.after.encode()}
        files = {edit.path: edit.before.encode()}
        if edit.second:
            files[edit.second.path] = edit.second.before.encode()
        return Draft(files, reply, after, edit.path if default else "")

    register_draft(name, make, group)


FENCE_WORDS = {
    "ts": "typescript", "tsx": "tsx", "js": "javascript", "mjs": "javascript", "rs": "rust",
    "java": "java", "c": "c", "h": "c", "md": "markdown", "mdx": "mdx", "yml": "yaml",
    "yaml": "yaml", "xml": "xml", "json": "json", "toml": "toml", "sh": "bash", "py": "python",
    "go": "go", "rb": "ruby", "php": "php", "css": "css", "html": "html",
}  # fmt: skip


def fence_word(path: str) -> str:
    return FENCE_WORDS.get(path.rsplit(".", 1)[-1], "")


def fence(text: str, word: str = "") -> str:
    """The text in a fence that is longer than any in it."""
    ticks = "`" * 3
    while ticks in text:
        ticks += "`"
    return f"{ticks}{word}\n{text}{ticks}\n"


def map_lines(text: str, change: Callable[[str], str]) -> str:
    """Each line that is not blank, changed."""
    return "".join(
        change(line[:-1]) + "\n" if line.strip() else line
        for line in text.splitlines(keepends=True)
    )


def curl_quotes(text: str) -> str:
    out, inside = [], False
    for c in text:
        if c == '"':
            out.append("\u201d" if inside else "\u201c")
            inside = not inside
        else:
            out.append("\u2019" if c == "'" else c)
    return "".join(out)
