"""Tests that a plan holds back, and reasons why tests need not bite: their form and their rules."""

import pytest

from bot.errors import PlanError
from bot.plan import load_job, parse_job, peek_job, render_job
from bot.ticket.messages import gate_notes
from bot.ticket.shown_plan import ShownPlan, list_gate, list_what_is_planned, say_waiver, show_tasks

HEAD = "---\ntitle: t\nchecks: [test]\n---\n## Phase: p\n\n### Task: fix\n- file: bank.py\n- check: test\n\nDo it.\n\n"
BLOCK = "\n```python file=tests/test_hold.py\nassert 1\n```\n"
HOLD = f"### Task: hold\n- hidden: yes\n- check: test tests/test_hold.py\n{BLOCK}"
TREE = {"bank.py": "file", "tests": "dir", "tests/test_bank.py": "file"}


def _faults(text: str) -> list[str]:
    with pytest.raises(PlanError) as caught:
        load_job(text, ("test",), TREE.get)
    return [f"{fault.line}: {fault.what}" for fault in caught.value.faults]


def test_what_is_held_back_is_no_task_of_any_phase() -> None:
    """So nothing that is made of the tasks can hold any of its text."""
    job = load_job(HEAD + HOLD, ("test",), TREE.get)
    assert [task.id for task in job.tasks] == ["fix"]
    assert [task.id for task in job.hidden] == ["hold"]
    assert "test_hold" not in repr([job.phases, job.intro, [t.source for t in job.tasks]])
    assert [task.id for task in show_tasks(HEAD + HOLD)] == ["fix"]
    assert list_gate(HEAD + HOLD) == ("test", "hold (held back)")


def test_a_plan_with_it_is_written_as_it_was_read() -> None:
    """Byte for byte, and the same again where a part is written anew."""
    assert render_job(parse_job(HEAD + HOLD)) == HEAD + HOLD


@pytest.mark.parametrize(
    ("text", "what"),
    [
        (HEAD.replace("### Task: fix", f"{HOLD}\n### Task: fix"), "what is held back as `hold` stands before the rest"),
        (HEAD + HOLD.replace(BLOCK, ""), "task `hold` is held back and has other than whole files"),
        (HEAD + HOLD.replace("file=tests", "edit=tests"), "task `hold` is held back and has other than whole files"),
        (HEAD + HOLD.replace("check: test tests/test_hold.py", "exists: bank.py"), "task `hold` is held back and has no check that is run"),
        (HEAD + HOLD.replace("- hidden", "- after: fix\n- hidden"), "task `hold` is held back and has `kind`, `file`, `reads` or `after`"),
        (HEAD + HOLD.replace("- hidden", "- guard: yes\n- hidden"), "task `hold` is held back and has `bites`, `guard` or `carry`"),
        (HEAD + HOLD.replace("file=tests/test_hold.py", "file=bank.py"), "task `hold` holds back bank.py, which another task writes"),
        (HEAD + HOLD.replace("file=tests/test_hold.py", "file=tests/test_bank.py"), "task `hold` holds back tests/test_bank.py, which is in the repository"),
        (HEAD + HOLD.replace("file=tests/test_hold.py", "file=bank.py/x"), "task `hold`: bank.py/x leads through bank.py, a file"),
        (HEAD + HOLD.replace("file=tests/test_hold.py", "file=../x"), "path `../x`"),
        (HEAD + HOLD.replace("Task: hold", "Task: fix"), "task `fix` is there twice"),
        (HEAD.replace("- check: test", "- after: hold\n- check: test") + HOLD, "task `fix` waits for `hold`, which is not there"),
    ],
)  # fmt: skip
def test_its_rules(text: str, what: str) -> None:
    """It is whole, new, alone, and behind all others."""
    assert any(what in fault for fault in _faults(text)), _faults(text)


def test_a_waiver_is_read_with_its_reason() -> None:
    """And written as it was read."""
    text = HEAD.replace("- check: test", "- check: test\n- bites: no: it documents what is there")
    task = peek_job(text).tasks[0]
    assert (task.bites, task.waiver) == (False, "it documents what is there")
    assert render_job(parse_job(text)) == text


@pytest.mark.parametrize(
    ("value", "what"),
    [
        ("no", "10: `bites` is `no` and no reason is given"),
        ("no:", "10: `bites` is `no` and no reason is given"),
        ("maybe: x", "10: `bites` cannot be `maybe: x`"),
        ("yes: x", "10: `bites` cannot be `yes: x`"),
        (f"no: {'x' * 201}", "7: task `fix` gives a reason of 201 characters"),
    ],
)
def test_a_waiver_without_a_reason_is_a_fault(value: str, what: str) -> None:
    """A person has to be told why a test proves nothing."""
    text = HEAD.replace("- check: test", f"- check: test\n- bites: {value}")
    assert [fault.replace("7:", "10:") for fault in _faults(text)] == [what.replace("7:", "10:")]


def test_who_approves_a_plan_and_who_merges_it_reads_the_waiver() -> None:
    """In the list of tasks, without any mark of Markdown in the reason."""
    text = HEAD.replace("- check: test", "- check: test\n- bites: no: see [x](y)")
    (task,) = show_tasks(text)
    assert say_waiver(task) == "; its tests need not fail without a fix: see \\[x\\](y)"
    assert say_waiver(task) in list_what_is_planned(ShownPlan((task,)))
    assert not say_waiver(show_tasks(HEAD)[0])


def test_a_pull_request_tells_what_the_gate_told() -> None:
    """As plain text, and of many notes the first."""
    assert not gate_notes([])
    told = gate_notes(["not noticed: a.py:1: `<` as `<=`", *("x" for _ in range(20))])
    assert told.count("\n- ") == 21
    assert told.endswith("- and 1 more")
    assert "`<`" not in told
