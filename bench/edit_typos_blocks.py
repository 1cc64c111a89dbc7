"""Typos in search/replace blocks."""

import random
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from html import escape

from edit_history import Block, Real, blocks_of, is_code, search_replace, unified
from edit_typos import (
    CHAT,
    KINDS,
    MIN_DEFINITIONS,
    Kind,
    Typo,
    change_blocks,
    change_lines,
    make_typo,
    register_kind,
    register_random,
    register_simple,
    toss_coin,
)


def _cut(count: int, text: str) -> str:
    return text[count:]


def _margin(block: Block) -> int:
    filled = [x for x in (block.search + block.replace).splitlines() if x.strip()]
    return min((len(x) - len(x.lstrip(" ")) for x in filled), default=0)


def _dedent(real: Real) -> str | None:
    blocks = blocks_of(real)
    if not all(_margin(b) for b in blocks):
        return None
    cuts = [(b, partial(_cut, _margin(b))) for b in blocks]
    cut = [
        Block(change_lines(b.search, change), change_lines(b.replace, change)) for b, change in cuts
    ]
    return search_replace(real.path, cut)


def _dedent_search(real: Real) -> str | None:
    blocks = blocks_of(real)
    if not all(_margin(b) for b in blocks):
        return None
    return search_replace(
        real.path,
        [Block(change_lines(b.search, partial(_cut, _margin(b))), b.replace) for b in blocks],
    )


def _first_margin(real: Real) -> str | None:
    blocks = blocks_of(real)
    if not all(
        b.search[:1] == " " and b.replace[:1] == " " and b.search.count("\n") > 1 for b in blocks
    ):
        return None
    return search_replace(
        real.path, [Block(b.search.lstrip(" "), b.replace.lstrip(" ")) for b in blocks]
    )


