"""The slips models make when they write an edit, made on purpose on correct replies."""

import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from hashlib import sha1
from html import escape
from pathlib import Path

from edit_history import Block, Real, blocks_of, diff, is_code, real_edits, sr, v4a


@dataclass(frozen=True)
class Slip:
    """`after` None: the reply must be refused, or change nothing."""

    kind: str
    name: str
    before: dict[str, bytes]
    reply: str
    after: dict[str, bytes] | None
    default: str = ""


Kind = Callable[[Real, random.Random], Slip | None]
KINDS: dict[str, Kind] = {}
FEW = 3
LONG = 20
"""Lines a file needs before a part of it can be left out."""


def _half(dice: random.Random) -> bool:
    return dice.random() < 1 / 2


def mutated(repo: Path, limit: int, seed: int = 7) -> Iterator[Slip]:
    """`limit` replies of every kind, always the same ones for the same history."""
    reals = list(real_edits(repo))
    for name, kind in KINDS.items():
        dice = random.Random(f"{seed} {name}")  # noqa: S311 - sampling, not secrets
        order = dice.sample(reals, len(reals))
        made = 0
        for real in order:
            if made == limit:
                break
            if (slip := kind(real, dice)) is not None:
                made += 1
                yield replace(slip, kind=name)


def slip(real: Real, reply: str, *, bad: bool = False, default: bool = False) -> Slip:
    after = None if bad else {real.path: real.after.encode()}
    return Slip(
        "", real.name, {real.path: real.before.encode()}, reply, after, real.path if default else ""
    )


def kind(name: str) -> Callable[[Kind], Kind]:
    def put(make: Kind) -> Kind:
        KINDS[name] = make
        return make

    return put


def each(blocks: list[Block], change: Callable[[str], str], *, both: bool = True) -> list[Block]:
    return [Block(change(b.search), change(b.replace) if both else b.replace) for b in blocks]


def lines(text: str, change: Callable[[str], str]) -> str:
    return "".join(
        change(x[:-1]) + "\n" if x.strip() else x for x in text.splitlines(keepends=True)
    )


# --- search/replace --------------------------------------------------------------------------


def _diced(name: str, make: Callable[[Real, random.Random], str | None], **how: bool) -> None:
    def run(real: Real, dice: random.Random) -> Slip | None:
        reply = make(real, dice)
        return None if reply is None else slip(real, reply, **how)

    KINDS[name] = run


def _simple(name: str, make: Callable[[Real], str | None], **how: bool) -> None:
    _diced(name, lambda real, _: make(real), **how)


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
    cut = [Block(lines(b.search, change), lines(b.replace, change)) for b, change in cuts]
    return sr(real.path, cut)


def _dedent_search(real: Real) -> str | None:
    blocks = blocks_of(real)
    if not all(_margin(b) for b in blocks):
        return None
    return sr(
        real.path,
        [Block(lines(b.search, partial(_cut, _margin(b))), b.replace) for b in blocks],
    )


def _first_margin(real: Real) -> str | None:
    blocks = blocks_of(real)
    if not all(
        b.search[:1] == " " and b.replace[:1] == " " and b.search.count("\n") > 1 for b in blocks
    ):
        return None
    return sr(real.path, [Block(b.search.lstrip(" "), b.replace.lstrip(" ")) for b in blocks])


