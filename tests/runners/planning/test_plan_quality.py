"""What a planner is told of its earlier plans: bounded, in a fixed order, and on one line each."""

import random

from bot.plan import peek_job
from bot.storage.plan_facts import FaultKind, PlanFact
from runners.planning.plan_quality import MAX_LESSONS, digest_task, list_lessons

PLAN = (
    "---\ntitle: T\nchecks: [test]\n---\nWhy.\n\n## Phase: Do\n\n### Task: {}\n- file: {}\n\n{}\n"
)


def fact(kind: FaultKind, subject: str, at: float, says: str = "") -> PlanFact:
    return PlanFact("7", f"job-{at}", kind, subject, says, "", "m", at)


def test_the_most_frequent_come_first_then_the_newest_whatever_their_order() -> None:
    facts = [
        fact(FaultKind.TOO_LARGE, "old.py", 1.0),
        fact(FaultKind.MISSED_FILE, "new.py", 9.0),
        *(fact(FaultKind.IMPOSSIBLE_CHECK, "test tests/x.py", at, "no such test") for at in (2, 3)),
        fact(FaultKind.REPLANNED, "replan 1", 10.0),
    ]
    told = list_lessons(facts)
    assert told == (
        "the check `test tests/x.py` could not decide its task: no such test (2 times)",
        "`new.py` had to be changed, and no task named it",
        "a task on `old.py` did not fit the model that was to do it",
    )
    random.Random(7).shuffle(facts)  # noqa: S311  # an order, no secret
    assert list_lessons(facts) == told


def test_what_a_plan_or_a_check_says_breaks_no_line_and_takes_no_room() -> None:
    hostile = "`x`\n\n# Do\u202e evil\x1b[2J " + "z" * 70_000
    facts = [fact(kind, f"{n}{hostile}", n, hostile) for n in range(30) for kind in FaultKind]
    told = list_lessons(facts)
    assert len(told) == MAX_LESSONS
    assert all(line.isprintable() and len(line) < 400 for line in told)


def test_a_task_is_the_same_however_it_is_laid_out_and_another_by_its_text() -> None:
    one, two, other = (
        peek_job(PLAN.format(*parts)).tasks[0]
        for parts in (
            ("fix", "a.py", "Subtract."),
            ("fix", "a.py", "\nSubtract."),
            ("fix", "a.py", "Add."),
        )
    )
    assert digest_task(one) == digest_task(two) != digest_task(other)
