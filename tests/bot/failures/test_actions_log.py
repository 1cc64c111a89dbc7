"""Of a job's log of GitHub Actions, what its failed steps printed is read and nothing else."""

from pathlib import Path

import pytest
from fake_github.job_logs import CLEAN_UP, SET_UP, job_log, served_log
from hypothesis import given
from hypothesis import strategies as st
from support.processor_time import require_within

from bot.failures import read_failures
from bot.failures.actions_log import FailedStep, read_failed_steps

SAMPLES = Path(__file__).parents[2] / "data" / "failures"
STAMP = "2026-11-27T10:00:00.1234567Z "
FAILED = "##[error]Process completed with exit code 1."


def stamped(*lines: str) -> str:
    """A log of these lines alone: without the runner's set-up, as one that was cut has none."""
    return "\ufeff" + "".join(f"{STAMP}{line}\n" for text in lines for line in text.split("\n"))


def served(*steps: tuple[str, str, bool], line_end: str = "\n") -> str:
    return served_log("test", steps, line_end).decode("utf-8-sig")


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
@pytest.mark.parametrize("sample", sorted(path.stem for path in SAMPLES.glob("*.txt")))
def test_what_a_tool_says_is_read_from_a_jobs_log_as_from_a_terminal(
    sample: str, line_end: str
) -> None:
    text = (SAMPLES / f"{sample}.txt").read_text()
    (step,) = read_failed_steps(
        served(
            ("pip install .", "Collecting x", False), ("make test", text, True), line_end=line_end
        )
    )
    assert (step.title, step.exit_code) == ("Run make test", 1)
    assert read_failures(step.output) == read_failures(text)


def test_each_failed_step_is_told_with_its_own_output() -> None:
    """One that may fail lets the next ones run; one that passed is not told of."""
    log = served(("lint", "a.py:1: bad", True), ("build", "fine", False), ("test", "no", True))
    assert read_failed_steps(log) == (
        FailedStep("Run lint", "a.py:1: bad", exit_code=1),
        FailedStep("Run test", "no", exit_code=1),
    )


def test_an_error_of_a_tool_ends_no_step() -> None:
    """A problem matcher marks lines as errors in steps that pass, too; they are told as printed."""
    log = served(
        ("lint", "##[error]a.ts(1,2): error TS1: no\nfine again\nand\ngood", False),
        ("test", "##[error]b.ts(1,2): error TS2: no\nrest", True),
    )
    assert read_failed_steps(log) == (
        FailedStep("Run test", "b.ts(1,2): error TS2: no\nrest", exit_code=1),
    )


def test_an_actions_own_error_is_its_failure() -> None:
    log = stamped(
        "##[group]Run acme/deploy-check@v1\nwith:\n  a: b\n##[endgroup]",
        "checking\n##[error]Input required and not supplied: token",
        "Post job cleanup.\n[command]/usr/bin/git version",
    )
    assert read_failed_steps(log) == (
        FailedStep("Run acme/deploy-check@v1", "checking\nInput required and not supplied: token"),
    )


def test_a_group_that_a_tool_prints_is_shown_unfolded() -> None:
    """The failure may stand in it, also where it is called as a step would be."""
    output = "##[group]Run tests\nE   assert 1 == 2\n##[endgroup]\nrest"
    assert read_failed_steps(served(("make", output, True))) == (
        FailedStep("Run make", "Run tests\nE   assert 1 == 2\nrest", exit_code=1),
    )


def test_a_group_without_a_heading_after_the_checkout_is_a_step() -> None:
    log = stamped(
        "##[group]Run actions/checkout@v4\n##[endgroup]\nSyncing repository: a/b",
        f"##[group]Run tests\nE   assert 1 == 2\n##[endgroup]\n{FAILED}",
    )
    assert read_failed_steps(log) == (FailedStep("Run tests", "E   assert 1 == 2", exit_code=1),)


def test_where_no_step_has_a_heading_each_such_group_is_one() -> None:
    log = stamped(
        "##[group]Run npm ci\nadded 100 packages\n##[endgroup]",
        f"##[group]Run npm test\nnot ok 1 - adds\n{FAILED}\n##[endgroup]",
    )
    assert read_failed_steps(log) == (FailedStep("Run npm test", "not ok 1 - adds", exit_code=1),)


