"""Kinds of search/replace replies: slips of blanks, quotes, markers and names."""

import random
import re
from collections.abc import Callable
from html import escape

from edit_fresh_commits import CommitEdit
from edit_fresh_kinds import (
    Draft,
    curl_quotes,
    fence_word,
    map_lines,
    register_draft,
    register_reply,
)
from edit_history import Block, Real, blocks_of, search_replace

Change = Callable[[str], str]
OUTER_LINES = 2


def write_blocks(real: Real, blocks: list[Block] | None = None) -> str:
    word = fence_word(real.path)
    return search_replace(real.path, blocks or blocks_of(real), fence=f"```{word}")


def register_change(
    name: str, search: Change | None = None, replace: Change | None = None, group: str = "must"
) -> None:
    """Blocks whose SEARCH and REPLACE are changed, line by line; only where that changes any."""

    def write(edit: CommitEdit, _: random.Random) -> str | None:
        blocks = blocks_of(edit)
        try:
            changed = [
                Block(
                    map_lines(b.search, search) if search else b.search,
                    map_lines(b.replace, replace) if replace else b.replace,
                )
                for b in blocks
            ]
        except LookupError:
            return None
        return None if changed == blocks else write_blocks(edit, changed)

    register_reply(name, write, group)


def cut_margin(count: int) -> Change:
    """Lines without such a margin give the edit up: nobody could tell them from the others then."""

    def change(line: str) -> str:
        if not line[:count].isspace():
            raise LookupError(line)
        return line[count:]

    return change


