"""What failing jobs of CI printed reaches the task of a build round, each job's share of it."""

from pathlib import Path

import pytest
from fake_github.job_logs import job_log, served_log
from support.tickets import PLAN

from bot.failures.actions_log import read_failed_steps
from bot.github.types import CheckRun
from bot.plan import load_job, peek_job
from bot.plan.followup_plans import MAX_LOG_CHARACTERS, plan_ci_fix
from runners.tickets.ci_failures import MAX_JOBS, JobFailure, describe_failures, name_unread

SAMPLES = Path(__file__).parents[2] / "data" / "failures"
ROOM = MAX_LOG_CHARACTERS - 200
PRINTED = {
    "pytest_auto": ("TestTotal.test_multiplies", "assert 3 == 12"),
    "mocha": ("multiplies the price by the quantity", "3 !== 12"),
    "jest": ("multiplies the price by the quantity", "Expected: 12"),
    "go": ("TestTotal/price_by_quantity", "Total() = 3, want 12"),
    "cargo": ("tests::multiplies", "left: 3"),
    "mvn": ("CartTest", "expected: <12> but was: <3>"),
    "surefire_xml": ("CartTest", "expected: <12> but was: <3>"),
    "phpunit": ("CartTest::testTotal", "3 is identical to 12."),
    "rspec": ("multiplies the price by the quantity", "expected: 12"),
}
"""By sample: words of a failing test's name and of its message."""


def printed(sample: str) -> str:
    return (SAMPLES / f"{sample}.txt").read_text()


def job(name: str, *outputs: str) -> JobFailure:
    log = served_log(name, [(f"step-{at}", text, True) for at, text in enumerate(outputs)])
    return JobFailure(name, read_failed_steps(log.decode("utf-8-sig")))


def task_text(*failures: JobFailure) -> str:
    """The text of the round's task, as the engine reads it and a prompt has it."""
    text = plan_ci_fix(peek_job(PLAN), ["bank.py"], describe_failures(failures, ROOM), 1)
    (task,) = load_job(text, ("test",), lambda _: "file", max_text=1 << 20).tasks
    return task.text


@pytest.mark.parametrize(("sample", "words"), PRINTED.items(), ids=PRINTED)
def test_a_failing_tests_name_and_message_reach_the_task(
    sample: str, words: tuple[str, str]
) -> None:
    text = task_text(job("test", printed(sample)))
    assert all(word in text for word in words), text
    assert "Hosted Compute Agent" not in text
    assert "orphan processes" not in text


def test_each_failed_job_and_step_has_its_share_of_the_room() -> None:
    long = "\n".join(f"E   line {at} of much output" for at in range(2000))
    samples = ("pytest_auto", "mocha", "go", "cargo")
    jobs = [job("noise", long), *(job(sample, printed(sample)) for sample in samples)]
    text = task_text(*jobs, job("lint", "bank.py:1:1: F401 unused", "bank.py:2:1: E999 bad"))
    for name in ("noise", *samples, "lint, Run step-0", "lint, Run step-1"):
        assert f"{name}" in text
    for sample in samples:
        assert PRINTED[sample][0] in text, text
    assert "F401 unused" in text
    assert "E999 bad" in text


def test_jobs_of_a_matrix_that_fail_alike_are_told_once() -> None:
    jobs = [job(f"test ({version})", printed("pytest_auto")) for version in ("3.11", "3.12")]
    text = describe_failures(jobs, ROOM)
    assert text.count("test_multiplies") == describe_failures(jobs[:1], ROOM).count(
        "test_multiplies"
    )
    assert "test (3.11), Run step-0, test (3.12), Run step-0:" in text


def test_an_annotation_says_what_no_step_has_printed() -> None:
    """A message that a workflow command gave stands in the log without its file and line."""
    printed_ = "unused import\nsrc/cart.py:4:1: name is not defined"
    steps = read_failed_steps(job_log("lint", printed_, failed=True).decode("utf-8-sig"))
    notes = ("bank.py:3: unused import", "src/cart.py:4: name is not defined", "a.py:9: too long")
    text = describe_failures([JobFailure("lint", steps, notes)], ROOM)
    assert "bank.py:3: unused import" in text
    assert "a.py:9: too long" in text
    assert "src/cart.py:4: name is not defined" not in text


def test_no_share_is_larger_than_the_room() -> None:
    jobs = [job(f"job {at}", "é" * 5000) for at in range(8)]
    assert len(describe_failures(jobs, ROOM).encode()) <= ROOM
    assert describe_failures([], ROOM) == ""


def test_of_more_failures_than_have_room_the_names_are_told() -> None:
    """A step of its own in each of many jobs, with names as long as a matrix makes them."""
    jobs = [job(f"test ({'x' * 200}, {at})", f"E   no {at}") for at in range(40)]
    text = describe_failures(jobs, ROOM)
    assert "E   no 0" in text
    assert "E   no 7" in text
    assert "32 more failures: " in text
    assert len(text.encode()) <= ROOM


def test_of_many_failing_jobs_those_that_are_not_read_are_named() -> None:
    runs = [
        CheckRun(at, f"test ({at})", "completed", "failure", 1, "", 1, at) for at in range(1, 41)
    ]
    assert name_unread(runs[:MAX_JOBS]) == ""
    assert name_unread(runs).strip().startswith("32 more failing jobs, not read: test (9), ")
    assert len(name_unread(runs)) < 500
