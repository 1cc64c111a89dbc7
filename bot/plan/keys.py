"""What a plan may say: every key with its values and meaning, every kind of block, every limit.

The parser reads by these tables, validation and the planner's prompt take their numbers from here,
and the reference page (docs/reference/plan.md) is written from them.
"""

from collections.abc import Mapping
from typing import NamedTuple

from bot.plan.model import BlockKind

MAX_PLAN_BYTES = 1 << 20
MAX_PHASES = 10
MAX_EPOCHS = 20
MAX_TASKS = 8
"""Of one phase."""
MAX_TEXT_CHARACTERS = 1024
"""Of one task, exact blocks apart."""
# Each costs one question to git; 80 tasks with a dozen files each stay below it.
MAX_FILES = 1000
# GitHub's own bound for the title of a pull request, which this one becomes:
# "title is too long (maximum is 256 characters)".
MAX_TITLE_CHARACTERS = 256
MAX_ID_CHARACTERS = 40
MAX_WAIVER_CHARACTERS = 200
MAX_HELD_BACK = 50
"""Files of one plan that are held back."""


class Key(NamedTuple):
    """`value` is what may follow the colon; `repeated` keys may be given on several lines."""

    value: str
    meaning: str
    repeated: bool = False


HEADER_KEYS: Mapping[str, Key] = {
    "title": Key(
        f"text, at most {MAX_TITLE_CHARACTERS} characters",
        "What is to be done. Required. Branch, commits and pull request are named after it.",
    ),
    "issue": Key(
        "`OWNER/REPOSITORY#NUMBER`",
        "The issue that the plan is for. The number becomes part of the branch's name.",
    ),
    "base": Key(
        "a branch, a tag or a commit",
        "What to build on. Default: what is checked out. With a `[setup]` it must be part of that.",
    ),
    "checks": Key(
        "`[NAME, NAME]`",
        "Checks of `.bricklayer.toml` that must pass at the very end, on a clean checkout of the"
        " branch: the job's final gate.",
    ),
}
PHASE_KEYS: Mapping[str, Key] = {
    "epochs": Key(
        f"1 to {MAX_EPOCHS}",
        "Rounds of tasks. Where the phase's `done` is red after its tasks, the planner tier writes"
        " the next round, until `done` is green or the rounds are over. Needs a `done`."
        " Default: 1.",
    ),
    "done": Key(
        "`NAME [PATH…]`, `exists: PATH` or `absent: PATH`",
        "A check that must pass when the phase's tasks are done.",
        repeated=True,
    ),
}
TASK_KEYS: Mapping[str, Key] = {
    "kind": Key(
        "`code` or `query`",
        "`query`: the text is a question. A model answers it, and tasks of later phases are shown"
        " the answer; such a task has no `file`, no check and no blocks. Default: `code`.",
    ),
    "file": Key(
        "a path",
        "The one file that the task writes. It may be left out where exact blocks name what is"
        " written; only then may a task write several files.",
    ),
    "reads": Key(
        "paths, parted by commas",
        "Further files that the model is shown.",
    ),
    "after": Key(
        "ids, parted by commas",
        "Tasks of this or an earlier phase that must be done before. Tasks of one phase that do"
        " not wait for each other may be built at the same time, unless one red check judges them.",
    ),
    "check": Key(
        "`NAME [PATH…]`",
        "A check of `.bricklayer.toml`, with paths added to its command. It must fail before the"
        " task (unless `guard` is there) and pass after it. Options cannot be given.",
        repeated=True,
    ),
    "exists": Key("one path", "A check: this file or folder must be there.", repeated=True),
    "absent": Key("one path", "A check: this file or folder must be gone.", repeated=True),
    "bites": Key(
        "`yes`, or `no: REASON`",
        "Every test that a plan brings must fail without what the plan fixes. `yes`: it must fail"
        " without the work of just those tasks that this one is `after`. `no: REASON`: the tests of"
        f" this task need not fail, and people are told why, in at most {MAX_WAIVER_CHARACTERS}"
        " characters.",
    ),
    "guard": Key(
        "`yes` or `no`",
        "The task's checks may pass before anything was done, and must still pass afterwards."
        " Default: no.",
    ),
    "hidden": Key(
        "`yes` or `no`",
        "Tests that are held back: exact `file` blocks and the checks that run them, after all"
        " other tasks. They are laid on for the final gate alone, never committed, and shown to no"
        " model that writes code. Default: no.",
    ),
    "carry": Key(
        "`yes` or `no`",
        "`senior` begins with the best of what `local` tried, not with the base. Default: no.",
    ),
}
BLOCKS: Mapping[BlockKind, Key] = {
    "file": Key("`file=PATH`", "The whole file, new or replaced, as it stands in the block."),
    "edit": Key(
        "`edit=PATH`",
        "One or more search/replace pairs. What stands between `<<<<<<< SEARCH` and `=======` must"
        " be in the file; it is replaced by what stands before `>>>>>>> REPLACE`.",
    ),
    "patch": Key(
        "`patch`",
        "A unified diff as `git diff` prints it. It names its files itself, and may make, change,"
        " rename and delete several.",
    ),
    "delete": Key("`delete=PATH`", "An empty block: the file is removed."),
}
LIMITS: Mapping[str, str] = {
    "size of a plan": f"{MAX_PLAN_BYTES >> 20} MiB",
    "phases": f"1 to {MAX_PHASES}",
    "tasks of a phase": f"1 to {MAX_TASKS}",
    "epochs of a phase": f"1 to {MAX_EPOCHS}",
    "text of a task, exact blocks apart": f"{MAX_TEXT_CHARACTERS:,} characters",
    "a task's id": f"1 to {MAX_ID_CHARACTERS} of a-z, 0-9 and -, not beginning with -",
    "files that a plan names": f"{MAX_FILES:,}",
    "files that a plan holds back": f"{MAX_HELD_BACK}",
    "a reason behind `bites: no:`": f"{MAX_WAIVER_CHARACTERS} characters",
    "title": f"{MAX_TITLE_CHARACTERS} characters",
}
