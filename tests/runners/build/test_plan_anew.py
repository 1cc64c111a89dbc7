"""Which ends of a task are its plan's fault, and what its new tasks have to keep."""

from collections.abc import Mapping
from pathlib import Path

import pytest
from support.planted import plant

from bot.git.repo import Repo
from bot.git.write_tree import write_tree
from bot.job_states import TaskState
from bot.ledger import AttemptOutcome, LedgerRow
from bot.plan import Block, Check, Job, Phase, Task
from runners.build import proof_kept
from runners.build.attempt_records import Attempt, AttemptRecord, AttemptResult, TierName
from runners.build.plan_anew import count_asked, is_plan_fault, list_left, mark_replaced
from runners.build.results import TaskResult

CHECK = Check("run", "test", ("tests/test_bank.py",))
GONE = Check("absent", "", ("old.py",))
TASK = Task("fix", file="bank.py", checks=(CHECK,))
RED, REFUSED = AttemptOutcome.CHECK_FAILED, AttemptOutcome.EDIT_REFUSED
LARGE, MUTE = AttemptOutcome.TOO_LARGE, AttemptOutcome.NO_MODEL


def made(tier: TierName, outcome: str, digest: str = "") -> AttemptRecord:
    row = LedgerRow("fix", 1, tier, "m")
    return AttemptRecord(Attempt(1, tier, 0), AttemptResult(outcome, digest=digest), row, "tree")


@pytest.mark.parametrize(
    ("attempts", "is_fault"),
    [
        ([made("manifest", AttemptOutcome.PLAN_FAULT)], True),
        ([made("manifest", REFUSED), made("local", RED)], True),
        ([made("manifest", RED)], True),
        ([made("manifest", RED), made("local", RED)], False),
        ([made("local", LARGE), made("senior", LARGE)], True),
        ([made("local", LARGE), made("senior", RED)], False),
        ([made("local", RED), made("senior", RED)], False),
        ([made("local", MUTE)], False),
        ([made("local", RED, "ERROR: not found: /w/tests/test_bank.py::test_x")], True),
        ([made("local", RED, "ERROR: not found: /w/tests/other.py::test_x")], False),
        ([], False),
    ],
)
def test_what_no_model_could_have_mended_is_the_plans_fault(
    attempts: list[AttemptRecord], *, is_fault: bool
) -> None:
    """And what one failed at, or could not answer, is not."""
    assert is_plan_fault(TASK, attempts) is is_fault


def ended(
    task: str, state: TaskState, *, cannot_run: bool = False, fault: bool = False
) -> TaskResult:
    return TaskResult(task, state, "why", cannot_run=cannot_run, plan_fault=fault)


def test_what_is_left_is_what_ended_and_did_not_pass() -> None:
    """Once replaced it is left no more, and counts as skipped."""
    tasks = tuple(Task(name) for name in ("a", "b", "c", "d"))
    results = (
        ended("a", TaskState.PASSED),
        ended("b", TaskState.BLOCKED, fault=True),
        ended("c", TaskState.SKIPPED),
    )
    phase = Phase("Do", tasks)
    assert [task.id for task, _ in list_left(phase, results)] == ["b", "c"]
    replaced = mark_replaced(results, [Task("x")])
    assert [str(each.state) for each in replaced] == ["passed", "skipped", "skipped"]
    assert replaced[1].why == "replaced by x: why"
    assert not list_left(phase, replaced)


@pytest.mark.parametrize(
    ("new", "old", "lost"),
    [
        (Task("x", checks=(CHECK,)), TASK, 0),
        (Task("x", checks=(Check("run", "test"),)), TASK, 0),
        (Task("x", checks=(Check("run", "lint"),)), TASK, 1),
        (Task("x", checks=(CHECK,)), Task("fix", checks=(CHECK,), bites=True), 1),
        (Task("x", checks=(CHECK,), bites=True), Task("fix", checks=(CHECK,), bites=True), 0),
        (Task("x", checks=(CHECK,), waiver="trust me"), TASK, 1),
        (Task("x"), Task("fix", checks=(Check("exists", "", ("a",)),)), 1),
        (Task("x", checks=(GONE,)), Task("fix", checks=(GONE,)), 0),
        (Task("x", checks=(Check("absent", "", ("b",)),)), Task("fix", checks=(GONE,)), 1),
    ],
)
def test_what_proves_a_task_has_to_stay(new: Task, old: Task, lost: int) -> None:
    """Its checks, as they are or as part of wider ones, its bite, and that tests are proved."""
    job = Job("t", (Phase("Do", (new,)),))
    left = [(old, ended("fix", TaskState.SKIPPED))]
    found = [*proof_kept.find_lost_checks(job, left), *proof_kept.find_new_waivers(job, left)]
    assert len(found) == lost, found


