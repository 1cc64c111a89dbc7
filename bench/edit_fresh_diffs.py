"""Kinds of unified diffs and V4A patches."""

import random
import re
from collections.abc import Callable
from html import escape

from edit_fresh_blocks import to_tabs
from edit_fresh_commits import CommitEdit
from edit_fresh_kinds import register_reply
from edit_history import Real, unified, v4a

HUNK = re.compile(r"^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@", re.MULTILINE)
Numbers = tuple[int, int, int, int]


def in_fence(text: str) -> str:
    return f"```diff\n{text}```\n"


def change_numbers(text: str, change: Callable[[Numbers], Numbers]) -> str:
    def header(found: re.Match[str]) -> str:
        a, b, c, d = change((int(found[1]), int(found[2] or 1), int(found[3]), int(found[4] or 1)))
        return f"@@ -{a},{b} +{c},{d} @@"

    return HUNK.sub(header, text)


def body_of(text: str) -> str:
    """A diff without its two header lines."""
    return "".join(text.splitlines(keepends=True)[2:])


def each_line(text: str, change: Callable[[str], str], signs: str = " ") -> str:
    """The lines of hunks that begin with one of `signs`, changed; headers are left alone."""
    out = []
    for at, line in enumerate(text.splitlines(keepends=True)):
        header = at < 2 or line.startswith("@@")  # noqa: PLR2004 the two header lines
        out.append(line if header or line[:1] not in signs else change(line))
    return "".join(out)


def off_by_some(dice: random.Random) -> Callable[[Numbers], Numbers]:
    def change(n: Numbers) -> Numbers:
        by = dice.choice([-9, -4, -1, 3, 7])
        return max(1, n[0] + by), n[1], max(1, n[2] + by), n[3]

    return change


def wrong_counts(dice: random.Random) -> Callable[[Numbers], Numbers]:
    def change(n: Numbers) -> Numbers:
        return (
            n[0],
            max(1, n[1] + dice.choice([-2, -1, 1, 2])),
            n[2],
            max(1, n[3] + dice.choice([-1, 1])),
        )

    return change


register_reply("ud", lambda e, _: in_fence(unified(e)))
register_reply("ud bare", lambda e, _: unified(e))
register_reply(
    "ud numbers off by some", lambda e, d: in_fence(change_numbers(unified(e), off_by_some(d)))
)
register_reply(
    "ud counts wrong", lambda e, d: in_fence(change_numbers(unified(e), wrong_counts(d)))
)
register_reply("ud numbers all 1", lambda e, _: in_fence(HUNK.sub("@@ -1,1 +1,1 @@", unified(e))))
register_reply("ud @@ ... @@", lambda e, _: in_fence(HUNK.sub("@@ ... @@", unified(e))))
register_reply("ud bare @@", lambda e, _: in_fence(HUNK.sub("@@", unified(e))))
register_reply(
    "ud no header at all, --file", lambda e, _: in_fence(body_of(unified(e))), default=True
)
register_reply(
    "ud context without its blank",
    lambda e, _: in_fence(each_line(unified(e), lambda x: x[1:] or x)),
)
register_reply(
    "ud blank context stripped",
    lambda e, _: in_fence(each_line(unified(e), lambda x: x if x.strip() else "\n")),
)
register_reply(
    "ud trailing blanks lost",
    lambda e, _: in_fence(each_line(unified(e), lambda x: x.rstrip() + "\n")),
)
register_reply("ud zero context", lambda e, _: in_fence(unified(e, context=0)), "may")
register_reply(
    "ud zero context, numbers wrong",
    lambda e, d: in_fence(change_numbers(unified(e, context=0), off_by_some(d))),
    "may",
)
register_reply("ud one line of context", lambda e, _: in_fence(unified(e, context=1)))
register_reply("ud without a/ b/", lambda e, _: in_fence(unified(e, old="", new="")))
register_reply(
    "ud original/modified headers, --file",
    lambda e, _: in_fence("--- original\n+++ modified\n" + body_of(unified(e))),
    "may",
    default=True,
)
register_reply(
    "ud header with note",
    lambda e, _: in_fence(
        f"--- {e.path} (original)\n+++ {e.path} (modified)\n" + body_of(unified(e))
    ),
    "may",
)
register_reply(
    "ud absolute header",
    lambda e, _: in_fence(f"--- /repo/{e.path}\n+++ /repo/{e.path}\n" + body_of(unified(e))),
    "may",
)
register_reply(
    "ud git header", lambda e, _: in_fence(f"diff --git a/{e.path} b/{e.path}\n" + unified(e))
)
register_reply(
    "ud entities",
    lambda e, _: in_fence(each_line(unified(e), lambda x: escape(x, quote=False), " +-")),
)
register_reply(
    "ud blank after every sign",
    lambda e, _: in_fence(each_line(unified(e), lambda x: x[0] + " " + x[1:], "+-")),
    "may",
)
register_reply(
    "ud blank after every sign and context",
    lambda e, _: in_fence(each_line(unified(e), lambda x: x[0] + " " + x[1:], " +-")),
    "may",
)
register_reply("ud crlf", lambda e, _: in_fence(unified(e)).replace("\n", "\r\n"))
register_reply(
    "ud path in a sentence",
    lambda e, _: f"Apply this to `{e.path}`:\n\n" + in_fence(body_of(unified(e))),
)


