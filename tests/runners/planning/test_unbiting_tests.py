"""A plan's test for code that the plan has not changed would prove nothing: it is told at once."""

import pytest

from bot.plan import peek_job
from runners.planning.plan_faults import find_build_faults
from runners.planning.unbiting_tests import find_unbiting_tests

HEAD = "---\ntitle: t\nchecks: [test]\n---\n## Phase: p\n\n"
FIX = "### Task: fix\n- file: bank.py\n- check: test\n\nFix.\n\n"
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
