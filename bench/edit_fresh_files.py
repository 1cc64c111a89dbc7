"""Kinds of replies that are a whole file, and replies for two files of one commit."""

import random
from html import escape

from edit_fresh_blocks import write_blocks
from edit_fresh_commits import CommitEdit
from edit_fresh_kinds import (
    Draft,
    curl_quotes,
    fence,
    fence_word,
    map_lines,
    register_draft,
    register_reply,
)
from edit_history import Real, blocks_of, search_replace

CHAT = "Sure, here is the change.\n\n{}\nLet me know if anything else is needed.\n"
NAMES = (
    "{}",
    "`{}`",
    "**{}**",
    "### {}",
    "### `{}`",
    "File: `{}`",
    "# {}",
    "**`{}`**",
    "{}:",
    "## {} (updated)",
    "Updated `{}`:",
    "1. **{}**",
    "<path>{}</path>",
    "Here is `{}`:",
)


def whole(real: Real, above: str = "", info: str = "") -> str:
    return f"{above}{fence(real.after, fence_word(real.path) + info)}"


def _quoted(change: object, edit: CommitEdit) -> str | None:
    text = map_lines(edit.after, change)  # type: ignore[arg-type]
    return None if text == edit.after else f"{edit.path}\n{fence(text, fence_word(edit.path))}"


def _numbered(edit: CommitEdit, dice: random.Random) -> str:
    sep = dice.choice([" | ", ": ", "\t"])
    rows = enumerate(edit.after.splitlines(keepends=True), 1)
    text = "".join(f"{n:4}{sep}{row}" for n, row in rows)
    return f"{edit.path}\n{fence(text, fence_word(edit.path))}"


register_reply("whole", lambda e, _: whole(e, f"{e.path}\n"))
register_reply(
    "whole decorated name", lambda e, d: whole(e, d.choice(NAMES).format(e.path) + "\n\n")
)
register_reply(
    "whole name in prose",
    lambda e, _: CHAT.format(whole(e, f"This is the new `{e.path}`, complete:\n\n")),
)
register_reply("whole file= info", lambda e, _: whole(e, info=f" file={e.path}"))
register_reply("whole title= info", lambda e, _: whole(e, info=f' title="{e.path}"'))
register_reply(
    "whole in info string", lambda e, _: fence(e.after, f"{fence_word(e.path)}:{e.path}")
)
register_reply(
    "whole in <file> tag", lambda e, _: f'<file path="{e.path}">\n{e.after}</file>\n', "may"
)
register_reply("whole unnamed, --file", lambda e, _: whole(e), default=True)
register_reply("whole unnamed in chat, --file", lambda e, _: CHAT.format(whole(e)), default=True)
register_reply("whole unfenced, --file", lambda e, _: e.after, "may", default=True)
register_reply(
    "whole unfenced in chat, --file", lambda e, _: CHAT.format(e.after), "may", default=True
)
register_reply(
    "whole unclosed", lambda e, _: whole(e, f"{e.path}\n").rstrip("\n").rstrip("`"), "may"
)
register_reply("whole with numbers", _numbered)
register_reply("whole curly", lambda e, _: _quoted(curl_quotes, e), "may")
register_reply("whole entities", lambda e, _: _quoted(lambda x: escape(x, quote=False), e), "may")
register_reply(
    "whole old then new, --file",
    lambda e, _: f"Before:\n\n{fence(e.before, fence_word(e.path))}\nAfter:\n\n{whole(e)}",
    "may",
    default=True,
)


def _draft_then_final(edit: CommitEdit, dice: random.Random) -> str:
    rows = edit.after.splitlines(keepends=True)
    at = dice.randrange(len(rows))
    draft = "".join(rows[:at] + rows[at + 1 :])
    first = f"First try, `{edit.path}`:\n\n{fence(draft, fence_word(edit.path))}\n"
    return f"{first}That lacks a line. Final version of `{edit.path}`:\n\n{whole(edit)}"


register_reply("whole draft then final", _draft_then_final, "may")


# --- two files of one commit -------------------------------------------------------------------

SENTENCES = (
    "Now `{}` needs the same:",
    "And in {}:",
    "Then update `{}` too.\n",
    "### Changes to `{}`\n",
    "## {}\n\nThis one follows from the first.\n",
    "<path>{}</path>",
    "Finally, {} (lines 1-20):",
)


def _two_blocks(edit: CommitEdit, dice: random.Random, default: str) -> Draft | None:
    if edit.second is None:
        return None
    sentence = dice.choice(SENTENCES).format(edit.second.path)
    word = fence_word(edit.second.path)
    second = search_replace(sentence, blocks_of(edit.second)[:1], fence=f"```{word}")
    rest = blocks_of(edit.second)[1:]
    second += search_replace(edit.second.path, rest, fence=f"```{word}") if rest else ""
    return _draft_two(edit, edit.second, f"{write_blocks(edit)}\n{second}", default)


def _draft_two(edit: CommitEdit, second: Real, reply: str, default: str) -> Draft:
    before = {edit.path: edit.before.encode(), second.path: second.before.encode()}
    after = {edit.path: edit.after.encode(), second.path: second.after.encode()}
    if not second.before:
        del before[second.path]
    return Draft(before, reply, after, default)


def _two_wholes(edit: CommitEdit, dice: random.Random) -> Draft | None:
    if edit.second is None:
        return None
    sentence = dice.choice(SENTENCES).format(edit.second.path)
    reply = f"{whole(edit)}\n{sentence}\n\n{whole(edit.second)}"
    return _draft_two(edit, edit.second, reply, edit.path)


def _new_file(edit: CommitEdit, dice: random.Random, *, default: bool) -> Draft | None:
    if edit.added is None:
        return None
    create = dice.choice(["Create `{}`:", "Add a new file `{}`:\n", "### New file: {}\n", "{}"])
    reply = create.format(edit.added.path) + "\n" + whole(edit.added)
    before = {edit.path: edit.before.encode()}
    after = {edit.added.path: edit.added.after.encode()}
    return Draft(before, reply, after, edit.path if default else "")


register_draft(
    "two files, the second named in a sentence", lambda e, d: _two_blocks(e, d, ""), "two"
)
register_draft(
    "two files, named in sentences, --file is the first",
    lambda e, d: _two_blocks(e, d, e.path),
    "two",
)
register_draft("two whole files, the second in a sentence, --file is the first", _two_wholes, "two")
register_draft(
    "new file named in a sentence, --file is another",
    lambda e, d: _new_file(e, d, default=True),
    "two",
)
register_draft("new file named in a sentence", lambda e, d: _new_file(e, d, default=False), "two")
register_draft(
    "two files, both named alone",
    lambda e, _: (
        _draft_two(e, e.second, f"{write_blocks(e)}\n{write_blocks(e.second)}", "")
        if e.second
        else None
    ),
    "must",
)
register_draft(
    "the second file alone, named, --file is the first",
    lambda e, _: (
        Draft(
            {e.path: e.before.encode(), e.second.path: e.second.before.encode()},
            write_blocks(e.second),
            {e.second.path: e.second.after.encode()},
            e.path,
        )
        if e.second
        else None
    ),
    "must",
)
