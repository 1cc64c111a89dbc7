"""Failed attempts count on files and checks: no new name for a task begins them anew."""

import pytest
from support.project import Project

# Whole jobs: CI and `make test-rest` run them.
pytestmark = pytest.mark.slow

MENDED = (
    "```python edit=bank.py\n<<<<<<< SEARCH\n    return balance + amount\n=======\n"
    "    return balance - amount\n>>>>>>> REPLACE\n```\n"
)
WORDS = "- file: bank.py\n- check: test\n\nSubtract.\n"
ISSUE = "# Withdrawals add money\n\nwithdraw() in bank.py adds.\n"
NO = "\n".join(f"## reply: {name}, attempt 1-9\nI cannot.\n" for name in ("fix", "other", "third"))


def with_limit(project: Project, limits: str) -> None:
    config = project.repo / ".bricklayer.toml"
    config.write_text(f"{config.read_text()}\n[limits]\n{limits}\n")
    project.commit()


def planner(*texts: str) -> str:
    return "\n".join(f"## reply: replan {number}\n{text}" for number, text in enumerate(texts, 1))


def plan(*tasks: str) -> str:
    return (
        "## reply: plan\n---\ntitle: Mend it\nchecks: [test]\n---\nWhy.\n\n## Phase: Do\n\n"
        + "\n".join(tasks)
    )


def test_at_the_limit_the_planner_is_asked_and_may_do_it_otherwise(project: Project) -> None:
    """Two attempts of four are made, then the planner gives the code; what it is told says why."""
    with_limit(project, "strikes = 2")
    exact = f"### Task: other\n{WORDS}\n{MENDED}"
    project.models(local=NO, planner=planner(exact))
    code, out = project.bricklayer("run", project.plan(f"### Task: fix\n{WORDS}"))
    assert code == 0, out
    assert "2 attempts have failed at the file bank.py since it last passed" in out
    assert "3 local" not in out
    assert project.landed() == ["other"]
    (seen,) = project.room.glob("state/bricklayer/jobs/*/evidence/run-1/replan-1-1.txt")
    assert "whatever task they were for (limit 2)" in seen.read_text()


def test_a_task_of_another_name_goes_on_counting_until_a_person_is_asked(project: Project) -> None:
    """As many again after the planner was asked; a person who starts it again begins anew."""
    with_limit(project, "strikes = 2\nlocal_attempts = 6")
    project.models(local=NO, planner=planner(f"### Task: other\n{WORDS}"))
    order = project.plan(f"### Task: fix\n{WORDS}")
    code, out = project.bricklayer("run", order)
    assert code == 1, out
    assert "4 attempts have failed at the file bank.py" in out
    assert "(limit 4)" in out
    shown = project.bricklayer("show")[1]
    assert "replan 2" not in out + shown
    again = project.bricklayer("run", order)[1]
    assert "2 attempts have failed at the file bank.py" in again


def test_what_passes_at_a_file_begins_its_count_anew(project: Project) -> None:
    """Two tasks on one file: what the first needed is no strike against the second."""
    with_limit(project, "strikes = 2")
    good = "```python\ndef withdraw(balance, amount):\n    return balance - amount\n```\n"
    text = f"## reply: fix, attempt 1\nno\n## reply: fix, attempt 2\n{good}"
    later = "```python\n# done\ndef withdraw(balance, amount):\n    return balance - amount\n```\n"
    text += f"## reply: more, attempt 1\nno\n## reply: more, attempt 2\n{later}"
    project.models(local=text)
    more = "### Task: more\n- file: bank.py\n- after: fix\n- check: test\n- guard: yes\n\nSay `# done`.\n"
    code, out = project.bricklayer("run", project.plan(f"### Task: fix\n{WORDS}\n{more}"))
    assert code == 0, out
    assert project.landed() == ["fix", "more"]


def test_the_next_plan_for_the_repository_is_told_what_went_wrong(project: Project) -> None:
    """By file and check, with how often; and it is counted by the planner's model."""
    with_limit(project, "strikes = 2")
    order = project.room / "order.md"
    (project.room / "issue.md").write_text(ISSUE)
    project.models(local=NO, planner=plan(f"### Task: fix\n{WORDS}"))
    assert project.bricklayer("plan", project.room / "issue.md", "--out", order)[0] == 0
    assert project.bricklayer("run", order)[0] == 1
    other = project.room / "other.md"
    other.write_text("# Deposits\n\nAdd deposit() to bank.py.\n")
    project.bricklayer("plan", other)
    prompts = [
        path.read_text() for path in project.room.glob("state/bricklayer/plans/*/*/plan-1.txt")
    ]
    told = [text for text in prompts if "What went wrong with earlier plans" in text]
    assert len(told) == 1
    assert "- attempts at `bank.py` failed again and again: " in told[0]
    out = project.bricklayer("jobs", "--planners")[1]
    assert out.splitlines()[0].split() == ["PLANNER", "PLANS", "FAULTY", "SOUND", "FAULTS"], out
    assert "failed again and again (1)" in out
