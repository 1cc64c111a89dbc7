"""What CI says of a commit, out of all that reports on it."""

import pytest

from bot.config.repository import CiConfig
from bot.github.types import CheckRun, Checks, Status, WorkflowRun
from bot.ticket.ci_verdict import MAX_RECHECK_SECONDS, Verdict, verdict

CI = CiConfig(wait=3600, settle=30, grace=180)
CASES = {
    # what reports, seconds since the push and since the last change, workflows there: what it is
    "nothing yet": ("", 10, 10, True, "waiting"),
    "nothing, and no workflow there": ("", 31, 31, False, "none"),
    "nothing, where somebody else's CI may yet begin": ("", 29, 29, False, "waiting"),
    "workflows that never began": ("", 181, 181, True, "unbegun"),
    "one runs": ("test:in_progress", 60, 60, True, "waiting"),
    "one is queued": ("test:queued", 60, 60, True, "waiting"),
    "all green, just now": ("test:success", 60, 5, True, "waiting"),
    "all green, and quiet": ("test:success", 60, 31, True, "green"),
    "neutral and skipped are no objection": ("a:neutral b:skipped", 60, 31, True, "green"),
    "one is red": ("a:success b:failure", 60, 0, True, "red"),
    "red, while another runs": ("a:failure b:in_progress", 60, 60, True, "waiting"),
    "red, and another never ended": ("a:failure b:in_progress", 3601, 60, True, "red"),
    "it never ended": ("a:success b:in_progress", 3601, 60, True, "late"),
    "timed out": ("a:timed_out", 60, 31, True, "red"),
    "cancelled": ("a:cancelled", 60, 31, True, "red"),
    "a status is pending": ("a:success ci/x=pending", 60, 60, True, "waiting"),
    "a status never ended": ("ci/x=pending", 3601, 60, False, "late"),
    "a status is red": ("a:success ci/x=error", 60, 31, True, "red"),
    "a status is green": ("ci/x=success", 60, 31, False, "green"),
    "a workflow has no job yet": ("CI@queued", 60, 60, True, "waiting"),
    "a workflow's file cannot be read": ("CI@startup_failure", 60, 31, True, "red"),
    "a workflow was skipped whole": ("CI@skipped a:success", 60, 31, True, "green"),
    "a workflow wants approval": ("CI@action_required", 60, 31, True, "approval"),
    "another is red, and one wants approval": (
        "a:failure CI@action_required",
        60,
        31,
        True,
        "approval",
    ),
}


def checks(said: str) -> Checks:
    """`name:status-or-conclusion` is a check run, `name=state` a status, `name@...` a workflow."""
    runs, statuses, workflows = [], [], []
    for number, word in enumerate(said.split(), 1):
        name, sign, state = next(word.partition(s) for s in ":=@" if s in word)
        going = state in {"queued", "in_progress"}
        status, ended = (state, "") if going else ("completed", state)
        if sign == ":":
            runs.append(CheckRun(number, name, status, ended, 1, "", 0, number))
        elif sign == "=":
            statuses.append(Status(name, state, "", ""))
        else:
            workflows.append(WorkflowRun(number, name, "", number, "push", status, ended, ""))
    return Checks(tuple(runs), tuple(statuses), tuple(workflows))


def said(case: str) -> Verdict:
    what, waited, quiet, workflows, _ = CASES[case]
    return verdict(checks(what), CI, waited=waited, quiet=quiet, workflows=workflows)


@pytest.mark.parametrize("case", CASES)
def test_the_colour_of_a_commit(case: str) -> None:
    assert said(case).colour == CASES[case][-1]


@pytest.mark.parametrize("case", CASES)
def test_what_waits_is_looked_at_again_in_time(case: str) -> None:
    """A wait has an end, and none is longer than a look at what runs is worth."""
    found = said(case)
    assert (found.colour in {"waiting", "approval"}) == (found.recheck_seconds > 0)
    assert found.recheck_seconds <= MAX_RECHECK_SECONDS


def test_it_names_what_failed_and_what_is_not_done() -> None:
    red = verdict(checks("a:failure b:success ci/x=error"), CI, waited=60, quiet=31, workflows=True)
    assert red.names == ("a", "ci/x")
    assert [run.name for run in red.failed] == ["a"]
    assert said("it never ended").names == ("b",)
    assert said("a workflow's file cannot be read").names == ("CI",)


def test_what_is_done_is_counted_in_checks_and_never_below_none() -> None:
    """A workflow that runs is no check by itself: its jobs are."""
    running = checks("test:in_progress CI@in_progress lint:success")
    found = verdict(running, CI, waited=60, quiet=60, workflows=True)
    assert (found.colour, found.done, found.total) == ("waiting", 1, 2)
