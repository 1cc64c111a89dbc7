"""A phase that is not done after its tasks: the planner writes the next epoch, and it is run."""

import signal
from pathlib import Path
from typing import Literal

import pytest
from support.project import Project

# Whole jobs: CI and `make test-rest` run them.
pytestmark = pytest.mark.slow

HALF = "    return amount - balance"
FIXED = "    return balance - amount"
NOTE = "### Task: note\n- file: NOTE\n- exists: NOTE\n\n```file=NOTE\nhi\n```\n"
KEYS = "- epochs: {}\n- done: test\n\nWithdrawals must be right.\n\n"
EPOCH = (
    "## reply: epoch 1.{0}\n### Task: fix-{0}\n- file: bank.py\n- check: {2}\n\nSubtract.\n\n"
    "```python edit=bank.py\n<<<<<<< SEARCH\n{3}\n=======\n{1}\n>>>>>>> REPLACE\n```\n"
)
BROKEN = "    return balance + amount"
GOOD = EPOCH.format(2, FIXED, "test", BROKEN)
TOOTHLESS = EPOCH.format(2, HALF, "true\n- guard: yes", BROKEN)


def plan(project: Project, epochs: int) -> Path:
    return project.plan(KEYS.format(epochs) + NOTE)


def test_a_red_phase_gets_another_epoch(project: Project) -> None:
    """Its tasks land like any others, and the planner's call stands in the ledger."""
    project.models(planner=GOOD)
    code, out = project.bricklayer("run", plan(project, 2))
    assert code == 0, out
    assert project.landed() == ["note", "fix-2"]
    assert "epoch 1.2: planned fix-2" in out
    assert " planner " in out


def test_only_one_task_asks_for_no_epoch(project: Project) -> None:
    """Though it is all of its phase: the report says that the phase is not done, and why."""
    project.models(planner=GOOD)
    code, out = project.bricklayer("run", plan(project, 2), "--only", "note")
    assert code == 1, out
    assert project.landed() == ["note"]
    assert "phase Do: test" in out
    assert "for single tasks no epoch is planned" in out
    assert " planner " not in out


def test_the_planner_sees_goal_diffstat_and_failure(project: Project) -> None:
    """And nothing that any model wrote before."""
    project.models(planner=GOOD)
    assert project.bricklayer("run", plan(project, 2))[0] == 0
    (seen,) = project.room.glob("state/bricklayer/jobs/*/evidence/run-1/epoch-1.2-1.txt")
    text = seen.read_text()
    for part in ("Withdrawals must be right.", "NOTE | 1 +", "AssertionError: 7 != 3", "- note:"):
        assert part in text


def test_epochs_end_at_their_number(project: Project) -> None:
    """Three at most: the first and two more; then the phase is blocked by its check."""
    third = EPOCH.format(3, HALF + "  # again", "true\n- guard: yes", HALF)
    project.models(planner=TOOTHLESS + third + EPOCH.format(4, FIXED, "test", HALF + "  # again"))
    code, out = project.bricklayer("run", plan(project, 3))
    assert code == 1
    assert project.landed() == ["note", "fix-2", "fix-3"]
    assert "phase Do: test" in out


def test_a_planner_that_talks_nonsense_blocks_the_phase(project: Project) -> None:
    """It is asked three times in all; then the message says what was wrong with what it wrote."""
    project.models(planner="## reply: epoch 1.2, attempt 1-9\nI would rewrite it in Rust.\n")
    code, out = project.bricklayer("run", plan(project, 2))
    assert code == 1
    assert out.count("planner script:planner.md: refused") == 3
    assert "no further epoch: what the planner wrote was refused 3 times" in out
    assert project.landed() == ["note"]


def test_without_a_planner_the_phase_is_blocked_and_says_so(project: Project) -> None:
    """The check's own words come first."""
    code, out = project.bricklayer("run", plan(project, 2))
    assert code == 1
    assert "phase Do: test" in out
    assert "no planner is configured" in out


def test_an_epochs_tasks_obey_the_rules_of_any_plan(project: Project) -> None:
    """Taken ids, unknown checks and absent files are refused with their lines, then put right."""
    bad = "## reply: epoch 1.2\n### Task: note\n- file: bank.py\n- reads: gone.py\n- check: tset\n\nX.\n"
    project.models(planner=bad + GOOD)
    code, out = project.bricklayer("run", plan(project, 2))
    assert code == 0, out
    (seen,) = project.room.glob("state/bricklayer/jobs/*/evidence/run-1/epoch-1.2-2.txt")
    text = seen.read_text()
    for part in (
        "line 1, `### Task: note`: the id `note` is taken",
        "line 3, `- reads: gone.py`: task `note`: there is no gone.py to read",
        "line 4, `- check: tset`: unknown check `tset`",
    ):
        assert part in text