def _tabs(real: Real) -> str | None:
    def tabbed(text: str) -> str:
        lead = len(text) - len(text.lstrip(" "))
        return "\t" * (lead // 4) + " " * (lead % 4) + text.lstrip(" ")

    blocks = blocks_of(real)
    if not any("    " in b.search for b in blocks):
        return None
    return search_replace(real.path, change_blocks(blocks, lambda text: change_lines(text, tabbed)))


def _curly(text: str) -> str:
    out, inside = [], False
    for c in text:
        if c == '"':
            out.append("\u201d" if inside else "\u201c")
            inside = not inside
        elif c == "'":
            out.append("\u2019")
        else:
            out.append(c)
    return "".join(out)


def _smart(real: Real) -> str | None:
    blocks = blocks_of(real)
    if not all(set("'\"") & set(b.search) for b in blocks) or not is_code(real):
        return None
    return search_replace(real.path, change_blocks(blocks, _curly))


def _escaped(real: Real, dice: random.Random) -> str | None:
    blocks = blocks_of(real)
    texts = real.before + real.after
    if (
        not any(set('<>&"') & set(b.search + b.replace) for b in blocks)
        or "&" in texts
        or not is_code(real)
    ):
        return None
    return search_replace(
        real.path, change_blocks(blocks, lambda text: escape(text, quote=toss_coin(dice)))
    )


def _numbered(real: Real, dice: random.Random) -> str | None:
    sep = dice.choice(["| ", ": ", "\t", " | "])
    out = []
    all_lines = real.before.splitlines(keepends=True)
    for b in blocks_of(real):
        first = (
            next(i for i in range(len(all_lines)) if "".join(all_lines[i:]).startswith(b.search))
            + 1
        )

        def number(text: str, start: int = first) -> str:
            return "".join(
                f"{n:4}{sep}{x}" for n, x in enumerate(text.splitlines(keepends=True), start)
            )

        out.append(Block(number(b.search), number(b.replace)))
    return search_replace(real.path, out)


def _name(decorate: str) -> Callable[[Real], str | None]:
    def make(real: Real) -> str | None:
        return "".join(search_replace(decorate.format(real.path), [b]) for b in blocks_of(real))

    return make


def _inside(first: str) -> Callable[[Real], str | None]:
    def make(real: Real) -> str | None:
        plain = search_replace("", blocks_of(real)).replace("\n```python\n", "```python\n")
        return plain.replace("```python\n", "```python\n" + first.format(real.path) + "\n")

    return make


def _cut_off(real: Real) -> str | None:
    blocks = blocks_of(real)
    last = blocks[-1]
    if last.replace.count("\n") < MIN_DEFINITIONS:
        return None
    whole = search_replace(real.path, blocks)
    at = whole.rindex(last.replace) + len(last.replace) // 2
    return whole[:at]


def _ambiguous(real: Real, dice: random.Random) -> str | None:
    twice = [
        x for x in real.before.splitlines() if x.strip() and real.before.splitlines().count(x) > 1
    ]
    if not twice:
        return None
    line = dice.choice(twice)
    return search_replace(real.path, [Block(line + "\n", line + "  # changed\n")])


register_simple("search/replace, clean", lambda r: search_replace(r.path, blocks_of(r)))
register_simple(
    "trailing blanks in SEARCH",
    lambda r: search_replace(
        r.path,
        change_blocks(blocks_of(r), lambda t: change_lines(t, lambda x: x + "  "), both=False),
    ),
)
register_random(
    "trailing blanks in both",
    lambda r, d: search_replace(
        r.path,
        change_blocks(
            blocks_of(r),
            lambda t: change_lines(t, lambda x: x + (" " if toss_coin(d) else "")),
            both=False,
        ),
    ),
)
register_simple("lost indentation", _dedent)
register_simple("lost indentation in SEARCH only", _dedent_search)
register_simple("first line lost its indentation", _first_margin)
register_simple(
    "extra indentation",
    lambda r: search_replace(
        r.path, change_blocks(blocks_of(r), lambda t: change_lines(t, lambda x: "    " + x))
    ),
)
register_simple("tabs for spaces", _tabs)
register_simple("smart quotes", _smart)
register_random("HTML entities", _escaped)
register_random("line numbers copied", _numbered)
register_simple("chatter around", lambda r: CHAT.format(search_replace(r.path, blocks_of(r))))
register_simple("name in bold", _name("**{}**"))
register_simple("name in backticks", _name("`{}`:"))
register_simple("name as heading", _name("### {}"))
register_simple("name as comment", _name("# {}"))
register_simple("name with label", _name("File: `{}`"))
register_simple("name inside the fence", _inside("{}"))
register_simple("name as comment inside", _inside("# {}"))
register_simple("five marks", lambda r: search_replace(r.path, blocks_of(r), marks=5))
register_simple(
    "nine marks, long fence",
    lambda r: search_replace(r.path, blocks_of(r), fence="`````python", marks=9),
)
register_simple("no fence", lambda r: search_replace(r.path, blocks_of(r), fence=""))
register_simple("fence not closed", lambda r: search_replace(r.path, blocks_of(r))[:-4])
register_simple("no name, task's file", lambda r: search_replace("", blocks_of(r)), default=True)
register_simple(
    "duplicated block", lambda r: search_replace(r.path, [*blocks_of(r), blocks_of(r)[0]])
)
register_simple(
    "no-op block among others",
    lambda r: search_replace(
        r.path, [*blocks_of(r), Block(*[r.after.splitlines(keepends=True)[0]] * 2)]
    ),
)
register_simple(
    "blank line before SEARCH",
    lambda r: search_replace(
        r.path, [Block("\n" + b.search, "\n" + b.replace) for b in blocks_of(r)]
    ),
)
register_simple(
    "reply in CRLF", lambda r: search_replace(r.path, blocks_of(r)).replace("\n", "\r\n")
)
register_simple(
    "elided in REPLACE (bad)",
    lambda r: search_replace(
        r.path, [Block(b.search, "    # ... existing code ...\n" + b.replace) for b in blocks_of(r)]
    ),
    bad=True,
)
register_simple("cut off in REPLACE (bad)", _cut_off, bad=True)
register_random("ambiguous SEARCH (bad)", _ambiguous, bad=True)


@register_kind("already applied (bad)")
def _applied(real: Real, _: random.Random) -> Typo | None:
    blocks = blocks_of(real)
    if any(b.search in real.after for b in blocks):
        return None
    done = Real(real.name, real.path, real.after, real.after)
    return make_typo(done, search_replace(real.path, blocks), bad=True)


def _stored(change: Callable[[str], bytes], make: Callable[[Real], str]) -> Kind:
    def run(real: Real, _: random.Random) -> Typo | None:
        made = make_typo(real, make(real), default=True)
        return replace(
            made, before={real.path: change(real.before)}, after={real.path: change(real.after)}
        )

    return run


for _name_, _change in {
    "CRLF file": lambda t: t.replace("\n", "\r\n").encode(),
    "BOM": lambda t: b"\xef\xbb\xbf" + t.encode(),
    "no final newline": lambda t: t.encode()[:-1],
}.items():
    KINDS[f"{_name_}, search/replace"] = _stored(
        _change, lambda r: search_replace(r.path, blocks_of(r))
    )
    KINDS[f"{_name_}, diff"] = _stored(_change, lambda r: "```diff\n" + unified(r) + "```\n")
    KINDS[f"{_name_}, whole"] = _stored(
        _change,
        lambda r: f"```\n{r.after}```\n" if "```" not in r.after else f"`````\n{r.after}`````\n",
    )