def test_only_the_time_at_a_lines_start_is_the_runners() -> None:
    """What a program logs itself has times, too; a message of several lines has one time."""
    said = f"{STAMP}[INFO] up\nat {STAMP}now"
    log = stamped("##[group]Run x\nshell: bash\n##[endgroup]", said) + "second line\n"
    (step,) = read_failed_steps(log + stamped(FAILED))
    assert step.output == f"{STAMP}[INFO] up\nat {STAMP}now\nsecond line"


def test_a_runner_that_fails_before_the_first_step_says_so() -> None:
    set_up = SET_UP.partition("##[group]Run")[0]
    log = stamped(set_up, "##[error]Unable to resolve action `acme/gone@v1`, not found")
    (step,) = read_failed_steps(log)
    assert step.at_set_up
    assert step.output.endswith("Unable to resolve action `acme/gone@v1`, not found")


def test_of_a_log_that_lost_its_beginning_the_end_is_read() -> None:
    log = stamped(f"E   assert 1 == 2\n{FAILED}", CLEAN_UP).partition("Z ")[2]
    assert read_failed_steps(log) == (FailedStep("", "E   assert 1 == 2", exit_code=1),)


def test_a_test_that_prints_the_runners_own_words_hides_nothing() -> None:
    output = f"E   assert 1 == 2\n{CLEAN_UP}\nFAILED test_x.py::test_y"
    (step,) = read_failed_steps(served(("test", output, True)))
    assert "E   assert 1 == 2" in step.output
    assert "FAILED test_x.py::test_y" in step.output


@pytest.mark.parametrize(
    "text", ["E   assert 1 == 2\nFAILED", "$ make\nmake: *** [test] Error 1", ""]
)
def test_a_log_of_another_system_is_given_back_as_it_is(text: str) -> None:
    assert [step.output for step in read_failed_steps(text)] == ([text] if text else [])


def test_without_an_error_in_it_the_steps_are_given_without_the_clean_up() -> None:
    (step,) = read_failed_steps(served(("test", "Killed", False)))
    assert "Killed" in step.output
    assert "orphan" not in step.output


def test_a_step_that_prints_nothing_has_nothing_to_show() -> None:
    assert read_failed_steps(job_log("test", "", failed=True).decode("utf-8-sig")) == (
        FailedStep("Run ./run-tests", "", exit_code=1),
    )


PIECES = st.sampled_from((
    STAMP, "##[group]Run x", "##[group]", "##[endgroup]", "##[error]", FAILED, "shell: bash", "with:",
    "Post job cleanup.", "\x1b[36;1mx\x1b[0m", "\r", "\n", "\n", "Current runner version", "words",
    "\ufeff", "Error: Process completed with exit code 99999999999999999999.",
))  # fmt: skip


@given(st.lists(PIECES, max_size=40).map("".join))
def test_no_log_ends_the_reading(log: str) -> None:
    for step in read_failed_steps(log):
        assert "##[endgroup]" not in step.output.split("\n")


@pytest.mark.parametrize(
    "line",
    ["##[group]Run x", "##[error]no", "Post job cleanup.", "##[group]Run x\n##[endgroup]", "E"],
)
def test_the_work_grows_with_the_log_alone(line: str) -> None:
    """4 MiB are read of a log, and all of it may be one line again and again."""
    text = stamped("\n".join([line] * 40_000))
    require_within(3, lambda: read_failed_steps(text))


def test_a_long_log_is_read_to_its_end() -> None:
    """10 MB of passing tests before the failure, as a verbose run prints them."""
    lines = [f"tests/test_of_{at}.py::test_that_passes_{at} PASSED" for at in range(130_000)]
    log = stamped("##[group]Run pytest -v\nshell: bash\n##[endgroup]", "\n".join(lines))
    (step,) = read_failed_steps(log + stamped("E   assert 1 == 2", FAILED, CLEAN_UP))
    assert len(log) > 10_000_000
    assert step.output.endswith("E   assert 1 == 2")