def test_a_check_that_cannot_run_need_not_stay() -> None:
    left = [(TASK, ended("fix", TaskState.BLOCKED, cannot_run=True, fault=True))]
    assert not [*proof_kept.find_lost_checks(Job("t", (Phase("Do", (Task("x"),)),)), left)]


@pytest.mark.parametrize(("file", "lost"), [("docs/a.md", 0), ("docs/b.md", 1)])
def test_a_path_of_a_faulty_task_has_to_be_proved_where_its_file_is_still_written(
    file: str, lost: int
) -> None:
    """The path may have been the fault; what is still written is still to be proved."""
    old = Task("fix", file="docs/b.md", checks=(Check("exists", "", ("docs/b.md",)),))
    left = [(old, ended("fix", TaskState.BLOCKED, fault=True))]
    job = Job("t", (Phase("Do", (Task("x", file=file),)),))
    assert len([*proof_kept.find_lost_checks(job, left)]) == lost


THERE = {"tests/test_bank.py": b"def test_one():\n    assert 1\n\ndef test_two():\n    assert 2\n"}


def written(text: str) -> tuple[Block, ...]:
    return (Block("file", "tests/test_bank.py", text),)


@pytest.mark.parametrize(
    ("new", "said"),
    [
        (Task("x", blocks=(Block("delete", "tests/test_bank.py", ""),)), "removes tests/test_bank"),
        (Task("x", file="a.py", checks=(Check("absent", "", (*THERE,)),)), "removes tests/test_"),
        (Task("x", blocks=written("def test_one():\n    assert 1\n")), "takes `test_two` out of"),
        (Task("x", blocks=written("def test_two():\n    assert 2\ndef test_one(): ...\n")), ""),
        (Task("x", blocks=(Block("delete", "bank.py", ""),)), ""),
    ],
)
def test_no_test_that_is_there_may_go(new: Task, said: str) -> None:
    """Else the one that is red could be taken away, and its check would end well."""
    former = Job("t", (Phase("Do", (TASK,)),))
    (*found,) = proof_kept.find_removed_tests(
        Job("t", (Phase("Do", (new,)),)), former, {**THERE, "bank.py": b"x = 1\n"}.get
    )
    assert [said in fault.what for fault in found] == [True] * bool(said), found


def test_what_the_plan_before_it_removed_may_go() -> None:
    gone = Task("fix", blocks=(Block("delete", "tests/test_bank.py", ""),))
    job = Job("t", (Phase("Do", (gone,)),))
    assert not [*proof_kept.find_removed_tests(job, job, THERE.get)]


def test_the_gate_finds_tests_that_a_model_took_away(tmp_path: Path) -> None:
    """What one task brought and one that was planned later lost is told, whoever wrote it."""
    repo = plant(tmp_path / "repo", {"bank.py": "x = 1\n"})
    base = repo.branch_head("main")
    first = commit(repo, base, THERE)
    head = commit(repo, first, {"tests/test_bank.py": b"def test_one():\n    assert 1\n"})
    passed = TaskResult("a", TaskState.PASSED, commit=first)
    anew = TaskResult("b", TaskState.SKIPPED, replaced=True)
    told = proof_kept.find_dropped_tests(repo, base, head, [passed, anew])
    assert told == "tests that the job brought are gone again: `test_two`"
    assert not proof_kept.find_dropped_tests(repo, base, head, [passed])
    assert not proof_kept.find_dropped_tests(repo, base, first, [passed, anew])


def commit(repo: Repo, parent: str, files: Mapping[str, bytes]) -> str:
    tree = write_tree(repo, repo.resolve_rev(parent, "tree"), files)
    return repo.read_output("commit-tree", "-p", parent, "-m", "x", tree).strip()


def test_only_talks_that_cost_something_count() -> None:
    """One that an earlier run held is taken again as often as the job is."""
    row = LedgerRow("replan 1", 1, "planner", "m")
    free, paid = TaskResult("replan 1", TaskState.PASSED), TaskResult("replan 2", TaskState.PASSED)
    assert count_asked([free, TaskResult("a", TaskState.PASSED, rows=(row,))]) == 0
    assert count_asked([free, TaskResult(paid.task, paid.state, rows=(row,))]) == 1
