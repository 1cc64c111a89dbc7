"""Typos in replies that are a whole file."""

import random

from edit_history import Real, is_code
from edit_typos import CHAT, MIN_DEFINITIONS, MIN_LINES, register_random, register_simple


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
    if len(rows) < MIN_LINES:
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
    if len(starts) < MIN_DEFINITIONS:
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
register_simple("whole, fenced", whole, default=True)
register_simple("whole, named above", lambda r: whole(r, f"{r.path}\n"))
register_simple("whole, named as heading", lambda r: CHAT.format(whole(r, f"### `{r.path}`\n\n")))
register_simple("whole, file= in info", lambda r: whole(r).replace("\n", f" file={r.path}\n", 1))
register_simple(
    "whole, comment inside", lambda r: whole(r).replace("\n", f"\n# {r.path}\n", 1), default=True
)
register_simple("whole, chatter", lambda r: CHAT.format(whole(r)), default=True)
register_simple(
    "whole, usage fences after",
    lambda r: CHAT.format(whole(r)) + USAGE if is_code(r) else None,
    default=True,
)
register_simple("whole, no fence", lambda r: r.after, default=True)
register_simple("whole, no fence, chatter", lambda r: CHAT.format(r.after), default=True)
register_simple("whole, fence not closed", lambda r: whole(r)[: -len(_ticks(r)) - 1], default=True)
register_simple(
    "whole, line numbers",
    lambda r: (
        f"{_ticks(r)}\n"
        + "".join(f"{n:4} | {x}" for n, x in enumerate(r.after.splitlines(keepends=True), 1))
        + f"{_ticks(r)}\n"
    ),
    default=True,
)
register_simple("whole, no final line end", lambda r: r.after.rstrip("\n"), default=True)
register_simple(
    "whole, nested fences",
    lambda r: (
        f"```markdown\n{r.after}```\n" if r.path.endswith(".md") and "```" in r.after else None
    ),
    default=True,
)
register_random("elided (bad)", _elided, bad=True, default=True)
register_random("piece of the file (bad)", _piece, bad=True, default=True)
register_simple(
    "whole cut off (bad)",
    lambda r: (
        f"{_ticks(r)}\n"
        + "".join(r.after.splitlines(keepends=True)[: len(r.after.splitlines()) * 2 // 3])
    ),
    bad=True,
    default=True,
)
register_simple(
    "unfenced cut off (bad)",
    lambda r: "".join(r.after.splitlines(keepends=True)[: len(r.after.splitlines()) * 2 // 3]),
    bad=True,
    default=True,
)
register_simple(
    "prose only (bad)",
    lambda _: "I cannot see the file, please share it.",
    bad=True,
    default=True,
)
