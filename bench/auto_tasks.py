"""Tasks of four kinds, their right and wrong answers, and scripted models of set rates.

A model draws whether it answers rightly: by seed, task, model and the call's own seed, so that the
same call gets the same answer, whoever asks first.
"""

import random
import re
from collections.abc import Mapping
from dataclasses import dataclass

CONFIG = """\
[checks.test]
run = "python3 -m unittest -q"
[checks.words]
run = "grep -q refund"
[checks.compile]
run = "python3 -m compileall -q ."
[limits]
local_attempts = 4
senior_attempts = 2
"""
KINDS = ("docs", "create", "fix", "rename")
RATES: Mapping[str, Mapping[str, float]] = {
    "small": {"docs": 0.75, "create": 0.45, "fix": 0.12, "rename": 0.01},
    "large": {"docs": 0.9, "create": 0.85, "fix": 0.85, "rename": 0.85},
}
"""How often one answer of a model is right. Local has four tries at a task, senior two."""
# As hosted models of both sizes cost in 2025, in dollars for a million tokens.
PRICES = {"small": (0.1, 0.4), "large": (3.0, 15.0)}
_TASK = re.compile(r"^Task: In (?:docs/)?(?P<kind>[a-z]+)_(?P<number>\d+)\.", re.MULTILINE)


@dataclass(frozen=True)
class Task:
    """`before` is its file as it begins, None where it makes one; `test` is its check's file."""

    kind: str
    number: int

    @property
    def name(self) -> str:
        return f"{self.kind}-{self.number:02}"

    @property
    def file(self) -> str:
        folder, end = ("docs/", "md") if self.kind == "docs" else ("", "py")
        return f"{folder}{self.kind}_{self.number:02}.{end}"

    @property
    def before(self) -> str | None:
        n = self.number
        return {
            "docs": f"# Page {n}\n\nHow to pay.\n",
            "create": None,
            "fix": f"def add_{n:02}(x):\n    return x - {n}\n",
            "rename": f"def take_{n:02}(x):\n    return x + {n}\n",
        }[self.kind]

    def answer(self, *, right: bool, salt: int) -> str:
        """`salt` makes each wrong answer another one."""
        n, off = self.number, 0 if right else 1 + salt % 97
        name = "put" if self.kind == "rename" and right else "take"
        return {
            "docs": f"# Page {n}\n\nHow to pay.\n\nHow to get a {'refund' if right else off}.\n",
            "create": f"def make_{n:02}(x):\n    return x * {n + off}\n",
            "fix": f"def add_{n:02}(x):\n    return x + {n + off}\n",
            "rename": f"def {name}_{n:02}(x):\n    return x + {n}{f'  # {off}' if off else ''}\n",
        }[self.kind]

    @property
    def test(self) -> tuple[str, str]:
        n = self.number
        name, result = {
            "create": ("make", 5 * n),
            "fix": ("add", 5 + n),
            "rename": ("put", 5 + n),
            "docs": ("", 0),
        }[self.kind]
        module = self.file.removesuffix(".py")
        lines = ["import unittest", "", f"import {module}", "", "", "class It(unittest.TestCase):"]
        lines += ["    def test_it(self):"]
        lines += [f"        self.assertEqual({module}.{name}_{n:02}(5), {result})", ""]
        return f"tests/test_{module}.py", "\n".join(lines)

    @property
    def plan(self) -> str:
        n = self.number
        text = {
            "docs": "add a line about how to get a refund.",
            "create": f"write make_{n:02}(x), which gives x times {n}.",
            "fix": f"fix add_{n:02}(x): it must give x plus {n}.",
            "rename": f"rename take_{n:02} to put_{n:02}.",
        }[self.kind]
        check = f"words {self.file}" if self.kind == "docs" else f"test {self.test[0]}"
        head = f"### Task: {self.name}\n- file: {self.file}\n- check: {check}\n"
        return f"{head}\nIn {self.file}: {text}\n"


def list_tasks(first: int, count: int) -> list[Task]:
    """So many of each kind, mixed, numbered from `first`."""
    return [Task(kind, number) for number in range(first, first + count) for kind in KINDS]


def write_plan(title: str, tasks: list[Task]) -> str:
    head = f"---\ntitle: {title}\nchecks: [compile]\n---\n## Phase: All\n"
    return head + "\n".join(task.plan for task in tasks)


def list_files(tasks: list[Task]) -> dict[str, str]:
    files = {".bricklayer.toml": CONFIG, "tests/__init__.py": ""}
    for task in tasks:
        if task.before is not None:
            files[task.file] = task.before
        if task.kind != "docs":
            files[task.test[0]] = task.test[1]
    return files


def draw(seed: str, task: Task, model: str, call: object) -> bool:
    """Whether this answer is right."""
    chance = random.Random(f"{seed} {task.name} {model} {call}").random()  # noqa: S311 no secret
    return chance < RATES[model][task.kind]


def reply(seed: str, prompt: str, model: str, call: int) -> str:
    found = _TASK.search(prompt)
    if found is None:
        return "I do not know."
    task = Task(found["kind"], int(found["number"]))
    text = task.answer(right=draw(seed, task, model, call), salt=call)
    return f"{task.file}\n```\n{text}```\n"
