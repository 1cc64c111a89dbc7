"""An issue that is solved or stale is said to be so where that is shown, and planned where not."""

import pytest
from support.project import Project

# Whole plans: CI and `make test-rest` run them.
pytestmark = pytest.mark.slow

ISSUE = "# Withdrawals add money\n\n`withdraw()` adds, and so does old_fee() in src/fees.py.\n"
PLAN = (
    "---\ntitle: Mend it\nchecks: [test]\n---\nWhy.\n\n## Phase: Do\n\n### Task: fix\n"
    "- file: bank.py\n- check: test\n\nwithdraw() must subtract.\n"
)


def ask(project: Project, *replies: str) -> tuple[int, str]:
    text = "\n".join(
        f"## reply: plan, attempt {n}\n{reply}\n" for n, reply in enumerate(replies, 1)
    )
    project.models(planner=text)
    (project.room / "issue.md").write_text(ISSUE)
    out = project.room / "out.md"
    return project.bricklayer("plan", project.room / "issue.md", "--out", out)


def solve(project: Project) -> None:
    project.write("bank.py", "def withdraw(balance, amount):\n    return balance - amount\n")
    project.commit()


def test_an_issue_whose_test_passes_is_solved_and_no_plan_is_written(project: Project) -> None:
    solve(project)
    code, out = ask(project, "SOLVED: It subtracts.\n- check: test tests/test_bank.py\n")
    assert code == 0, out
    assert "Nothing is left to do: it is solved already." in out
    assert "`test tests/test_bank.py` passes on" in out
    assert "1 test" in out
    assert not (project.room / "out.md").exists()


@pytest.mark.parametrize(
    ("evidence", "why"),
    [
        ("- check: test", "names no test"),
        ("- check: test tests/test_other.py", "which is no file"),
        ("- check: test tests/__init__.py", "names nothing that the issue names"),
        ("- check: test -k tests/test_bank.py", "more than paths"),
        ("- check: rm tests/test_bank.py", "is no check of this repository"),
        ("", "names no check that passes"),
    ],
)
def test_a_models_word_is_no_evidence(project: Project, evidence: str, why: str) -> None:
    """It is told why, and writes a plan; here the test that it might name is red."""
    code, out = ask(project, f"SOLVED: Trust me.\n{evidence}\n", PLAN)
    assert code == 0, out
    assert (project.room / "out.md").read_text() == PLAN
    (seen,) = project.room.glob("state/bricklayer/plans/*/*/plan-2.txt")
    assert why in seen.read_text()


def test_a_red_test_shows_that_it_is_not_solved(project: Project) -> None:
    code, out = ask(project, "SOLVED: Done.\n- check: test tests/test_bank.py\n", PLAN)
    assert code == 0, out
    (seen,) = project.room.glob("state/bricklayer/plans/*/*/plan-2.txt")
    assert "tests/test_bank.py` does not pass: " in seen.read_text()


def test_what_was_there_once_and_is_gone_is_stale(project: Project) -> None:
    """A file and a name, both of the issue; what never was, or is there still, is not."""
    project.write("src/fees.py", "def old_fee():\n    return 1\n")
    project.commit()
    (project.repo / "src/fees.py").unlink()
    project.commit()
    code, out = ask(project, "STALE: Gone.\n- gone: src/fees.py\n- gone: old_fee()\n")
    assert code == 0, out
    assert "it is about something that is gone" in out
    assert "`src/fees.py` is nowhere in" in out
    assert "`old_fee` is nowhere in" in out


@pytest.mark.parametrize(
    ("gone", "why"),
    [
        ("src/fees.py", "never was"),
        ("withdraw", "is there"),
        ("secret_name", "the issue does not name"),
    ],
)
def test_what_is_not_gone_is_planned(project: Project, gone: str, why: str) -> None:
    code, out = ask(project, f"STALE: Gone.\n- gone: {gone}\n", PLAN)
    assert code == 0, out
    (seen,) = project.room.glob("state/bricklayer/plans/*/*/plan-2.txt")
    assert why in seen.read_text()
