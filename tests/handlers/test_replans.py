"""A fault of the plan that the build meets: the planner is asked once for what is left."""

from typing import Literal

import pytest
from support.project import Project

# Whole jobs: CI and `make test-rest` run them.
pytestmark = pytest.mark.slow

NOTE = "### Task: note\n- file: NOTE\n- exists: NOTE\n\n```file=NOTE\nhi\n```\n"
EDIT = (
    "```python edit=bank.py\n<<<<<<< SEARCH\n{}\n=======\n    return balance - amount\n"
    ">>>>>>> REPLACE\n```\n"
)
MENDED = EDIT.format("    return balance + amount")
GREEN = (
    f"\n### Task: tidy\n- file: bank.py\n- after: note\n- check: true\n\nSubtract.\n\n{MENDED}"
    "\n### Task: last\n- file: LAST\n- after: tidy\n- exists: LAST\n\n```file=LAST\nhi\n```\n"
)
FIX = f"### Task: mend\n- file: bank.py\n- check: true\n- check: test\n\nSubtract.\n\n{MENDED}\n"
LAST = "### Task: end\n- file: LAST\n- after: mend\n- exists: LAST\n\n```file=LAST\nhi\n```\n"


def replan(text: str, number: int = 1, attempts: str = "") -> str:
    return f"## reply: replan {number}{attempts}\n{text}\n"


def test_a_check_that_is_green_already_is_planned_anew_once(project: Project) -> None:
    """What landed stays, what is left is done by the new tasks, and the job passes."""
    project.models(planner=replan(FIX + LAST))
    code, out = project.bricklayer("run", project.plan(NOTE + GREEN))
    assert code == 0, out
    assert project.landed() == ["note", "mend", "end"]
    assert "replan 1: planned anew: mend, end" in out
    assert " planner " in out


def test_the_planner_is_told_what_happened_and_what_is_left(project: Project) -> None:
    """The fault, the tasks that are not done, what landed, and nothing that a model wrote."""
    project.models(planner=replan(FIX + LAST))
    assert project.bricklayer("run", project.plan(NOTE + GREEN))[0] == 0
    (seen,) = project.room.glob("state/bricklayer/jobs/*/evidence/run-1/replan-1-1.txt")
    text = seen.read_text()
    for part in (
        "every check of tidy passes before anything is done",
        "- note: NOTE, proved by exists: NOTE",
        "NOTE | 1 +",
        "Task `tidy` is blocked, by a fault of the plan:",
        "Task `last` is skipped:",
        "note: 1 manifest: passed",
    ):
        assert part in text


def test_without_a_planner_or_with_none_allowed_it_ends_as_ever(project: Project) -> None:
    """Blocked, with the reason and what to do."""
    project.models(planner=replan(FIX + LAST))
    with (project.room / "bricklayer.toml").open("a") as settings:
        settings.write("[planner]\nreplans = 0\n")
    order = project.plan(NOTE + GREEN)
    code, out = project.bricklayer("run", order)
    assert code == 1, out
    assert "planned anew" not in out
    project.models()
    code, out = project.bricklayer("run", order)
    assert code == 1, out
    assert "give it a check that is red, or `guard: yes`" in out


def test_it_is_asked_only_once(project: Project) -> None:
    """New tasks whose plan is at fault again block the job."""
    again = FIX.replace("- check: test\n", "")
    kept = "### Task: keep\n- file: K\n- check: true\n- guard: yes\n\n```file=K\nk\n```\n\n"
    project.models(planner=replan(kept + again + LAST) + replan(FIX + LAST, 2))
    with (project.room / "bricklayer.toml").open("a") as settings:
        settings.write("[planner]\nchecks = 0\n")
    code, out = project.bricklayer("run", project.plan(NOTE + GREEN))
    assert code == 1, out
    assert "replan 2" not in out
    assert project.landed() == ["note", "keep"], out


