"""Kinds that must change nothing: cut off, thoughts, wrong words, pieces, other files."""

import random
import re

from edit_fresh_blocks import write_blocks
from edit_fresh_commits import CommitEdit
from edit_fresh_diffs import HUNK, in_fence
from edit_fresh_files import whole
from edit_fresh_kinds import Draft, fence, fence_word, register_draft, register_reply
from edit_history import Block, blocks_of, unified, v4a

MIN_LINES = 20
MIN_SEARCH_LINES = 3
ELISIONS = (
    "# remaining statements", "// Rest of component", "# all other methods go here",
    "// as before", "// leave everything else as is", "{/* existing JSX */}",
    "// See original", "/* unchanged */", "# ... rest of the file ...",
    "// ...", "<!-- other sections stay -->", "# (previous code here)",
    "// keep the following functions as they were", "# TODO: keep the rest", "...", "// and so on",
)  # fmt: skip


def register_none(name: str, write: object, *, default: bool = False) -> None:
    register_reply(f"neg {name}", write, "none", default=default)  # type: ignore[arg-type]


def _thought(tag: str, *, closed: bool) -> object:
    def write(edit: CommitEdit, dice: random.Random) -> str:
        draft = write_blocks(edit) if dice.random() < 1 / 2 else whole(edit, f"{edit.path}\n")
        opened, close = (f"[{tag}]", f"[/{tag}]") if tag.isupper() else (f"<{tag}>", f"</{tag}>")
        end = f"{close}\n\nI would rather look at the callers first.\n" if closed else ""
        return f"{opened}\nLet me draft it.\n\n{draft}\nThat looks right, but wait.\n{end}"

    return write


for _tag in ("think", "THINK", "thought", "reasoning"):
    register_none(f"{_tag} never closed", _thought(_tag, closed=False))
    register_none(f"draft in {_tag}, no answer", _thought(_tag, closed=True))


def _rows_of(edit: CommitEdit) -> tuple[list[str], list[int]]:
    rows = unified(edit).splitlines(keepends=True)
    return rows, [at for at, row in enumerate(rows) if row.startswith("@@")]


def _cut_in_hunk(edit: CommitEdit, dice: random.Random, *, bare: bool) -> str | None:
    """Cut behind a line of the last hunk that still has additions or removals after it."""
    rows, heads = _rows_of(edit)
    places = [
        at
        for at in range(heads[-1] + 1, len(rows))
        if any(row[:1] in "+-" for row in rows[at + 1 :])
    ]
    if not places:
        return None
    cut = "".join(rows[: dice.choice(places) + 1])
    return "```diff\n" + (HUNK.sub("@@", cut) if bare else cut)


def _cut_between_hunks(edit: CommitEdit, dice: random.Random) -> str | None:
    rows, heads = _rows_of(edit)
    return "```diff\n" + "".join(rows[: dice.choice(heads[1:])]) if len(heads) > 1 else None


register_none("ud cut off in a hunk, numbers", lambda e, d: _cut_in_hunk(e, d, bare=False))
register_none("ud cut off in a hunk, bare @@", lambda e, d: _cut_in_hunk(e, d, bare=True))
register_none("ud cut off between hunks", _cut_between_hunks)


def _cut_lines(text: str, dice: random.Random, first: int) -> str:
    rows = text.splitlines(keepends=True)
    return "".join(rows[: dice.randrange(first, len(rows) - 1)])


def _cut_block(edit: CommitEdit, dice: random.Random) -> str | None:
    text = write_blocks(edit)
    at = text.rindex("=======\n")
    rows = text[at:].splitlines(keepends=True)
    return text[:at] + "".join(rows[: dice.randrange(1, len(rows) - 1)])


def _cut_patch(edit: CommitEdit, dice: random.Random) -> str | None:
    rows = v4a(edit).splitlines(keepends=True)
    places = [at for at in range(3, len(rows) - 2) if any(x[:1] in "+-" for x in rows[at + 1 : -1])]
    return "".join(rows[: dice.choice(places) + 1]) if places else None