def test_an_epochs_task_whose_check_proves_nothing_is_mended(project: Project) -> None:
    """Green on the branch as it stands: told before it is built, where it would block the phase."""
    toothless = EPOCH.format(2, HALF, "true", BROKEN)
    project.models(planner=toothless + GOOD)
    code, out = project.bricklayer("run", plan(project, 2))
    assert code == 0, out
    (seen,) = project.room.glob("state/bricklayer/jobs/*/evidence/run-1/epoch-1.2-2.txt")
    assert "`true` is green, before it did anything" in seen.read_text()
    assert project.landed() == ["note", "fix-2"]


@pytest.mark.parametrize("when", ["before", pytest.param("after", marks=pytest.mark.slow)])
@pytest.mark.parametrize(
    "point", ["plan an epoch", pytest.param("end an epoch", marks=pytest.mark.slow)]
)
def test_killed_while_planning_it_goes_on(
    project: Project, point: str, when: Literal["before", "after"]
) -> None:
    """The recorded epoch is taken up: a task lands once, and one call is paid but a cut one's."""
    project.models(planner=GOOD)
    order = plan(project, 2)
    project.killed_at(point, when, "run", order)
    code, out = project.bricklayer("run", order)
    assert code == 0, out
    assert project.landed() == ["note", "fix-2"]


THREE_EPOCHS = TOOTHLESS + EPOCH.format(3, FIXED, "test", HALF)


@pytest.mark.slow
def test_killed_between_epochs_nothing_is_done_twice(project: Project) -> None:
    """Kill -9 while the second is recorded, before the third is planned, and when its task has landed."""
    project.models(planner=THREE_EPOCHS)
    order = plan(project, 3)
    project.killed_at("end an epoch", "after", "run", order)
    project.killed_at("plan an epoch", "before", "run", order)
    project.killed_at("land a commit", "after", "run", order)
    code, out = project.bricklayer("run", order)
    assert code == 0, out
    assert project.landed() == ["note", "fix-2", "fix-3"]


@pytest.mark.slow
def test_killed_anywhere_in_an_epoch_nothing_is_done_twice(project: Project) -> None:
    """Kill -9 after ever more lines of each run."""
    project.models(planner=THREE_EPOCHS)
    order = plan(project, 3)
    for lines in range(1, 60):
        code, out = project.killed_after(lines, "run", order)
        if code != -signal.SIGKILL:
            break
    assert code == 0, out
    assert project.landed() == ["note", "fix-2", "fix-3"]


BODY = "".join(f"    balance = balance + amount - amount  # {n}\n" for n in range(900))
BIG = f"def withdraw(balance, amount):\n{BODY}    return balance + amount\n"
WHOLE = f"def withdraw(balance, amount):\n{FIXED}\n"
SPLIT = (
    "## reply: split fix\n"
    "### Task: fix-a\n- file: bank.py\n- absent: bank.py\n\nBegin anew.\n\n"
    "```delete=bank.py\n```\n"
    "### Task: fix-b\n- file: bank.py\n- after: fix-a\n- check: true\n\nCreate it; subtract.\n"
)


def test_a_task_too_large_is_split_by_the_planner(project: Project) -> None:
    """The parts take its place in order; the last has its id and its own check."""
    project.write("bank.py", BIG)
    project.commit()
    project.models(local=f"## reply: fix\n```python\n{WHOLE}```\n", planner=SPLIT)
    code, out = project.bricklayer("run", project.plan(ASK_BIG))
    assert code == 0, out
    assert project.landed() == ["fix-a", "fix"]
    assert "Bricklayer-Check: test" in project.git("log", "-1", "--format=%B", "bricklayer/mend-it")


ASK_BIG = (
    "### Task: fix\n- file: bank.py\n- check: test\n\nIn lines 2-880, withdraw() must subtract.\n"
)


def test_a_task_too_large_without_a_planner_is_blocked(project: Project) -> None:
    """With the number of tokens it needs."""
    project.write("bank.py", BIG)
    project.commit()
    project.models(local="## reply: fix\nno\n")
    code, out = project.bricklayer("run", project.plan(ASK_BIG))
    assert code == 1
    assert "tokens of a window of 8192: split it" in out


def test_a_split_that_is_refused_blocks_the_task_and_says_why(project: Project) -> None:
    """Parts that write another file are no parts of it."""
    project.write("bank.py", BIG)
    project.commit()
    astray = SPLIT.replace("split fix", "split fix, attempt 1-3").replace(
        "file: bank.py\n- absent", "file: b.py\n- absent"
    )
    project.models(local="## reply: fix\nno\n", planner=astray.replace("=bank.py", "=b.py"))
    code, out = project.bricklayer("run", project.plan(ASK_BIG))
    assert code == 1
    assert "it was not split: what the planner wrote was refused 3 times" in out
    assert "writes another file" in out