def test_what_proved_a_task_has_to_prove_what_is_done_in_its_place(project: Project) -> None:
    """A plan that drops a check of what it replaces is refused, and then the job is blocked."""
    dropped = FIX.replace("- check: true\n", "")
    project.models(planner=replan(dropped + LAST, attempts=", attempt 1-3"))
    code, out = project.bricklayer("run", project.plan(NOTE + GREEN))
    assert code == 1, out
    assert "not planned anew: what the planner wrote was refused 3 times" in out
    assert "no task has the check `true`" in out


def test_ids_of_the_plan_stay_taken(project: Project) -> None:
    """A draft with one is sent back, and the next one is taken."""
    taken = FIX.replace("Task: mend", "Task: tidy").replace("after: mend", "after: tidy")
    project.models(planner=replan(taken) + replan(FIX + LAST))
    code, out = project.bricklayer("run", project.plan(NOTE + GREEN))
    assert code == 0, out
    assert project.landed() == ["note", "mend", "end"]


def test_blocks_that_do_not_apply_are_planned_anew(project: Project) -> None:
    """Once every model has failed, too."""
    body = f"### Task: fix\n- file: bank.py\n- check: test\n\nSubtract.\n\n{EDIT.format('    no')}"
    mended = FIX.replace("- check: true\n", "")
    project.models(local="## reply: fix\nI cannot.\n", planner=replan(mended))
    code, out = project.bricklayer("run", project.plan(body))
    assert code == 0, out
    assert project.landed() == ["mend"]


def test_a_model_that_fails_is_no_fault_of_the_plan(project: Project) -> None:
    """The planner is not asked, and the job is blocked as ever."""
    project.models(local="## reply: fix\nI cannot.\n", planner=replan(FIX))
    body = "### Task: fix\n- file: bank.py\n- check: test\n\nSubtract.\n"
    code, out = project.bricklayer("run", project.plan(body))
    assert code == 1, out
    assert " planner " not in out


def test_a_check_of_a_test_that_is_nowhere_is_planned_anew(project: Project) -> None:
    """What only the check's argument lacks, no model could bring."""
    body = (
        "### Task: fix\n- file: bank.py\n- check: test tests.nowhere\n- guard: yes\n\nSubtract.\n\n"
        f"{MENDED}"
    )
    mended = FIX.replace("- check: true\n", "")
    project.models(planner=replan(mended))
    code, out = project.bricklayer("run", project.plan(body))
    assert code == 0, out
    assert project.landed() == ["mend"]


def test_the_next_run_takes_the_same_tasks_again(project: Project) -> None:
    """Where the job was blocked later: what landed of them is found, and no planner is asked."""
    later = "\n## Phase: Later\n\n### Task: more\n- file: bank.py\n- check: gone\n\nMore.\n"
    project.models(local="## reply: more\nno\n", planner=replan(FIX + LAST))
    order = project.plan(NOTE + GREEN + later)
    code, out = project.bricklayer("run", order)
    assert code == 1, out
    project.models(local="## reply: more\nno\n", planner="## reply: nobody\nis asked\n")
    code, out = project.bricklayer("run", order)
    assert code == 1, out
    assert "planned anew: mend, end (as in an earlier run)" in out
    assert project.landed() == ["note", "mend", "end"]
    assert "more: plan fault" in out


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("point", ["plan anew", "end a replan"])
def test_killed_while_planning_anew_it_goes_on(
    project: Project, point: str, when: Literal["before", "after"]
) -> None:
    """What was recorded is taken up: each task lands once, and the planner's call is paid once."""
    project.models(planner=replan(FIX + LAST))
    order = project.plan(NOTE + GREEN)
    project.killed_at(point, when, "run", order)
    code, out = project.bricklayer("run", order)
    assert code == 0, out
    assert project.landed() == ["note", "mend", "end"]
    assert "planned anew: mend, end" in out
    (only,) = project.room.glob("state/bricklayer/jobs/*/evidence/run-1/replan-*.txt")
    assert only.name == "replan-1-1.txt"