def _cut_whole(edit: CommitEdit, dice: random.Random) -> str | None:
    if edit.after.count("\n") < MIN_LINES:
        return None
    text = whole(edit, f"{edit.path}\n")
    return _cut_lines(text, dice, 2 + edit.after.count("\n") // 2)


register_none("sr cut off in REPLACE", _cut_block)
register_none("v4a cut off", _cut_patch)
register_none("whole cut off", _cut_whole)


def _without_a_line(edit: CommitEdit, dice: random.Random) -> str | None:
    """One inner line of the file left out of SEARCH: what is meant is not what stands there."""
    blocks = blocks_of(edit)
    rows = blocks[0].search.splitlines(keepends=True)
    if len(rows) < MIN_SEARCH_LINES:
        return None
    at = dice.randrange(1, len(rows) - 1)
    if not rows[at].strip():
        return None
    search = "".join(rows[:at] + rows[at + 1 :])
    if search in edit.before or search == blocks[0].replace:
        return None
    return write_blocks(edit, [Block(search, blocks[0].replace), *blocks[1:]])


def _hallucinated(edit: CommitEdit, dice: random.Random) -> str | None:
    """A word of SEARCH that the file does not have."""
    blocks = blocks_of(edit)
    words = sorted(set(re.findall(r"[A-Za-z_]{5,}", blocks[0].search)))
    if not words:
        return None
    word = dice.choice(words)
    search = blocks[0].search.replace(word, word[::-1].lower() + "zq")
    return write_blocks(edit, [Block(search, blocks[0].replace), *blocks[1:]])


def _hallucinated_context(edit: CommitEdit, dice: random.Random) -> str | None:
    rows = unified(edit).splitlines(keepends=True)
    places = [
        at
        for at, row in enumerate(rows)
        if at > 2 and row[:1] in " -" and re.search(r"[A-Za-z_]{5,}", row)  # noqa: PLR2004 headers
    ]
    if not places:
        return None
    at = dice.choice(places)
    rows[at] = rows[at][0] + re.sub(r"[A-Za-z_]{5,}", "zqzqzq", rows[at][1:], count=1)
    return in_fence("".join(rows))


register_none("sr one line left out of search", _without_a_line)
register_none("sr hallucinated word in search", _hallucinated)
register_none("ud hallucinated word", _hallucinated_context)


def _elided(edit: CommitEdit, dice: random.Random) -> str | None:
    rows = edit.after.splitlines(keepends=True)
    if len(rows) < MIN_LINES:
        return None
    size = dice.randrange(6, max(7, len(rows) // 2))
    at = dice.randrange(1, len(rows) - size)
    if sum(bool(row.strip()) for row in rows[at : at + size]) < MIN_SEARCH_LINES + 1:
        return None
    margin = re.match(r"\s*", rows[at])
    mark = (margin[0].rstrip("\n") if margin else "") + dice.choice(ELISIONS) + "\n"
    text = "".join([*rows[:at], mark, *rows[at + size :]])
    return f"{edit.path}\n{fence(text, fence_word(edit.path))}"


def _snippet(edit: CommitEdit, _: random.Random) -> str | None:
    """What the change looks like and a few lines around it, named as the file."""
    text = blocks_of(edit)[0].replace
    if 2 * text.count("\n") > edit.after.count("\n") or not text.strip():
        return None
    return f"{edit.path}\n{fence(text, fence_word(edit.path))}"


def _snippet_unnamed(edit: CommitEdit, dice: random.Random) -> str | None:
    text = _snippet(edit, dice)
    return text.split("\n", 1)[1] if text else None


register_none("whole elided", _elided)
register_none("snippet of the change, named", _snippet)
register_none("snippet of the change, unnamed, --file", _snippet_unnamed, default=True)


def _other_file(edit: CommitEdit, _: random.Random) -> Draft | None:
    other = edit.second or edit.added
    if other is None:
        return None
    before = {edit.path: edit.before.encode()}
    return Draft(before, fence(other.after, fence_word(other.path)), None, edit.path)


register_draft("neg another real file in the only fence, unnamed, --file", _other_file, "none")
USAGE = "Run the tests like this:\n\n```bash\n{}\n```\n\nThat should be all.\n"
register_none(
    "usage in the only fence, --file",
    lambda e, _: USAGE.format(f"cat {e.path}\nmake test\n./run --all"),
    default=True,
)
TOOL_CALL = '```json\n{{"name": "read_file", "arguments": {{"path": "{}"}}}}\n```\n'
register_none(
    "tool call in the only fence, --file", lambda e, _: TOOL_CALL.format(e.path), default=True
)
register_none(
    "words only",
    lambda e, _: f"I would change {e.path}, but I need to see it first.\n",
    default=True,
)
