"""`bricklayer context`, and what a run makes of a file too long for the window."""

import json
import re

import pytest
from support.project import CONFIG, Project

# Whole jobs: CI and `make test-rest` run them.
pytestmark = pytest.mark.slow

WITHDRAW = "def withdraw(balance, amount):\n    result = balance\n    return result + amount\n"
OTHER = "def {0}(balance, amount):\n    result = balance\n    return result + amount\n"
BANK = "\n\n".join(
    ['"""All accounts."""\n', *(OTHER.format(f"other_{n}") for n in range(90)), WITHDRAW]
)
LINE = BANK.split("def withdraw")[0].count("\n") + 1
ASK = "### Task: fix\n- file: bank.py\n- check: test\n- reads: teller.py\n\n`withdraw` must subtract.\n"
BEFORE = "### Task: before\n- file: NOTE\n- exists: NOTE\n\nSay so.\n\n```file=NOTE\nhi\n```\n\n"
TELLER = "from bank import withdraw\n\n\ndef pay_out(amount):\n    return withdraw(9, amount)\n"


@pytest.fixture
def long(project: Project) -> Project:
    """A bank of 360 lines, and a model with room for a fifth of it."""
    project.write("bank.py", BANK)
    project.write("teller.py", TELLER)
    project.write("README.md", "# Bank\n\nKeeps every account in order. And more.\n")
    project.commit()
    settle(project, "")
    return project


def settle(project: Project, reply: str) -> None:
    (project.room / "local.md").write_text(reply)
    (project.room / "bricklayer.toml").write_text(
        f'[tiers.local]\nmodels = ["script:{project.room}/local.md"]\n'
        "context = 1024\nanswer = 713\nretries = 0\n"
    )


def test_the_context_is_shown_part_by_part_and_nothing_changes(long: Project) -> None:
    """With tokens and reasons, what had no room, and the total against the window."""
    state = long.git("for-each-ref")
    code, out = long.bricklayer("context", long.plan(ASK), "fix")
    assert code == 0, out
    assert re.search(r"\d+ tokens and \d+ for the answer, of a window of 1024\n", out)
    assert re.search(r"^===== task: \d+ tokens; what is to be done =====$", out, re.MULTILINE)
    assert f"lines {LINE}-{LINE + 2} of bank.py:\n```python\n{WITHDRAW}```" in out
    assert re.search(r"^no room for: .*folder notes", out, re.MULTILINE)
    assert long.git("for-each-ref") == state
    assert not (long.room / "state").exists()


def test_as_data_it_is_what_is_sent(long: Project) -> None:
    """The parts' texts make the prompt; the same command gives the same bytes."""
    plan = long.plan(ASK)
    code, out = long.bricklayer("context", plan, "fix", "--json", "--attempt", "2")
    assert code == 0, out
    data = json.loads(out)
    assert data["attempt"] == 2
    assert data["tokens"] + data["reply"] <= data["window"] == 1024
    assert [LINE, LINE + 2] in data["sections"]
    assert data["parts"][0]["name"] == "system"
    assert {"name", "tokens", "why", "text"} == set(data["parts"][-1])
    assert long.bricklayer("context", plan, "fix", "--json", "--attempt", "2") == (0, out)


def test_without_a_model_a_usual_window_is_assumed(long: Project) -> None:
    """It works before anything is configured, and says what it took for granted."""
    (long.room / "bricklayer.toml").write_text("")
    code, out = long.bricklayer("context", long.plan(ASK), "fix")
    assert code == 0, out
    assert "of a window of 8192 (assumed: no model is configured)" in out
    assert "- teller.py:4 def pay_out(amount)" in out
    assert "- ./: Keeps every account in order." in out


def test_the_check_can_be_run_first_so_that_its_failure_is_told(long: Project) -> None:
    """In the sandbox, on the commit the task would start from; the first attempt gets just that."""
    plan = long.plan(ASK)
    code, out = long.bricklayer("context", plan, "fix", "--run-check")
    assert code == 0, out
    assert "The check was run there" in out
    assert "The check fails now:" in out
    assert "--run-check runs it first" in long.bricklayer("context", plan, "fix")[1]
    settle(long, "## reply: fix, attempt 1-20\nI do not know.\n")
    assert long.bricklayer("run", plan)[0] == 1
    (made,) = (long.room / "state").glob("bricklayer/jobs/*/evidence/run-1/fix-1.txt")
    shown = json.loads(long.bricklayer("context", plan, "fix", "--run-check", "--json")[1])
    told = re.split(r"^===== (?:prompt: )?.* =====\n", made.read_text(), flags=re.MULTILINE)
    assert len(told) > len(shown["parts"])
    for sent, part in zip(told[2:], shown["parts"][1:], strict=False):
        assert sent.strip() == part["text"].strip()
    assert shown["evidence"] == str(made)


