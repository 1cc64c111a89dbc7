"""Why a job failed is read from the runner's and the tools' own words, else it is the code's fault."""

import pytest
from support.processor_time import require_within

from bot.ticket.job_report import read_job_report

EXIT = "##[error]Process completed with exit code 1."
PYTEST = """\
=================================== FAILURES ===================================
____________________________________ test_a ____________________________________
E       {message}

test_bank.py:5: AssertionError
=========================== short test summary info ============================
FAILED test_bank.py::test_a - {message}
"""
LOGS = {
    "a test": (PYTEST.format(message="assert 7 == 3"), "code"),
    "a compiler": ("src/bank.ts:3:7 - error TS2322: Type 'string' is not assignable.", "code"),
    "a linter": ("bank.py:2:1: E302 expected 2 blank lines", "code"),
    "a test's own server that is refused": (
        PYTEST.format(message="ConnectionRefusedError: [Errno 111] Connection refused"),
        "code",
    ),
    "a test that speaks of a title": (
        PYTEST.format(message="assert 'pull request title must match' == ''"),
        "code",
    ),
    "tests that the network failed": (
        PYTEST.format(message="socket.gaierror: [Errno -3] Temporary failure in name resolution"),
        "infrastructure",
    ),
    "curl": ("curl: (6) Could not resolve host: get.example.org", "infrastructure"),
    "git": (
        "fatal: unable to access 'https://github.com/o/r/': The requested URL returned error: 503",
        "infrastructure",
    ),
    "npm": ("npm error code ECONNRESET", "infrastructure"),
    "docker": (
        "Error response from daemon: toomanyrequests: You have reached your pull rate limit.",
        "infrastructure",
    ),
    "go": ("dial tcp: lookup proxy.example: no such host", "infrastructure"),
    "maven": ("Could not transfer artifact: status code: 502, reason phrase", "infrastructure"),
    "the runner": (
        (
            "##[error]The runner has received a shutdown signal. This can happen when the runner"
            " service is stopped, or a manually started runner is canceled.\n"
            "##[error]The operation was canceled."
        ),
        "infrastructure",
    ),
    "a title by amannn/action-semantic-pull-request": (
        '##[error]No release type found in pull request title "Mend withdraw".',
        "request",
    ),
    "a title with an unknown type": (
        '##[error]Unknown release type "mend" found in pull request title "mend: x".',
        "request",
    ),
    "commitlint": (
        "✖   subject may not be empty [subject-empty]\n✖   type may not be empty [type-empty]",
        "request",
    ),
    "labels": ("##[error]Label error. Requires exactly 1 of: bug, feature. Found: ", "request"),
    "sign-off as a job": ("##[error]Commit 1a2b3c4 is missing the required sign-off", "request"),
    "nothing": ("", "nothing"),
}


@pytest.mark.parametrize("case", LOGS)
def test_the_cause_is_read_from_the_log(case: str) -> None:
    log, cause = LOGS[case]
    assert read_job_report(f"{log}\n{EXIT}\n" if log else "").cause == cause


@pytest.mark.parametrize(
    ("said", "cause"),
    [
        ("The self-hosted runner: gpu-1 lost communication with the server.", "infrastructure"),
        ("The job was not acquired by Runner of type hosted even after multiple", "infrastructure"),
        ("The job was not started because recent account payments have failed", "account"),
        (
            "GitHub Actions has encountered an internal error when running your job.",
            "infrastructure",
        ),
    ],
)
def test_without_a_log_the_annotations_tell(said: str, cause: str) -> None:
    assert read_job_report("", [said]).cause == cause


def test_a_job_that_ran_out_of_time_is_known_by_its_annotation() -> None:
    """GitHub concludes it `cancelled`, as it does what a person cancels."""
    said = ["The job has exceeded the maximum execution time of 5m0s"]
    assert read_job_report("waiting for lock", said).out_of_time
    assert not read_job_report("waiting for lock", ["The operation was canceled."]).out_of_time


def test_failures_are_named_alike_whatever_their_numbers() -> None:
    one, other = (f"error: {n} links are broken after {n}s" for n in (3, 7))
    assert read_job_report(one).failures == read_job_report(other).failures != frozenset()


@pytest.mark.parametrize(
    "log",
    [
        f"{'##[error]' * 5}\n" * 20_000,
        "pull request title " * 60_000,
        "commit " * 150_000,
        f"##[error]{'needs ' * 160_000}",
        "requires exactly 1 of: x " * 40_000,
    ],
)
def test_a_hostile_log_is_read_in_little_time(log: str) -> None:
    require_within(5, lambda: read_job_report(log))
