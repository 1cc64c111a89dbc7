"""The page of `job.md`: every key, check, kind of block and limit, from the parser's own tables."""

from collections.abc import Mapping

from bot.plan.fields import ALIASES
from bot.plan.keys import BLOCKS, HEADER_KEYS, LIMITS, PHASE_KEYS, TASK_KEYS, Key

EXAMPLE_PLAN = """\
---
title: Withdraw must subtract
checks: [test]
---
Why, and how, for the person who reviews it.

## Phase: Research

### Task: find-callers
- kind: query
- reads: src/bank.py, src/cli.py

Which callers rely on withdraw() returning None?

## Phase: Implement
- epochs: 2
- done: test

### Task: fix-withdraw
- file: src/bank.py
- reads: src/money.py
- after: another-task
- check: test tests/test_bank.py

withdraw() must subtract the amount and reject amounts <= 0 with ValueError.

```python edit=src/bank.py
<<<<<<< SEARCH
    balance += amount
=======
    balance -= amount
>>>>>>> REPLACE
```

### Task: cover-withdraw
- file: tests/test_bank.py
- after: fix-withdraw
- check: test tests/test_bank.py
- bites: yes

```python file=tests/test_bank.py
the whole file
```
"""
"""Every part that a plan may have."""
_HEAD = """\
# The plan: `job.md`

A plan is Markdown: a head between two lines `---`, then phases, and tasks in them. `bricklayer check job.md` tells every fault at
once, with its line and what to do; an unknown key is refused with the nearest known one. How to write a good one, with whole
examples: [Writing a plan](../writing-plans.md). This is every part that a plan may have:
"""
_HEADER = """\
One key a line. What stands between the head and the first phase opens the pull request.
"""
_PHASE = """\
`## Phase: TITLE`, directly below it a list of `- key: value`, then an empty line and text. Phases run one after another. The
text says what the phase is for; the planner sees it again where it is asked for a further round.
"""
_TASK = """\
`### Task: ID`, directly below it a list of `- key: value`, then an empty line and the text: what must hold, with names and
values, for a reader who sees only that file and what `reads` names. A task that is no query has a `file` or exact blocks, and at
least one check. `#` behind a blank begins a comment. A word with blanks stands between quotes.
"""
_CHECKS = """\
A check is a command that `.bricklayer.toml` names (`[checks.NAME]`), or `exists: PATH`, or `absent: PATH`. A plan cannot bring a
command of its own. Paths are relative to the repository's root, with `/`; a part of a file is named as its runner does:

| the plan says | which is |
| --- | --- |
| `check: test` | the whole command |
| `check: test tests/test_bank.py` | that file |
| `check: test tests/test_bank.py::test_deposit` | one test of pytest |
| `check: test spec/bank_spec.rb:12` | the line of RSpec, Rails or Mocha |
| `check: test ./bank/...` | Go's packages below a folder |

Before a task is built its checks run once without it, and afterwards once with it:

| | before | after |
| --- | --- | --- |
| a usual task | at least one must fail | all must pass |
| one that brings tests | those must fail without the fix | all must pass |
| `guard: yes` | may pass | all must pass |
| `bites: yes` | must fail without the work of the tasks before | all must pass |

A check that cannot run, or that passes before anything was done, is a fault of the plan: no model is asked. A check on a
file that only a later task writes is one, too.
"""
_BLOCKS = """\
A fence whose first line says one of these is applied as it stands, byte for byte. No model is asked and no token is
spent; the ledger calls that tier `manifest`. If the checks fail afterwards, the models are asked as for any other task.
A fence begins at the margin, and has more marks than any fence inside it. The language before the word is optional:
`python edit=src/bank.py`. All other fences are part of the text.
"""
_LIMITS = """\
A longer job is split into several plans.
"""


def render_plan() -> str:
    return "\n".join(
        [
            _HEAD,
            f"`````markdown\n{EXAMPLE_PLAN}`````\n",
            f"## The head\n\n{_HEADER}",
            _render_keys(HEADER_KEYS),
            f"## Phases\n\n{_PHASE}",
            _render_keys(PHASE_KEYS),
            f"## Tasks\n\n{_TASK}",
            _render_keys(TASK_KEYS),
            _render_aliases(),
            f"## Checks\n\n{_CHECKS}",
            f"## Exact blocks\n\n{_BLOCKS}",
            _render_blocks(),
            f"## Limits\n\n{_LIMITS}",
            _render_limits(),
        ]
    )


def _render_keys(keys: Mapping[str, Key]) -> str:
    rows = [
        f"| `{name}` | {key.value} | {key.meaning}{' May be given several times.' * key.repeated} |"
        for name, key in keys.items()
    ]
    return "\n".join(["| key | value | meaning |", "| --- | --- | --- |", *rows, ""])


def _render_aliases() -> str:
    said = ", ".join(f"`{wrong}` (write `{key}`)" for wrong, key in ALIASES.items())
    return f"Words of other formats are refused, with the right one: {said}.\n"


def _render_blocks() -> str:
    rows = [f"| {block.value} | {block.meaning} |" for block in BLOCKS.values()]
    return "\n".join(["| the fence says | meaning |", "| --- | --- |", *rows, ""])


def _render_limits() -> str:
    rows = [f"| {name} | {limit} |" for name, limit in LIMITS.items()]
    return "\n".join(["| what | limit |", "| --- | --- |", *rows, ""])
