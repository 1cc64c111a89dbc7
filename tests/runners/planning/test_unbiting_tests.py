"""A plan's test for code that the plan has not changed would prove nothing: it is told at once."""

import pytest

from bot.plan import peek_job
from runners.planning.plan_faults import find_build_faults
from runners.planning.unbiting_tests import find_unbiting_tests, warn_of_tests_alone

HEAD = "---\ntitle: t\nchecks: [test]\n---\n## Phase: p\n\n"
FIX = "### Task: fix\n- file: bank.py\n- check: test\n\nFix.\n\n"
NOTES = "### Task: fix\n- file: tests/test_fix.py\n- check: test\n\nFix.\n\n"
COVER = "### Task: cover\n- file: tests/test_new.py\n- check: test tests/test_new.py\n\nCover.\n\n"


@pytest.mark.parametrize(
    ("plan", "told"),
    [
        (COVER, True),
        (COVER + FIX, True),
        (FIX + COVER, False),
        (FIX + COVER.replace("- check", "- after: fix\n- check"), False),
        (FIX + "## Phase: q\n\n" + COVER, False),
        (COVER.replace("- check", "- bites: no: it is there\n- check"), False),
        (COVER.replace("- check", "- guard: yes\n- check"), False),
        (COVER.replace("check: test ", "exists: "), False),
        (COVER.replace("test_new", "test_old"), False),
        (COVER.replace("test_new.py", "data.json"), False),
    ],
)
def test_what_is_told(plan: str, *, told: bool) -> None:
    """Only of a new file of tests that its own check runs, with no code before it."""
    tracked = {"tests/test_old.py": "file", "bank.py": "file"}.get
    assert bool(list(find_unbiting_tests(peek_job(HEAD + plan), tracked))) is told


@pytest.mark.parametrize("key", ["- bites: no: it is there", "- reads: bank.py"])
def test_a_new_test_is_red_before_it_though_the_whole_check_has_passed(key: str) -> None:
    """What the fix had to pass ran nothing of a file that only this task makes."""
    plan = HEAD + FIX + COVER.replace("- check", f"{key}\n- after: fix\n- check")
    read, tracked = {"bank.py": b"x = 1\n"}.get, {"bank.py": "file"}.get
    assert not find_build_faults(peek_job(plan), read, tracked)


@pytest.mark.parametrize(
    ("plan", "told"),
    [
        (COVER, True),
        (COVER.replace("- check", "- guard: yes\n- check"), True),
        (COVER.replace("- check", "- bites: no: it is there\n- check"), False),
        (COVER + FIX, False),
        (FIX, False),
        (COVER.replace("- file: tests/test_new.py", "- file: README.md"), False),
    ],
)
def test_a_job_that_changes_tests_alone_is_warned_of(plan: str, *, told: bool) -> None:
    """Its gate refuses new tests that have no reason; whether there are any shows later."""
    found = list(warn_of_tests_alone(peek_job(HEAD + plan)))
    assert bool(found) is told
    assert all(fault.may_pass for fault in found)


@pytest.mark.parametrize(
    ("after", "fix", "told"),
    [("- after: fix\n", FIX, False), ("", FIX, True), ("- after: fix\n", NOTES, True)],
)
def test_a_test_of_earlier_work_may_be_green_before_it(after: str, fix: str, *, told: bool) -> None:
    """It is proved on the code before that work, also where the plan does not say `bites: yes`."""
    cover = COVER.replace("test_new", "test_old").replace("- check", f"{after}- check")
    plan = peek_job(HEAD + fix + cover.replace("check: test tests/test_old.py", "check: test"))
    files = {"bank.py": b"x = 1\n", "tests/test_old.py": b"y = 1\n"}
    found = find_build_faults(plan, files.get, dict.fromkeys(files, "file").get)
    assert any("passes before anything is done" in fault.what for fault in found) is told, found
