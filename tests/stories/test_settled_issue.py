"""An issue in which nothing is left to do ends by itself, and a person's word has it planned."""

import pytest
from fake_github.world import GitHub, Issue
from support.machine import CONFIG, GOOD, PLAN, Machine, bank, headline, said, status, until, waits

# A story of minutes when the machine is busy: CI and `make test-rest` tell it.
pytestmark = pytest.mark.slow

GUARDED = PLAN.replace("- check: test", "- check: test\n- guard: yes")
NOTHING_LEFT = "nothing is left to do"


def asked(github: GitHub) -> Issue:
    """About a function by its name, of which the tests pass."""
    bank(github, {"bank.py": GOOD, ".bricklayer.toml": CONFIG.replace("= 20\n", "= 120\n", 1)})
    return github.issue("octocat/bank", "It adds", "`withdraw()` adds.", by=github.person("mona"))


def told(issue: Issue, words: str) -> list[str]:
    return [c.body for c in issue.comments if words in c.body and "settled " in c.body]


def test_a_solved_issue_is_told_once_and_planned_after_all_where_a_person_says_so(
    github: GitHub, machine: Machine
) -> None:
    """What shows it is a test that we ran; after `/retry` the planner may not say so again."""
    issue, mona = asked(github), github.person("mona")
    solved = "SOLVED: It subtracts, @mona.\n- check: test test_bank.py"
    machine.models["planner"] = said(solved, "plan, attempt 1") + said(GUARDED, "plan, attempt 2")
    machine.start()
    issue.label("bricklayer", by=mona)
    waits(machine, issue, NOTHING_LEFT)
    until(lambda: told(issue, "This is solved already"), machine.told)
    (comment,) = told(issue, "This is solved already")
    assert "`test test_bank.py` passes on" in comment
    assert "subtracts, @mona" not in comment  # a model's mention mentions nobody
    assert not issue.repo.pulls
    issue.comment("/retry", by=github.person("stranger"))
    issue.comment("/retry", by=mona)
    until(lambda: headline(issue) == "approval required for the plan", lambda: status(issue))
    assert len(told(issue, "This is solved already")) == 1


def test_what_nothing_shows_is_a_question_to_people(github: GitHub, machine: Machine) -> None:
    issue, mona = asked(github), github.person("mona")
    machine.models["planner"] = said("SOLVED: Trust me.\n- check: test")
    machine.start()
    issue.label("bricklayer", by=mona)
    until(
        lambda: any("could not show it" in c.body for c in issue.comments),
        lambda: f"{status(issue)}\n{machine.told()}",
    )
    assert headline(issue) != NOTHING_LEFT
