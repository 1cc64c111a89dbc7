"""The small tasks of the benchmark: load them, check a file, and prove that each of them bites."""

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).resolve().parent / "small_tasks"
TIMEOUT = 15.0
Run = Callable[[Mapping[str, str], str], tuple[bool, str]]
"""Files by path and the script to run among them -> whether it exits 0, and its output."""


@dataclass(frozen=True, slots=True)
class Small:
    """One file to mend. `hidden` holds what the text and the check imply and no prompt shows."""

    name: str
    split: str
    text: str
    file: str
    base: str
    check: str
    hidden: str
    solution: str

    @property
    def test(self) -> str:
        return f"test_{self.file}"


def load(split: str = "", only: str = "") -> list[Small]:
    paths = sorted(FOLDER.glob("*/*.toml"))
    tasks = [_task(path) for path in paths]
    return [t for t in tasks if split in {"", t.split} and (not only or t.name in only.split())]


def passes(run: Run, task: Small, content: str, *, hidden: bool = False) -> tuple[bool, str]:
    script = task.hidden if hidden else task.check
    name = "hidden_check.py" if hidden else task.test
    return run({task.file: content, name: script}, name)


def faults(run: Run) -> list[str]:
    """What is wrong with the tasks themselves: the solution must pass, the base must fail."""
    found = []
    for task in load():
        for hidden in (False, True):
            solved, output = passes(run, task, task.solution, hidden=hidden)
            if not solved:
                found.append(f"{task.name}: the solution fails (hidden: {hidden}):\n{output}")
        if passes(run, task, task.base)[0]:
            found.append(f"{task.name}: the base passes its check")
    return found


def _task(path: Path) -> Small:
    fields = tomllib.loads(path.read_text())
    return Small(name=path.stem, split=path.parent.name, **fields)
