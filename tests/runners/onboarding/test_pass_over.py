import pytest
from support.processor_time import require_within

from runners.onboarding.pass_over import MAX_TESTS, Failed, pass_over

PYTEST = """\
=========================== short test summary info ============================
FAILED tests/test_net.py::test_get[a b] - OSError: no network
ERROR tests/test_db.py
PASSED tests/test_a.py::test_fine
1 failed, 1 error
"""


@pytest.mark.parametrize(
    ("run", "output", "narrower"),
    [
        (
            "python3 -m pytest -q",
            PYTEST,
            (
                "python3 -m pytest -q --deselect='tests/test_net.py::test_get[a b]'"
                " --ignore=tests/test_db.py"
            ),
        ),
        ("pytest -q && ruff check", PYTEST, ""),
        (
            "go test ./...",
            "--- FAIL: TestNet (0.0s)\n    --- FAIL: TestNet/a (0s)\n--- FAIL: TestDB (1s)\n",
            "go test -skip '^(TestNet|TestDB)$' ./...",
        ),
        (
            "cargo test --offline",
            "test net::gets ... FAILED\ntest a::b ... ok\n",
            "cargo test --offline -- --skip net::gets",
        ),
        ("npm test --", "1 failing\n", ""),
        ("python3 -m pytest", "Segmentation fault\n", ""),
        ("python3 -m pytest", "".join(f"FAILED a.py::t{n}\n" for n in range(MAX_TESTS + 1)), ""),
    ],
)
def test_what_fails_on_the_untouched_commit_can_be_left_out(
    run: str, output: str, narrower: str
) -> None:
    """In each runner's own words; nothing is proposed where too much fails, or nobody says what."""
    assert pass_over(Failed(run, output)) == narrower


def test_a_name_that_is_a_command_stays_a_word() -> None:
    """What a repository calls its tests runs nothing."""
    assert pass_over(Failed("pytest", "FAILED a.py::t[$(touch x)]\n")) == (
        "pytest --deselect='a.py::t[$(touch x)]'"
    )


def test_a_long_command_is_read_in_time() -> None:
    """It stands in the repository, which anybody may have written."""
    failed = Failed("pytest " * 60_000 + "; x", "FAILED a.py::b - no\n")
    assert require_within(2, lambda: pass_over(failed)) == ""


UNREADABLE = """\
ERROR tests/test_a.py
ERROR tests/test_b.py
!!!!!!!!!!!!!!!!!!! Interrupted: 2 errors during collection !!!!!!!!!!!!!!!!!!!
2 errors in 0.21s
"""
GO = "--- FAIL: TestNet (0.0s)\n"


@pytest.mark.parametrize(
    ("failed", "is_offered"),
    [
        (Failed("pytest", PYTEST, tests=2), False),
        (Failed("pytest", PYTEST, tests=3), True),
        (Failed("pytest", UNREADABLE, 2, ("tests/test_a.py", "tests/test_b.py")), False),
        (Failed("pytest", UNREADABLE, 2, ("tests/test_b.py", "tests/test_c.py")), True),
        (Failed("go test ./...", GO, 1), False),
        (Failed("go test ./...", GO, 2), True),
        (Failed("go test ./...", GO, go=(1, 19)), False),
        (Failed("go test ./...", GO, go=(1, 20)), True),
    ],
)
def test_a_command_is_offered_only_if_it_runs_and_still_tests_something(
    failed: Failed, *, is_offered: bool
) -> None:
    """Without any test left nothing would be proven; Go before 1.20 has no -skip."""
    assert bool(pass_over(failed)) == is_offered
