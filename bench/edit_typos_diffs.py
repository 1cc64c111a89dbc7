"""Typos in unified diffs and V4A patches."""

import random
import re
from collections.abc import Callable
from hashlib import sha1

from edit_history import Real, unified, v4a
from edit_typos import (
    CHAT,
    Typo,
    make_typo,
    register_kind,
    register_random,
    register_simple,
    toss_coin,
)


def _recounted(text: str, change: Callable[[list[int]], list[int]]) -> str:
    def header(found: "re.Match[str]") -> str:
        n = change([int(found[1]), int(found[2] or 1), int(found[3]), int(found[4] or 1)])
        return f"@@ -{n[0]},{n[1]} +{n[2]},{n[3]} @@"

    return re.sub(r"^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@", header, text, flags=re.MULTILINE)


def _dice_counts(real: Real, dice: random.Random) -> str:
    return _recounted(
        unified(real),
        lambda n: [
            n[0],
            max(1, n[1] + dice.choice([-2, -1, 1, 2])),
            n[2],
            max(1, n[3] + dice.choice([-2, -1, 1, 2])),
        ],
    )


def _dice_numbers(real: Real, dice: random.Random) -> str:
    def moved(n: list[int]) -> list[int]:
        by = dice.choice([-9, -4, 3, 7, 25])
        return [max(1, n[0] + by), n[1], max(1, n[2] + by), n[3]]

    return _recounted(unified(real), moved)


def _no_headers(real: Real) -> str:
    return "".join(unified(real).splitlines(keepends=True)[2:])


def _no_blank(real: Real, dice: random.Random) -> str:
    return "".join(
        x[1:] if x.startswith(" ") and toss_coin(dice) else x
        for x in unified(real).splitlines(keepends=True)
    )


def _bare_at(real: Real) -> str:
    return "".join(
        "@@ ... @@\n" if x.startswith("@@") else x for x in unified(real).splitlines(keepends=True)
    )


def _git_headers(real: Real) -> str:
    ids = [sha1(b"blob %d\0" % len(t.encode()) + t.encode()) for t in (real.before, real.after)]  # noqa: S324 - as git names a file
    old, new = (digest.hexdigest()[:9] for digest in ids)
    return f"diff --git a/{real.path} b/{real.path}\nindex {old}..{new} 100644\n"


def _git_form(real: Real) -> str:
    return _git_headers(real) + unified(real)


def _fenced(text: str) -> str:
    return f"```diff\n{text}```\n"


register_simple("git diff, fenced", lambda r: _fenced(_git_form(r)))
register_simple("git diff in prose, bare", lambda r: CHAT.format(_git_form(r)))
register_simple("diff, bare", unified)
register_simple("diff without a/ b/", lambda r: _fenced(unified(r, old="", new="")))
register_simple("diff without headers, bare", _no_headers, default=True)
register_simple("diff without headers, fenced", lambda r: _fenced(_no_headers(r)), default=True)
register_simple("diff without numbers", lambda r: _fenced(_bare_at(r)))
register_simple(
    "diff without any @@",
    lambda r: (
        _fenced("".join(x for x in unified(r).splitlines(keepends=True) if not x.startswith("@@")))
        if unified(r).count("\n@@") == 1
        else None
    ),
)
register_simple(
    "diff, marked lines only",
    lambda r: (
        _fenced(
            "".join(x for x in _no_headers(r).splitlines(keepends=True) if not x.startswith("@@"))
        )
        if unified(r).count("\n@@") == 1
        else None
    ),
    default=True,
)
register_random("wrong counts, fenced", lambda r, d: _fenced(_dice_counts(r, d)))
register_random("wrong counts, bare", _dice_counts)
register_random("wrong counts in prose", lambda r, d: CHAT.format(_dice_counts(r, d)))
register_random("wrong numbers", lambda r, d: _fenced(_dice_numbers(r, d)))
register_simple("zero context", lambda r: _fenced(unified(r, context=0)))
register_simple("one line of context", lambda r: _fenced(unified(r, context=1)))
register_simple(
    "blank context lines stripped",
    lambda r: _fenced(
        "".join("\n" if x == " \n" else x for x in unified(r).splitlines(keepends=True))
    ),
)
register_random("context without its blank", lambda r, d: _fenced(_no_blank(r, d)))
register_simple(
    "diff, trailing blanks lost",
    lambda r: _fenced(
        "".join(
            x.rstrip() + "\n" if x.startswith(" ") else x
            for x in unified(r).splitlines(keepends=True)
        )
    ),
)
register_simple("diff in CRLF", lambda r: _fenced(unified(r)).replace("\n", "\r\n"))
register_simple(
    "diff with timestamps",
    lambda r: unified(r).replace(f"a/{r.path}", f"a/{r.path}\t2024-01-02 03:04:05.000 +0000", 1),
)


def _headed(real: Real) -> str:
    """Zero context with section headings, as git writes it."""
    before = real.before.splitlines()
    out = []
    for line in unified(real, context=0).splitlines(keepends=True):
        if line.startswith("@@"):
            above = before[: int(re.match(r"@@ -(\d+)", line)[1])]
            head = next((x for x in reversed(above) if x[:1].isalpha() or x[:1] in "_$"), "")
            out.append(f"{line.rstrip()} {head[:80]}".rstrip() + "\n")
        else:
            out.append(line)
    return _git_headers(real) + "".join(out)


register_simple("zero context as git writes it", _headed)


@register_kind("zero context, wrong numbers")
def _zero_wrong(real: Real, _: random.Random) -> Typo | None:
    def moved(n: list[int]) -> list[int]:
        return [n[0] + 3, n[1], n[2] + 3, n[3]]

    text = _recounted(unified(real, context=0), moved)
    return (
        make_typo(real, _fenced(text))
        if "\n-" in text.split("@@", 2)[2]
        else make_typo(real, _fenced(text), bad=True)
    )


@register_kind("diff cut off (bad)")
def _diff_cut(real: Real, _: random.Random) -> Typo | None:
    text = "```diff\n" + unified(real)
    rows = text.splitlines(keepends=True)
    last = max(i for i, x in enumerate(rows) if x[:1] in "+-")
    if rows[last - 1][:1] != "+" or rows[last][:1] != "+":
        return None
    return make_typo(real, "".join(rows[:last]), bad=True)


register_simple("V4A", v4a)
register_simple("V4A, fenced", lambda r: f"```\n{v4a(r)}```\n")
register_simple("V4A, fenced, in prose", lambda r: CHAT.format(f"```diff\n{v4a(r)}```\n"))
register_simple("V4A without Begin and End", lambda r: "\n".join(v4a(r).split("\n")[1:-2]) + "\n")
register_simple(
    "V4A without End, fenced", lambda r: "```\n" + "\n".join(v4a(r).split("\n")[:-2]) + "\n```\n"
)
register_simple("V4A without Begin", lambda r: "\n".join(v4a(r).split("\n")[1:]))
register_simple(
    "V4A, blank lines bare",
    lambda r: "".join("\n" if x == " \n" else x for x in v4a(r).splitlines(keepends=True)),
)
register_simple("V4A with @@ header", lambda r: v4a(r).replace("@@\n", "@@ -1,3 +1,3 @@\n"))