def _tabs(real: Real) -> str | None:
    def tabbed(text: str) -> str:
        lead = len(text) - len(text.lstrip(" "))
        return "\t" * (lead // 4) + " " * (lead % 4) + text.lstrip(" ")

    blocks = blocks_of(real)
    if not any("    " in b.search for b in blocks):
        return None
    return sr(real.path, each(blocks, lambda text: lines(text, tabbed)))


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
    return sr(real.path, each(blocks, _curly))


def _escaped(real: Real, dice: random.Random) -> str | None:
    blocks = blocks_of(real)
    texts = real.before + real.after
    if (
        not any(set('<>&"') & set(b.search + b.replace) for b in blocks)
        or "&" in texts
        or not is_code(real)
    ):
        return None
    return sr(real.path, each(blocks, lambda text: escape(text, quote=_half(dice))))


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
    return sr(real.path, out)


def _name(decorate: str) -> Callable[[Real], str | None]:
    def make(real: Real) -> str | None:
        return "".join(sr(decorate.format(real.path), [b]) for b in blocks_of(real))

    return make


def _inside(first: str) -> Callable[[Real], str | None]:
    def make(real: Real) -> str | None:
        plain = sr("", blocks_of(real)).replace("\n```python\n", "```python\n")
        return plain.replace("```python\n", "```python\n" + first.format(real.path) + "\n")

    return make


def _cut_off(real: Real) -> str | None:
    blocks = blocks_of(real)
    last = blocks[-1]
    if last.replace.count("\n") < FEW:
        return None
    whole = sr(real.path, blocks)
    at = whole.rindex(last.replace) + len(last.replace) // 2
    return whole[:at]


def _ambiguous(real: Real, dice: random.Random) -> str | None:
    twice = [
        x for x in real.before.splitlines() if x.strip() and real.before.splitlines().count(x) > 1
    ]
    if not twice:
        return None
    line = dice.choice(twice)
    return sr(real.path, [Block(line + "\n", line + "  # changed\n")])


CHAT = (
    "Sure! Here is the change you asked for:\n\n"
    "{}\n"
    "This fixes the problem. Let me know if you need more.\n"
)
_simple("search/replace, clean", lambda r: sr(r.path, blocks_of(r)))
_simple(
    "trailing blanks in SEARCH",
    lambda r: sr(r.path, each(blocks_of(r), lambda t: lines(t, lambda x: x + "  "), both=False)),
)
_diced(
    "trailing blanks in both",
    lambda r, d: sr(
        r.path,
        each(
            blocks_of(r),
            lambda t: lines(t, lambda x: x + (" " if _half(d) else "")),
            both=False,
        ),
    ),
)
_simple("lost indentation", _dedent)
_simple("lost indentation in SEARCH only", _dedent_search)
_simple("first line lost its indentation", _first_margin)
_simple(
    "extra indentation",
    lambda r: sr(r.path, each(blocks_of(r), lambda t: lines(t, lambda x: "    " + x))),
)
_simple("tabs for spaces", _tabs)
_simple("smart quotes", _smart)
_diced("HTML entities", _escaped)
_diced("line numbers copied", _numbered)
_simple("chatter around", lambda r: CHAT.format(sr(r.path, blocks_of(r))))
_simple("name in bold", _name("**{}**"))
_simple("name in backticks", _name("`{}`:"))
_simple("name as heading", _name("### {}"))
_simple("name as comment", _name("# {}"))
_simple("name with label", _name("File: `{}`"))
_simple("name inside the fence", _inside("{}"))
_simple("name as comment inside", _inside("# {}"))
_simple("five marks", lambda r: sr(r.path, blocks_of(r), marks=5))
_simple("nine marks, long fence", lambda r: sr(r.path, blocks_of(r), fence="`````python", marks=9))
_simple("no fence", lambda r: sr(r.path, blocks_of(r), fence=""))
_simple("fence not closed", lambda r: sr(r.path, blocks_of(r))[:-4])
_simple("no name, task's file", lambda r: sr("", blocks_of(r)), default=True)
_simple("duplicated block", lambda r: sr(r.path, [*blocks_of(r), blocks_of(r)[0]]))
_simple(
    "no-op block among others",
    lambda r: sr(r.path, [*blocks_of(r), Block(*[r.after.splitlines(keepends=True)[0]] * 2)]),
)
_simple(
    "blank line before SEARCH",
    lambda r: sr(r.path, [Block("\n" + b.search, "\n" + b.replace) for b in blocks_of(r)]),
)
_simple("reply in CRLF", lambda r: sr(r.path, blocks_of(r)).replace("\n", "\r\n"))
_simple(
    "elided in REPLACE (bad)",
    lambda r: sr(
        r.path, [Block(b.search, "    # ... existing code ...\n" + b.replace) for b in blocks_of(r)]
    ),
    bad=True,
)
_simple("cut off in REPLACE (bad)", _cut_off, bad=True)
_diced("ambiguous SEARCH (bad)", _ambiguous, bad=True)


@kind("already applied (bad)")
def _applied(real: Real, _: random.Random) -> Slip | None:
    blocks = blocks_of(real)
    if any(b.search in real.after for b in blocks):
        return None
    done = Real(real.name, real.path, real.after, real.after)
    return slip(done, sr(real.path, blocks), bad=True)


def _stored(change: Callable[[str], bytes], make: Callable[[Real], str]) -> Kind:
    def run(real: Real, _: random.Random) -> Slip | None:
        made = slip(real, make(real), default=True)
        return replace(
            made, before={real.path: change(real.before)}, after={real.path: change(real.after)}
        )

    return run


for _name_, _change in {
    "CRLF file": lambda t: t.replace("\n", "\r\n").encode(),
    "BOM": lambda t: b"\xef\xbb\xbf" + t.encode(),
    "no final newline": lambda t: t.encode()[:-1],
}.items():
    KINDS[f"{_name_}, search/replace"] = _stored(_change, lambda r: sr(r.path, blocks_of(r)))
    KINDS[f"{_name_}, diff"] = _stored(_change, lambda r: "```diff\n" + diff(r) + "```\n")
    KINDS[f"{_name_}, whole"] = _stored(
        _change,
        lambda r: f"```\n{r.after}```\n" if "```" not in r.after else f"`````\n{r.after}`````\n",
    )


# --- diffs -----------------------------------------------------------------------------------


def _recounted(text: str, change: Callable[[list[int]], list[int]]) -> str:
    def header(found: "re.Match[str]") -> str:
        n = change([int(found[1]), int(found[2] or 1), int(found[3]), int(found[4] or 1)])
        return f"@@ -{n[0]},{n[1]} +{n[2]},{n[3]} @@"

    return re.sub(r"^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@", header, text, flags=re.MULTILINE)


def _dice_counts(real: Real, dice: random.Random) -> str:
    return _recounted(
        diff(real),
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

    return _recounted(diff(real), moved)


def _no_headers(real: Real) -> str:
    return "".join(diff(real).splitlines(keepends=True)[2:])


def _no_blank(real: Real, dice: random.Random) -> str:
    return "".join(
        x[1:] if x.startswith(" ") and _half(dice) else x
        for x in diff(real).splitlines(keepends=True)
    )


def _bare_at(real: Real) -> str:
    return "".join(
        "@@ ... @@\n" if x.startswith("@@") else x for x in diff(real).splitlines(keepends=True)
    )


def _git_headers(real: Real) -> str:
    ids = [sha1(b"blob %d\0" % len(t.encode()) + t.encode()) for t in (real.before, real.after)]  # noqa: S324 - as git names a file
    old, new = (digest.hexdigest()[:9] for digest in ids)
    return f"diff --git a/{real.path} b/{real.path}\nindex {old}..{new} 100644\n"


def _git_form(real: Real) -> str:
    return _git_headers(real) + diff(real)


def _fenced(text: str) -> str:
    return f"```diff\n{text}```\n"


_simple("git diff, fenced", lambda r: _fenced(_git_form(r)))
_simple("git diff in prose, bare", lambda r: CHAT.format(_git_form(r)))
_simple("diff, bare", diff)
_simple("diff without a/ b/", lambda r: _fenced(diff(r, old="", new="")))
_simple("diff without headers, bare", _no_headers, default=True)
_simple("diff without headers, fenced", lambda r: _fenced(_no_headers(r)), default=True)
_simple("diff without numbers", lambda r: _fenced(_bare_at(r)))
_simple(
    "diff without any @@",
    lambda r: (
        _fenced("".join(x for x in diff(r).splitlines(keepends=True) if not x.startswith("@@")))
        if diff(r).count("\n@@") == 1
        else None
    ),
)
_simple(
    "diff, marked lines only",
    lambda r: (
        _fenced(
            "".join(x for x in _no_headers(r).splitlines(keepends=True) if not x.startswith("@@"))
        )
        if diff(r).count("\n@@") == 1
        else None
    ),
    default=True,
)
_diced("wrong counts, fenced", lambda r, d: _fenced(_dice_counts(r, d)))
_diced("wrong counts, bare", _dice_counts)
_diced("wrong counts in prose", lambda r, d: CHAT.format(_dice_counts(r, d)))
_diced("wrong numbers", lambda r, d: _fenced(_dice_numbers(r, d)))
_simple("zero context", lambda r: _fenced(diff(r, context=0)))
_simple("one line of context", lambda r: _fenced(diff(r, context=1)))
_simple(
    "blank context lines stripped",
    lambda r: _fenced(
        "".join("\n" if x == " \n" else x for x in diff(r).splitlines(keepends=True))
    ),
)
_diced("context without its blank", lambda r, d: _fenced(_no_blank(r, d)))
_simple(
    "diff, trailing blanks lost",
    lambda r: _fenced(
        "".join(
            x.rstrip() + "\n" if x.startswith(" ") else x for x in diff(r).splitlines(keepends=True)
        )
    ),
)
_simple("diff in CRLF", lambda r: _fenced(diff(r)).replace("\n", "\r\n"))
_simple(
    "diff with timestamps",
    lambda r: diff(r).replace(f"a/{r.path}", f"a/{r.path}\t2024-01-02 03:04:05.000 +0000", 1),
)


def _headed(real: Real) -> str:
    """Zero context with section headings, as git writes it."""
    before = real.before.splitlines()
    out = []
    for line in diff(real, context=0).splitlines(keepends=True):
        if line.startswith("@@"):
            above = before[: int(re.match(r"@@ -(\d+)", line)[1])]
            head = next((x for x in reversed(above) if x[:1].isalpha() or x[:1] in "_$"), "")
            out.append(f"{line.rstrip()} {head[:80]}".rstrip() + "\n")
        else:
            out.append(line)
    return _git_headers(real) + "".join(out)


_simple("zero context as git writes it", _headed)


@kind("zero context, wrong numbers")
def _zero_wrong(real: Real, _: random.Random) -> Slip | None:
    def moved(n: list[int]) -> list[int]:
        return [n[0] + 3, n[1], n[2] + 3, n[3]]

    text = _recounted(diff(real, context=0), moved)
    return (
        slip(real, _fenced(text))
        if "\n-" in text.split("@@", 2)[2]
        else slip(real, _fenced(text), bad=True)
    )


@kind("diff cut off (bad)")
def _diff_cut(real: Real, _: random.Random) -> Slip | None:
    text = "```diff\n" + diff(real)
    rows = text.splitlines(keepends=True)
    last = max(i for i, x in enumerate(rows) if x[:1] in "+-")
    if rows[last - 1][:1] != "+" or rows[last][:1] != "+":
        return None
    return slip(real, "".join(rows[:last]), bad=True)


# --- V4A -------------------------------------------------------------------------------------

_simple("V4A", v4a)
_simple("V4A, fenced", lambda r: f"```\n{v4a(r)}```\n")
_simple("V4A, fenced, in prose", lambda r: CHAT.format(f"```diff\n{v4a(r)}```\n"))
_simple("V4A without Begin and End", lambda r: "\n".join(v4a(r).split("\n")[1:-2]) + "\n")
_simple(
    "V4A without End, fenced", lambda r: "```\n" + "\n".join(v4a(r).split("\n")[:-2]) + "\n```\n"
)
_simple("V4A without Begin", lambda r: "\n".join(v4a(r).split("\n")[1:]))
_simple(
    "V4A, blank lines bare",
    lambda r: "".join("\n" if x == " \n" else x for x in v4a(r).splitlines(keepends=True)),
)
_simple("V4A with @@ header", lambda r: v4a(r).replace("@@\n", "@@ -1,3 +1,3 @@\n"))

# --- whole files -----------------------------------------------------------------------------


def _ticks(real: Real) -> str:
    return "`````" if "```" in real.after + real.before else "```"


def _lang(real: Real) -> str:
    return {"py": "python", "md": "markdown", "js": "javascript", "go": "go"}.get(
        real.path.rsplit(".", 1)[-1], ""
    )


def whole(real: Real, name: str = "") -> str:
    return f"{name}{_ticks(real)}{_lang(real)}\n{real.after}{_ticks(real)}\n"


ELISIONS = (
    "# ... rest of the code unchanged ...",
    "# ... existing code ...",
    "    # ... (rest of the method remains the same)",
    "# rest of file unchanged",
    "// ... existing code ...",
    "/* ... */",
    "...",
    "# [rest of the code]",
    "# ... other methods ...",
    "<!-- rest unchanged -->",
    "    # (existing code)",
    "# Existing code remains unchanged",
    "(rest of file unchanged)",
)


def _elided(real: Real, dice: random.Random) -> str | None:
    rows = real.after.splitlines(keepends=True)
    if len(rows) < LONG:
        return None
    at = dice.randrange(5, len(rows) - 10)
    mark = dice.choice(ELISIONS)
    short = Real(
        real.name, real.path, real.before, "".join([*rows[:at], mark + "\n", *rows[at + 9 :]])
    )
    return whole(short)


def _piece(real: Real, dice: random.Random) -> str | None:
    rows = real.after.splitlines(keepends=True)
    starts = [i for i, x in enumerate(rows) if x.startswith(("def ", "class "))]
    if len(starts) < FEW:
        return None
    at = dice.randrange(len(starts) - 1)
    return whole(
        Real(real.name, real.path, real.before, "".join(rows[starts[at] : starts[at + 1]]))
    )


USAGE = """
Run it like this:

```bash
python -m pytest
```

Or use it:

```python
print('hello')
```
"""
_simple("whole, fenced", whole, default=True)
_simple("whole, named above", lambda r: whole(r, f"{r.path}\n"))
_simple("whole, named as heading", lambda r: CHAT.format(whole(r, f"### `{r.path}`\n\n")))
_simple("whole, file= in info", lambda r: whole(r).replace("\n", f" file={r.path}\n", 1))
_simple(
    "whole, comment inside", lambda r: whole(r).replace("\n", f"\n# {r.path}\n", 1), default=True
)
_simple("whole, chatter", lambda r: CHAT.format(whole(r)), default=True)
_simple(
    "whole, usage fences after",
    lambda r: CHAT.format(whole(r)) + USAGE if is_code(r) else None,
    default=True,
)
_simple("whole, no fence", lambda r: r.after, default=True)
_simple("whole, no fence, chatter", lambda r: CHAT.format(r.after), default=True)
_simple("whole, fence not closed", lambda r: whole(r)[: -len(_ticks(r)) - 1], default=True)
_simple(
    "whole, line numbers",
    lambda r: (
        f"{_ticks(r)}\n"
        + "".join(f"{n:4} | {x}" for n, x in enumerate(r.after.splitlines(keepends=True), 1))
        + f"{_ticks(r)}\n"
    ),
    default=True,
)
_simple("whole, no final line end", lambda r: r.after.rstrip("\n"), default=True)
_simple(
    "whole, nested fences",
    lambda r: (
        f"```markdown\n{r.after}```\n" if r.path.endswith(".md") and "```" in r.after else None
    ),
    default=True,
)
_diced("elided (bad)", _elided, bad=True, default=True)
_diced("piece of the file (bad)", _piece, bad=True, default=True)
_simple(
    "whole cut off (bad)",
    lambda r: (
        f"{_ticks(r)}\n"
        + "".join(r.after.splitlines(keepends=True)[: len(r.after.splitlines()) * 2 // 3])
    ),
    bad=True,
    default=True,
)
_simple(
    "unfenced cut off (bad)",
    lambda r: "".join(r.after.splitlines(keepends=True)[: len(r.after.splitlines()) * 2 // 3]),
    bad=True,
    default=True,
)
_simple(
    "prose only (bad)",
    lambda _: "I cannot see the file, please share it.",
    bad=True,
    default=True,
)