def halve_margin(line: str) -> str:
    text = line.lstrip(" ")
    return " " * ((len(line) - len(text)) // 2) + text


def to_tabs(width: int) -> Change:
    def change(line: str) -> str:
        text = line.lstrip(" ")
        margin = len(line) - len(text)
        return "\t" * (margin // width) + " " * (margin % width) + text

    return change


def _margin(text: str) -> int:
    filled = [line for line in text.splitlines() if line.strip()]
    return min((len(line) - len(line.lstrip()) for line in filled), default=0)


def _dedent(edit: CommitEdit, *, both: bool) -> str | None:
    blocks = blocks_of(edit)
    margins = [_margin(b.search + b.replace) if both else _margin(b.search) for b in blocks]
    if not all(margins):
        return None
    cut = [
        Block(
            map_lines(b.search, lambda x, n=n: x[n:]),
            map_lines(b.replace, lambda x, n=n: x[n:]) if both else b.replace,
        )
        for b, n in zip(blocks, margins, strict=True)
    ]
    return write_blocks(edit, cut)


def _first_margin(edit: CommitEdit, *, both: bool) -> str | None:
    blocks = blocks_of(edit)
    if not all(b.search[:1] in {" ", "\t"} and b.search.count("\n") > 1 for b in blocks):
        return None
    if not all(b.search.splitlines()[0].strip() for b in blocks):
        return None
    if both and not all(b.replace[:1] in {" ", "\t"} for b in blocks):
        return None
    return write_blocks(
        edit,
        [
            Block(b.search.lstrip(" \t"), b.replace.lstrip(" \t") if both else b.replace)
            for b in blocks
        ],
    )


register_reply("sr", lambda e, _: write_blocks(e))
register_change("sr trailing blanks added to search", lambda x: x + "  ")
register_change("sr trailing blanks added to both", lambda x: x + " ", None)
register_change("sr both 2 less", cut_margin(2), cut_margin(2))
register_change("sr both indented 4 more", lambda x: "    " + x, lambda x: "    " + x)
register_change("sr both 1 more", lambda x: " " + x, lambda x: " " + x)
register_change("sr margins halved", halve_margin, halve_margin)
register_change("sr tabs/spaces swapped, 2", to_tabs(2), to_tabs(2))
register_change("sr tabs/spaces swapped, 4", to_tabs(4), to_tabs(4))
register_change("sr tabs expanded", lambda x: x.expandtabs(4), lambda x: x.expandtabs(4))
register_change("sr curly quotes, both", curl_quotes, curl_quotes)
register_change("sr curly quotes, search", curl_quotes)
register_change(
    "sr entities, both", lambda x: escape(x, quote=False), lambda x: escape(x, quote=False)
)
register_change("sr entities with quotes, both", escape, escape)
register_change("sr no-break blanks in search", lambda x: x.replace("  ", " \u00a0"))
register_reply("sr both dedented", lambda e, _: _dedent(e, both=True))
register_reply("sr search dedented only", lambda e, _: _dedent(e, both=False))
register_reply("sr first margin lost, both", lambda e, _: _first_margin(e, both=True))
register_reply("sr first margin lost, search", lambda e, _: _first_margin(e, both=False))


def _edges(
    before: str, after: str, *, both: bool
) -> Callable[[CommitEdit, random.Random], str | None]:
    """Blank lines around SEARCH that the file does not have there, or in both parts."""

    def write(edit: CommitEdit, _: random.Random) -> str | None:
        blocks = blocks_of(edit)
        # A blank line that the file has there and REPLACE leaves out is a wish, not a slip.
        if not both and any(f"\n{before}{b.search}{after}" in f"\n{edit.before}" for b in blocks):
            return None
        return write_blocks(
            edit,
            [
                Block(before + b.search + after, before + b.replace + after if both else b.replace)
                for b in blocks
            ],
        )

    return write


register_reply("sr trailing blank line", _edges("", "\n", both=True))
register_reply("sr trailing blank line, search", _edges("", "\n", both=False))
register_reply("sr leading blank line", _edges("\n", "", both=True))
register_reply("sr leading blank line, search", _edges("\n", "", both=False))


def _markers(change: Callable[[str], str]) -> Callable[[CommitEdit, random.Random], str]:
    return lambda edit, _: change(write_blocks(edit))


register_reply(
    "sr markers trailing >",
    _markers(
        lambda text: text.replace("<<<<<<< SEARCH\n", "------- SEARCH>\n").replace(
            ">>>>>>> REPLACE\n", "+++++++ REPLACE>\n"
        )
    ),
)
register_reply(
    "sr git markers trailing >",
    _markers(
        lambda text: text.replace("<<<<<<< SEARCH\n", "<<<<<<< SEARCH>\n").replace(
            ">>>>>>> REPLACE\n", ">>>>>>> REPLACE>\n"
        )
    ),
)
register_reply(
    "sr cline markers",
    _markers(
        lambda text: text.replace("<<<<<<< SEARCH\n", "------- SEARCH\n").replace(
            ">>>>>>> REPLACE\n", "+++++++ REPLACE\n"
        )
    ),
)
register_reply(
    "sr original/updated markers",
    _markers(
        lambda text: text.replace("<<<<<<< SEARCH\n", "<<<<<<< ORIGINAL\n").replace(
            ">>>>>>> REPLACE\n", ">>>>>>> UPDATED\n"
        )
    ),
)
register_reply(
    "sr end marker missing, fence closed",
    _markers(lambda text: text.replace(">>>>>>> REPLACE\n```", "```")),
    "may",
)
register_reply("crlf reply", _markers(lambda text: text.replace("\n", "\r\n")))
register_reply("sr no fence", lambda e, _: search_replace(e.path, blocks_of(e), fence=""))
register_reply(
    "sr one fence for all",
    lambda e, _: (
        f"{e.path}\n```\n"
        + search_replace("", blocks_of(e), fence="").replace("\n\n<<<", "\n<<<").lstrip("\n")
        + "```\n"
    ),
)
register_reply(
    "sr no name, --file",
    lambda e, _: search_replace("", blocks_of(e), fence=f"```{fence_word(e.path)}").lstrip("\n"),
    default=True,
)

DECORATIONS = (
    "**{}**",
    "`{}`",
    "### {}",
    "### `{}`",
    "**`{}`**:",
    "File: {}",
    "File: `{}`",
    "# {}",
    "// {}",
    "1. `{}`",
    "- {}",
    "{}:",
    "## File: {}",
    "<path>{}</path>",
    "Path: {}",
    "[{0}]({0})",
    "{} (updated)",
    "#### 2. Update `{}`",
    "In `{}`:",
    "**File: {}**",
    "Filename: {}",
    '"{}"',
)


def _decorated(edit: CommitEdit, dice: random.Random) -> str:
    mark = dice.choice(DECORATIONS).format(edit.path)
    return search_replace(mark, blocks_of(edit), fence=f"```{fence_word(edit.path)}")


register_reply("sr decorated path", _decorated)
register_reply(
    "sr path and lines in words",
    lambda e, _: search_replace(f"In `{e.path}` (lines 1-20), change this:", blocks_of(e)),
)
register_reply(
    "sr a sentence between path and block",
    lambda e, _: search_replace(f"### {e.path}\n\nThis keeps the old behaviour.\n", blocks_of(e)),
)


def _numbered(edit: CommitEdit, dice: random.Random) -> str:
    sep = dice.choice(["| ", ": ", "\t", " | "])
    lines = edit.before.splitlines(keepends=True)
    out = []
    for b in blocks_of(edit):
        size = b.search.count("\n")
        first = next(at for at in range(len(lines)) if "".join(lines[at : at + size]) == b.search)

        def number(text: str, first: int = first) -> str:
            rows = enumerate(text.splitlines(keepends=True), first + 1)
            return "".join(f"{n:4}{sep}{row}" for n, row in rows)

        out.append(Block(number(b.search), number(b.replace)))
    return write_blocks(edit, out)


register_reply("sr line numbers", _numbered)
register_reply("sr blocks reversed", lambda e, _: write_blocks(e, blocks_of(e)[::-1]))
register_reply("sr a block twice", lambda e, _: write_blocks(e, [*blocks_of(e), blocks_of(e)[-1]]))


def _in_tags(edit: CommitEdit, _: random.Random) -> str:
    body = search_replace("", blocks_of(edit), fence="").lstrip("\n")
    return (
        f"<replace_in_file>\n<path>{edit.path}</path>\n<diff>\n{body}</diff>\n</replace_in_file>\n"
    )


register_reply("sr in <diff> tags with <path>", _in_tags, "may")


def _roo(edit: CommitEdit, _: random.Random) -> str:
    lines = edit.before.splitlines(keepends=True)
    out = f"<path>{edit.path}</path>\n<diff>\n"
    for b in blocks_of(edit):
        size = b.search.count("\n")
        first = next(at for at in range(len(lines)) if "".join(lines[at : at + size]) == b.search)
        out += f"<<<<<<< SEARCH\n:start_line:{first + 1}\n-------\n{b.search}=======\n"
        out += f"{b.replace}>>>>>>> REPLACE\n\n"
    return out + "</diff>\n"


register_reply("sr with start_line", _roo, "may")


def _drop_inner_blanks(edit: CommitEdit, _: random.Random) -> str | None:
    blocks = blocks_of(edit)
    dropped = [Block(re.sub(r"\n\n+(?=.)", "\n", b.search), b.replace) for b in blocks]
    if dropped == blocks or any(b.search == b.replace for b in dropped):
        return None
    return write_blocks(edit, dropped)


register_reply("sr inner blank lines dropped in search", _drop_inner_blanks, "may")


def _elide_both(edit: CommitEdit, _: random.Random) -> str | None:
    """The search's first lines, dots, its last ones; the same in the replacement."""
    blocks = blocks_of(edit)
    out = []
    for b in blocks:
        old, new = (text.splitlines(keepends=True) for text in (b.search, b.replace))
        same = 0
        while same < min(len(old), len(new)) and old[same] == new[same]:
            same += 1
        if same <= OUTER_LINES:
            return None
        out.append(
            Block("".join([old[0], "...\n", *old[same:]]), "".join([new[0], "...\n", *new[same:]]))
        )
    return write_blocks(edit, out)


register_reply("sr context elided in both", _elide_both, "may")


def _stored(change: Callable[[str], bytes]) -> Callable[[CommitEdit, random.Random], Draft]:
    def make(edit: CommitEdit, _: random.Random) -> Draft:
        before, after = change(edit.before), change(edit.after)
        return Draft({edit.path: before}, write_blocks(edit), {edit.path: after}, edit.path)

    return make


BOM = b"\xef\xbb\xbf"
register_draft("bom file", _stored(lambda text: BOM + text.encode()))
register_draft("crlf file", _stored(lambda text: text.replace("\n", "\r\n").encode()))
register_draft("bom crlf file", _stored(lambda text: BOM + text.replace("\n", "\r\n").encode()))
register_draft("no final newline", _stored(lambda text: text.encode()[:-1]))
