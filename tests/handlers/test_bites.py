"""A test that a plan brings must fail without what the plan fixes."""

import json

import pytest
from support.project import CONFIG, Project

FIXED = "def withdraw(balance, amount):\n    return balance - amount\n"
FIX = f"### Task: fix\n- file: bank.py\n- check: test\n\nSubtract.\n\n```python file=bank.py\n{FIXED}```\n"
BITING = """\
import unittest

from bank import withdraw


class More(unittest.TestCase):
    def test_more(self):
        self.assertEqual(withdraw(5, 2), 3)
"""
TOOTHLESS = BITING.replace("withdraw(5, 2), 3", "withdraw(0, 0), 0")
COVER = "\n### Task: cover\n- file: tests/test_more.py\n- after: fix\n- check: test tests/test_more.py\n"
MORE = "\n```python file=tests/test_more.py\n{}```\n"
WAIVER = "- bites: no: it documents what zero does\n"


@pytest.mark.slow
def test_a_test_after_its_fix_has_to_fail_without_it(project: Project) -> None:
    """Nothing in the plan asks for that; a plan that gives such a test is at fault."""
    code, out = project.bricklayer("run", project.plan(FIX + COVER + MORE.format(TOOTHLESS)))
    assert code == 1, out
    assert "cover" in out
    assert "the check also passes on the code as it was before the job" in out
    assert "say `bites: no: REASON`" in out


@pytest.mark.slow
def test_a_waiver_lets_it_in_and_is_told(project: Project) -> None:
    """The person who merges it reads which test proves nothing, and why that is meant."""
    plan = FIX + COVER + WAIVER + MORE.format(TOOTHLESS)
    code, out = project.bricklayer("run", project.plan(plan))
    assert code == 0, out
    assert "tests/test_more.py: its tests need not fail: it documents what zero does" in out


@pytest.mark.slow
def test_a_model_is_told_that_its_test_does_not_bite(project: Project) -> None:
    """Of a model it is a failed attempt, and the next one hears why."""
    said = "## reply: cover\n```python file=tests/test_more.py\n{}```\n"
    project.models(local=said.format(TOOTHLESS) + said.format(BITING))
    plan = project.plan(FIX + COVER + "\nCover it.\n")
    code, out = project.bricklayer("run", plan)
    assert code == 0, out
    assert "does not bite" in out
    code, told = project.bricklayer("show", "cover")
    assert "a test must fail there" in told.partition("prompt")[2]


@pytest.mark.slow
@pytest.mark.parametrize(("test", "passes"), [(BITING, True), (TOOTHLESS, False)])
def test_one_task_that_writes_both(project: Project, test: str, *, passes: bool) -> None:
    """Its check is red before it anyhow, so it runs with the test part alone once more."""
    both = f"### Task: both\n- check: test\n\n```python file=bank.py\n{FIXED}```\n"
    test = test if passes else test.replace("withdraw(0, 0), 0", "withdraw(0, 0), 0")
    narrow = both.replace("check: test", "check: test tests/test_more.py")
    code, out = project.bricklayer("run", project.plan(narrow + MORE.format(test)))
    assert (code == 0) == passes, out
    assert ("passes without bank.py" in out) != passes


@pytest.mark.slow
@pytest.mark.parametrize(
    ("test", "why"),
    [
        (BITING, ""),
        (TOOTHLESS, "the check also passes without bank.py"),
        (TOOTHLESS.replace("def test_more", "def test_old"), "it brings no new test"),
    ],
)
def test_a_task_that_adds_a_test_to_a_green_file(project: Project, test: str, why: str) -> None:
    """Its check is green before it, and with its test alone it has to be red."""
    old = TOOTHLESS.replace("test_more", "test_old")
    project.write("tests/test_more.py", old)
    project.git("add", "-A")
    project.git("commit", "-qm", "a test that passes")
    both = FIX.replace("- file: bank.py\n- check: test", "- check: test tests/test_more.py")
    both += f"\n```python file=tests/test_more.py\n# Of withdraw().\n{test}```\n"
    code, out = project.bricklayer("run", project.plan(both))
    assert (code == 0) == (not why), out
    assert why in out
    assert ("plan fault" in out) == bool(why)


