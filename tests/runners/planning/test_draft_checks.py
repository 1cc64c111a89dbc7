"""A drafted task whose check proves nothing is found before anything is built."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from support.planted import plant

from bot.config.repository import CheckCommand, RepoConfig
from bot.errors import Fault
from bot.git.references import list_refs
from bot.plan import Check, add_bite_dependencies, peek_job
from runners.planning.check_results import CheckResult, CheckState
from runners.planning.draft_checks import DraftStart, find_check_faults

FILES = {"bank.py": "def withdraw(b, a):\n    return b + a\n", "tests/test_bank.py": "old\n"}
CONFIG = RepoConfig(checks={"test": CheckCommand(run="true"), "lint": CheckCommand(run="true")})
HEAD = "---\ntitle: T\nchecks: [test]\n---\n\n## Phase: Do\n\n"
ADD_TEST = """\
### Task: add-test
- file: tests/test_new.py
- check: exists: tests/test_new.py

```python file=tests/test_new.py
new
```

"""


@dataclass
class Base:
    """How checks end, by their label and the test file that is there; what was asked for."""

    start: DraftStart
    ends: dict[str, CheckState] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def run(self, tree: str, check: Check, _makes: Collection[str]) -> CheckResult:
        has_new = self.start.repo.read_file(tree, "tests/test_new.py") is not None
        asked = f"{check.label}{' with the new test' if has_new else ''}"
        self.asked.append(asked)
        return CheckResult(check.label, self.ends.get(asked, "green"), "why", tests=3)

    def faults(self, tasks: str) -> list[Fault]:
        return find_check_faults(
            self.start, add_bite_dependencies(peek_job(HEAD + tasks)), self.run
        )


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory) -> DraftStart:
    repo = plant(tmp_path_factory.mktemp("repo") / "bare.git", FILES)
    return DraftStart(repo, repo.branch_head("main"), CONFIG)


def task(name: str, *keys: str) -> str:
    return f"### Task: {name}\n- file: bank.py\n" + "".join(f"- {k}\n" for k in keys) + "\nDo.\n\n"


def test_a_check_that_is_green_before_anything_was_done_is_a_fault(start: DraftStart) -> None:
    """At its line, with what to write instead."""
    (fault,) = Base(start).faults(task("fix", "check: test tests/test_bank.py"))
    assert fault.line == 10
    assert "`test tests/test_bank.py` is green, before it did anything (3 tests)" in fault.what
    assert "`guard: yes`" in fault.hint


@pytest.mark.parametrize("more", ["guard: yes", "bites: yes"])
def test_what_may_be_green_is_none(start: DraftStart, more: str) -> None:
    assert Base(start).faults(task("fix", "check: test", more)) == []


@pytest.mark.parametrize("ends", ["red", "unknown"])
def test_what_is_red_or_had_no_time_is_none(start: DraftStart, ends: CheckState) -> None:
    assert Base(start, {"test": ends}).faults(task("fix", "check: test")) == []


def test_one_red_check_of_several_is_enough(start: DraftStart) -> None:
    """As when it is built; a path that must be there, and is not yet, is one."""
    base = Base(start, {"lint": "red"})
    assert base.faults(task("fix", "check: test", "check: lint")) == []
    assert Base(start).faults(task("fix", "check: test", "check: exists: made.py")) == []
    assert Base(start).faults(task("fix", "check: test", "check: exists: bank.py"))


def test_a_task_after_what_a_model_writes_is_not_tried(start: DraftStart) -> None:
    """Nor is one of a later phase: nobody knows yet what it starts from."""
    base = Base(start, {"test": "red"})
    later = task("second", "check: lint", "after: first")
    phase = "## Phase: Later\n\n" + task("third", "check: lint")
    assert base.faults(task("first", "check: test") + later + phase) == []
    assert base.asked == ["test"]


def test_a_task_after_exact_blocks_is_tried_with_them(start: DraftStart) -> None:
    """So that a test which was meant to fail, and does not, is found."""
    fix = task("fix", "check: test tests/test_new.py", "after: add-test")
    base = Base(start, {"test tests/test_new.py with the new test": "red"})
    assert base.faults(ADD_TEST + fix) == []
    (fault,) = Base(start).faults(ADD_TEST + fix)
    assert "is green once what it comes `after` is done, before it did anything" in fault.what


def test_exact_blocks_run_in_a_sandbox_alone(start: DraftStart) -> None:
    """Nobody has approved them yet."""
    bare = DraftStart(start.repo, start.base, start.config, lays_blocks=False)
    base = Base(bare)
    assert base.faults(ADD_TEST + task("fix", "check: test", "after: add-test")) == []
    assert base.asked == []


def test_a_path_that_a_check_cannot_run_on_is_a_fault_of_the_plan(start: DraftStart) -> None:
    """Where the check runs without it; else the machine or its setup lacks something."""
    label = "test tests/test_bank.py::test_gone"
    (fault,) = Base(start, {label: "unable"}).faults(task("fix", f"check: {label}"))
    assert f"`{label}` cannot run: why" in fault.what
    unable: dict[str, CheckState] = {label: "unable", "test": "unable"}
    assert Base(start, unable).faults(task("fix", f"check: {label}")) == []
    assert Base(start, {"test": "unable"}).faults(task("fix", "check: test")) == []


@pytest.mark.parametrize(
    "check",
    ["rm -rf /", "test ../../etc/passwd", "exists: bank.py", "nothing tests/test_bank.py"],
)
def test_only_checks_of_the_config_run(start: DraftStart, check: str) -> None:
    """And no path that a plan may not name; what is wrong with those is said elsewhere."""
    base = Base(start)
    assert base.faults(task("fix", f"check: {check}")) == []
    assert base.asked == []


@pytest.mark.parametrize(
    "spoil",
    [
        lambda text: text.replace("file=tests/test_new.py", "file=../../evil.py"),
        lambda text: text.replace("tests/test_new.py", ".git/config"),
        lambda text: text.replace("tests/test_new.py", "bank.py/deeper.py"),
        lambda text: text.replace("- file", "- after: fix\n- file"),
        lambda _text: "### Task: fix\n### Task: fix\n",
    ],
)
def test_a_draft_that_holds_nothing_is_passed_over(
    start: DraftStart, spoil: Callable[[str], str]
) -> None:
    """Paths that git can have no file at, tasks that wait for each other, names given twice."""
    fix = task("fix", "check: test", "after: add-test")
    Base(start).faults(spoil(ADD_TEST) + fix)


def test_nothing_in_the_repository_moves(start: DraftStart, tmp_path: Path) -> None:
    """No branch, no work tree: a tree that nothing names is all there is of it."""
    assert not list(tmp_path.iterdir())
    before = list_refs(start.repo, "refs/")
    Base(start).faults(ADD_TEST + task("fix", "check: test", "after: add-test"))
    assert list_refs(start.repo, "refs/") == before


OWN_PROOF = """\
### Task: both
- check: test

```python file=bank.py
def withdraw(b, a):
    return b - a
```

```python file=tests/test_new.py
new
```
"""


@pytest.mark.parametrize("ends", ["green", "red"])
def test_tests_beside_their_fix_are_tried_alone(start: DraftStart, ends: CheckState) -> None:
    """The check is green before the task, which proves nothing if its tests are green as well."""
    base = Base(start, {"test with the new test": ends})
    found = base.faults(OWN_PROOF)
    assert [fault.what for fault in found] == (
        ["task `both`: `test` is green before it, and with its tests alone as well"]
        if ends == "green"
        else []
    )
