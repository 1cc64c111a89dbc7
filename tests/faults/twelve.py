"""The job that every fault is tried on: twelve tasks in two phases, sixteen attempts.

Each task writes a word into a file of its own, so that the final tree is known. What a task takes
is in its name: `exact` blocks, the local model's `first` or `second` answer, or the `senior` one.
"""

import re
from collections import Counter

PHASES = (
    ("exact-1", "exact-2", "first-1", "first-2", "second-1", "senior-1"),
    ("exact-3", "exact-4", "first-3", "first-4", "first-5", "second-2"),
)
AFTER = {"first-5": "first-3", "second-2": "exact-3"}
TASKS = PHASES[0] + PHASES[1]
CALLS = {
    "exact": (),
    "first": ("local",),
    "second": ("local",) * 2,
    "senior": (*("local",) * 2, "senior"),
}
ATTEMPTS = {"exact": 1, "first": 1, "second": 2, "senior": 3}
TITLE = "Write twelve words"
BRANCH = "bricklayer/write-twelve-words"
FAILED = "WRONG words/"
"""What the check says of a wrong word, and what only the prompt of a later attempt has."""
CHECK = """\
# Each file that is named, or all there are, must say `good`.
test $# -gt 0 || set -- $(ls words 2>/dev/null | sed 's,^,words/,')
for file do
  test -e "$file" || { echo "MISSING $file"; exit 1; }
  grep -qx good "$file" || { echo "WRONG $file: $(cat "$file")"; exit 1; }
done
"""
CONFIG = """\
[checks.word]
run = "sh check.sh"
timeout = 60

[limits]
local_attempts = 2
senior_attempts = 1

[ci]
settle = 0.2
grace = 20
"""
FILES = {"check.sh": CHECK, ".bricklayer.toml": CONFIG, "README.md": "# Words\n"}
TREE = {f"words/{task}": "good\n" for task in TASKS}
"""What the finished job adds to the base."""


def kind_of(task: str) -> str:
    return task.partition("-")[0]


def count_calls() -> Counter[tuple[str, str]]:
    """How often each task asks each tier, where nothing is disturbed."""
    return Counter((task, tier) for task in TASKS for tier in CALLS[kind_of(task)])


def count_attempts() -> dict[str, int]:
    return {task: ATTEMPTS[kind_of(task)] for task in TASKS}


def write_plan() -> str:
    phases = [
        f"## Phase: Part {number}\n\n" + "\n".join(map(_write_task, tasks))
        for number, tasks in enumerate(PHASES, 1)
    ]
    head = f"---\ntitle: {TITLE}\nchecks: [word]\n---\nTwelve files, a word in each.\n\n"
    return head + "\n".join(phases)


def _write_task(task: str) -> str:
    path = f"words/{task}"
    after = f"- after: {AFTER[task]}\n" if task in AFTER else ""
    block = f"\n```file={path}\ngood\n```\n" if kind_of(task) == "exact" else ""
    return (
        f"### Task: {task}\n- file: {path}\n{after}- check: word {path}\n\n"
        f"Write the word of {task}.\n{block}"
    )


def choose_word(prompt: str, tier: str) -> tuple[str, str]:
    """Task and answer to a prompt, from its text alone: the same prompt has the same answer."""
    found = re.search(r"Task: Write the word of ([a-z]+-\d)\.", prompt)
    assert found, prompt
    task = found[1]
    failed = FAILED in prompt
    kind = kind_of(task)
    good = kind == "first" or tier == "senior" or (kind == "second" and failed)
    word = "good" if good else ("worse" if failed else "bad")
    return task, f"```file=words/{task}\n{word}\n```\n"