def _one_header(edit: CommitEdit, _: random.Random) -> str | None:
    rows = unified(edit).splitlines(keepends=True)
    heads = [at for at, row in enumerate(rows) if row.startswith("@@")]
    if len(heads) < 2:  # noqa: PLR2004 one header can stand for all only where there are more
        return None
    return in_fence("".join(row for at, row in enumerate(rows) if at not in heads[1:]))


register_reply("ud one header for all hunks", _one_header, "may")


def _swap_tabs(edit: CommitEdit, _: random.Random) -> str | None:
    text = unified(edit)
    swapped = each_line(text, lambda x: x[0] + to_tabs(4)(x[1:]), " +-")
    return None if swapped == text else in_fence(swapped)


register_reply("ud tabs/spaces swapped", _swap_tabs)


def _section_headings(edit: CommitEdit) -> str:
    """As git writes it: after @@ the nearest line above that begins at the margin with a letter."""
    before = edit.before.splitlines()
    out = []
    for line in unified(edit).splitlines(keepends=True):
        if found := HUNK.match(line):
            above = before[: int(found[1]) - 1]
            heading = next((x for x in reversed(above) if re.match(r"[A-Za-z_$]", x)), "")
            out.append(f"{line.rstrip()} {heading[:80]}".rstrip() + "\n")
        else:
            out.append(line)
    return "".join(out)


register_reply("ud section headings", lambda e, _: in_fence(_section_headings(e)))


def with_anchors(real: Real, context: int = 3, *, strip: bool = False) -> str:
    """V4A with a line that begins at the margin as the anchor of each hunk."""
    before = real.before.splitlines()
    out = [f"*** Begin Patch\n*** Update File: {real.path}\n"]
    for line in body_of(unified(real, context)).splitlines(keepends=True):
        if found := HUNK.match(line):
            above = before[: max(0, int(found[1]) - 1)]
            anchor = next((x for x in reversed(above) if re.match(r"[A-Za-z_$]", x)), "")
            anchor = anchor if before.count(anchor) == 1 else ""
            text = anchor.strip(" {(:") if strip else anchor
            out.append(f"@@ {text}".rstrip() + "\n")
        else:
            out.append(line)
    return "".join([*out, "*** End Patch\n"])


def _lines_of_patch(text: str, change: Callable[[str], str]) -> str:
    return "".join(change(line) for line in text.splitlines(keepends=True))


register_reply("v4a", lambda e, _: v4a(e))
register_reply("v4a fenced", lambda e, _: f"```\n{v4a(e)}```\n")
register_reply("v4a fenced patch", lambda e, _: f"```patch\n{v4a(e)}```\n")
register_reply("v4a no frame", lambda e, _: "\n".join(v4a(e).split("\n")[1:-2]) + "\n")
register_reply("v4a heredoc", lambda e, _: f"apply_patch <<'EOF'\n{v4a(e)}EOF\n")
register_reply(
    "v4a fenced heredoc", lambda e, _: f"```bash\napply_patch <<'EOF'\n{v4a(e)}EOF\n```\n"
)
register_reply("v4a anchors", lambda e, _: with_anchors(e))
register_reply("v4a anchors stripped", lambda e, _: with_anchors(e, strip=True))
register_reply("v4a anchors, 1 context", lambda e, _: with_anchors(e, 1), "may")
register_reply("v4a anchors, 0 context", lambda e, _: with_anchors(e, 0), "may")
register_reply(
    "v4a blank context stripped",
    lambda e, _: _lines_of_patch(v4a(e), lambda x: "\n" if x == " \n" else x),
)
register_reply(
    "v4a context one blank less",
    lambda e, _: _lines_of_patch(v4a(e), lambda x: x[1:] if x.startswith("  ") else x),
    "may",
)
register_reply(
    "v4a context dedented",
    lambda e, _: _lines_of_patch(
        v4a(e), lambda x: " " + x.lstrip() if x.startswith(" ") and x.strip() else x
    ),
    "may",
)
register_reply("v4a numbers in @@", lambda e, _: v4a(e).replace("@@\n", "@@ -1,3 +1,3 @@\n"))
register_reply(
    "v4a a/ prefix", lambda e, _: v4a(e).replace("*** Update File: ", "*** Update File: a/"), "may"
)
register_reply(
    "v4a end of file marks",
    lambda e, _: (
        v4a(e).replace("*** End Patch", "*** End of File\n*** End Patch")
        if e.before.splitlines()[-1] in unified(e).splitlines()[-1]
        else None
    ),
)