@pytest.mark.slow
@pytest.mark.parametrize("test", [BITING, TOOTHLESS])
def test_a_test_that_is_added_after_its_fix_to_a_green_file(project: Project, test: str) -> None:
    """Its check is green once the fix is there, so it is proved on the code before: unasked."""
    project.write("tests/test_more.py", TOOTHLESS.replace("test_more", "test_old"))
    project.git("add", "-A")
    project.git("commit", "-qm", "a test that passes")
    plan = FIX + COVER + MORE.format(test + "\n    def test_old(self): self.test_more()\n")
    code, out = project.bricklayer("run", project.plan(plan))
    assert (code == 0) == (test == BITING), out
    assert ("also passes on the code as it was before the job" in out) == (test == TOOTHLESS)


@pytest.mark.slow
@pytest.mark.parametrize("test", [BITING, TOOTHLESS])
def test_the_gate_looks_at_tests_that_no_task_proved(project: Project, test: str) -> None:
    """A test before its fix is judged by the fix's check; where that names another, by the gate."""
    first = "### Task: first\n- file: tests/test_more.py\n- exists: tests/test_more.py\n"
    fix = FIX.replace("check: test", "after: first\n- check: test tests/test_bank.py")
    code, out = project.bricklayer("run", project.plan(first + MORE.format(test) + "\n" + fix))
    assert (code == 0) == (test == BITING), out
    if test == TOOTHLESS:
        assert "tests that prove nothing" in out
        assert "tests/test_more.py: test tests/test_more.py passes without them" in out


@pytest.mark.slow
def test_a_reason_that_is_added_keeps_what_passed(project: Project) -> None:
    """After the gate said no a person adds a line, and nothing is built again."""
    first = "### Task: first\n- file: tests/test_more.py\n- exists: tests/test_more.py\n"
    fix = FIX.replace("check: test", "after: first\n- check: test tests/test_bank.py")
    plan = first + MORE.format(TOOTHLESS) + "\n" + fix
    assert project.bricklayer("run", project.plan(plan))[0] == 1
    code, out = project.bricklayer(
        "run", project.plan(plan.replace("- exists", f"{WAIVER}- exists"))
    )
    assert code == 0, out
    assert project.landed() == ["first", "fix"]
    assert "exact blocks: passed" not in out


@pytest.mark.slow
def test_tests_of_what_is_there_need_a_reason(project: Project) -> None:
    """No code is changed that they could fail without: no further attempt would help."""
    project.write("bank.py", FIXED)
    project.git("commit", "-qam", "mend it")
    project.models(local=f"## reply: cover\n```python file=tests/test_more.py\n{BITING}```\n")
    cover = COVER.replace("- after: fix\n", "")
    code, out = project.bricklayer("run", project.plan(cover + "\nCover it.\n"))
    assert code == 1, out
    assert "nothing before it changes what they are about" in out
    plan = project.plan(cover + WAIVER + "\nCover it.\n")
    code, out = project.bricklayer("run", plan, "--branch", "waived")
    assert code == 0, out


@pytest.mark.slow
def test_a_test_that_is_renamed_brings_nothing(project: Project) -> None:
    """Its tests were there before, under another path."""
    project.write("tests/test_old.py", BITING)
    project.git("add", "-A")
    project.git("commit", "-qm", "another test")
    moved = (
        "\n### Task: move\n- after: fix\n- check: test tests/test_more.py\n"
        "\n```delete=tests/test_old.py\n```\n"
    )
    renamed = BITING.replace("class More", "class Renamed")
    code, out = project.bricklayer("run", project.plan(FIX + moved + MORE.format(BITING)))
    assert code == 0, out
    assert renamed != BITING


@pytest.mark.slow
def test_what_is_known_of_the_same_files_is_not_run_again(project: Project) -> None:
    """A test before its fix was red as the fix began: the gate takes that for its own look."""
    config = CONFIG.replace('run = "python3', 'run = "sleep 1.2; python3', 1)
    project.write(".bricklayer.toml", config)
    project.commit()
    first = "### Task: first\n- file: tests/test_more.py\n- exists: tests/test_more.py\n"
    fix = FIX.replace("check: test", "after: first\n- check: test tests/test_more.py")
    plan = project.plan(first + MORE.format(BITING) + "\n" + fix)
    code, out = project.bricklayer("run", plan, "--json")
    assert code == 0, out
    events = [json.loads(line) for line in out.splitlines()]
    runs = [each for each in events if (each.get("kind"), each.get("step")) == ("check", "end")]
    # On the job's base, before the fix, after it, and at the end.
    assert len(runs) == 4, [each["text"] for each in runs]
