"""Twenty tasks whose text does not state a rule that the repository's notes do.

A task's check tells whether the code does what is asked; its `rule` is run after the build, as a
reviewer would look at the diff, and stands in no prompt.
"""

import sys
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from small_runs import boxed
from small_suite import TIMEOUT, Run

FOLDER = Path(__file__).resolve().parent / "coaching_tasks"
RULE = "rule_check.py"
# The tests that a model writes must pass, and must notice a function that does something else.
# Nothing is printed of them: how many have run would be taken for this check's own count.
TEST_CHECK = """
import importlib
import unittest

import {name}


def all_pass():
    tests = importlib.reload(importlib.import_module("test_{name}"))
    found = [each for key, each in vars(tests).items() if key.startswith("test") and callable(each)]
    suite = unittest.defaultTestLoader.loadTestsFromModule(tests)
    assert found or suite.countTestCases(), "there are no tests"
    try:
        for test in found:
            test()
    except AssertionError:
        return False
    result = unittest.TestResult()
    suite.run(result)
    return result.wasSuccessful()


assert all_pass(), "a test fails though {function}() is right"
{name}.{function} = {broken}
assert not all_pass(), "no test notices a wrong {function}()"
"""


@dataclass(frozen=True, slots=True)
class Ruled:
    """`solution` keeps the rule and `plain` breaks it; the check takes both.

    `base` is the file as it is, empty where there is none; `others` are more files, by path.
    """

    name: str
    kind: str
    note: str
    text: str
    file: str
    base: str
    check: str
    rule: str
    solution: str
    plain: str
    others: Mapping[str, str] = field(default_factory=dict)

    @property
    def check_file(self) -> str:
        return f"check_{self.name}.py"


def load(only: str = "") -> list[Ruled]:
    names = only.split()
    paths = sorted(FOLDER.glob("*/*.toml"))
    return [_read(path) for path in paths if not names or path.stem in names]


def _read(path: Path) -> Ruled:
    fields = tomllib.loads(path.read_text("utf-8"))
    if module := fields.pop("module", ""):
        words = {key: fields.pop(key) for key in ("function", "broken")}
        check = TEST_CHECK.format(name=path.stem, **words)
        fields |= {"base": "", "check": check, "others": {module: fields.pop("source")}}
    return Ruled(name=path.stem, kind=path.parent.name, **fields)


def passes(run: Run, task: Ruled, content: str, *, rule: bool = False) -> tuple[bool, str]:
    name, script = (RULE, task.rule) if rule else (task.check_file, task.check)
    return run({**task.others, task.file: content, name: script}, name)


def faults(run: Run) -> list[str]:
    """What is wrong with the tasks: each is red on its base, and its rule alone tells two apart."""
    found = []
    for task in load():
        wanted = {("base", False): False, ("plain", False): True, ("plain", True): False}
        wanted |= {("solution", False): True, ("solution", True): True}
        for (version, rule), expected in wanted.items():
            good, output = passes(run, task, getattr(task, version), rule=rule)
            if good != expected:
                found.append(f"{task.name}: {version}, rule {rule}, is {good}:\n{output}")
    return found


if __name__ == "__main__":
    with boxed(TIMEOUT) as run:
        wrong = faults(run)
    print("\n".join(wrong) or f"{len(load())} tasks: only its rule tells each pair apart")
    sys.exit(bool(wrong))