def test_of_a_query_no_check_is_spoken_of(long: Project) -> None:
    """It is a question, and its answer is what comes of it."""
    ask = "### Task: ask\n- kind: query\n- reads: teller.py\n\nWho calls `withdraw`?\n"
    code, out = long.bricklayer("context", long.plan(ask, head="checks: [true]"), "ask")
    assert code == 0, out
    assert "(local: a question)" in out
    assert "A query has no check" in out
    assert "failing tests" not in out
    assert "check fails" not in out


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("fixx",), "the plan has no task `fixx`"),
        (("fix", "--attempt", "99"), "attempt 99 of fix asks no model"),
    ],
)
def test_what_is_not_there_is_said(long: Project, args: tuple[str, ...], said: str) -> None:
    """With what there is instead."""
    code, out = long.bricklayer("context", long.plan(ASK), *args)
    assert code == 2
    assert said in out


@pytest.mark.slow
def test_a_task_that_fits_no_window_is_said_to_be_too_large(long: Project) -> None:
    """Not an error of ours: the plan must name fewer lines, or split it."""
    long.write("bank.py", "def withdraw(a, b):\n" + "    a += b\n" * 900)
    long.commit()
    code, out = long.bricklayer("context", long.plan(ASK.replace("`w", "In lines 2-800 `w")), "fix")
    assert code == 2, out
    assert "split it" in out


def test_an_edit_of_a_section_lands_in_a_file_that_was_never_shown_whole(long: Project) -> None:
    """Ninety functions hold the same lines: the one that was shown changes, and nothing else."""
    block = "<<<<<<< SEARCH\n    return result + amount\n=======\n    return result - amount\n>>>>>>> REPLACE\n"
    settle(long, f"## reply: fix\nlines {LINE}-{LINE + 2} of bank.py:\n{block}")
    code, out = long.bricklayer("run", long.plan(BEFORE + ASK))
    assert code == 0, out
    assert "(no room for: " in out
    stat = long.git("diff", "--numstat", "bricklayer/mend-it~1", "bricklayer/mend-it")
    assert stat.split() == ["1", "1", "bank.py"]
    assert long.git("show", "bricklayer/mend-it:bank.py").endswith("return result - amount")
    (evidence,) = (long.room / "state").glob("bricklayer/jobs/*/evidence/run-1/fix-1.txt")
    text = evidence.read_text()
    assert f"lines {LINE}-{LINE + 2} of bank.py:" in text
    assert "===== left out of the prompt =====" in text


def test_a_reply_that_repeats_the_sections_never_cuts_the_file(long: Project) -> None:
    """Shown three lines and asked for them, a model that answers with them answers with a part."""
    fixed = WITHDRAW.replace("+ amount", "- amount")
    settle(long, f"## reply: fix\nbank.py\n```python\n{fixed}```\n")
    code, out = long.bricklayer("run", long.plan(ASK))
    assert code == 0, out
    stat = long.git("diff", "--numstat", "main", "bricklayer/mend-it")
    assert stat.split() == ["1", "1", "bank.py"]


def test_a_later_task_remembers_the_ones_before_it(long: Project) -> None:
    """One line of what landed, read from the branch; the base of the job has none."""
    (long.room / "bricklayer.toml").write_text("")
    plan = long.plan(BEFORE + ASK)
    assert "Done before" not in long.bricklayer("context", plan, "fix")[1]
    long.bricklayer("run", plan, "--only", "before")
    assert long.landed() == ["before"]
    out = long.bricklayer("context", plan, "fix")[1]
    assert "- before: NOTE +1 -0; passed exists NOTE; Say so." in out


def test_a_prompt_holds_nothing_of_another_tasks_attempts(project: Project) -> None:
    """Of what was tried and failed before, the next task gets one line on what landed."""
    first = "### Task: a\n- file: NOTE\n- check: noted\n\nWrite fine.\n\n"
    second = "### Task: b\n- file: bank.py\n- after: a\n- check: test\n\nSubtract.\n"
    project.write(".bricklayer.toml", f'{CONFIG}\n[checks.noted]\nrun = "grep -q fine NOTE"\n')
    project.commit()
    wrong = "".join(f"## reply: a\n```file=NOTE\nzebra {n}\n```\n" for n in range(2))
    fixed = "def withdraw(balance, amount):\n    return balance - amount\n"
    project.models(
        local=f"{wrong}## reply: a\n```file=NOTE\nfine\n```\n## reply: b\n```python\n{fixed}```\n"
    )
    code, out = project.bricklayer("run", project.plan(first + second))
    assert code == 0, out
    seen = {
        path.stem: path.read_text().split("===== reply =====")[0]
        for path in (project.room / "state").glob("bricklayer/jobs/*/evidence/*/*.txt")
    }
    assert "zebra" in seen["a-3"]
    assert "zebra" not in seen["b-1"]
    assert "Write fine" in seen["b-1"].split("Done before in this job:\n- a: NOTE +1 -0; ")[1]
    assert seen["b-1"].count("NOTE") == 1
