"""`bricklayer run`, as a person meets it."""

import signal
import subprocess
from pathlib import Path

import pytest
from support.project import CONFIG, Project

FIXED = "def withdraw(balance, amount):\n    return balance - amount\n"
EXACT = f"```python file=bank.py\n{FIXED}```\n"
FIX = f"### Task: fix\n- file: bank.py\n- check: test\n\nSubtract.\n\n{EXACT}"
ASK = "### Task: fix\n- file: bank.py\n- check: test\n\nSubtract.\n"
GOOD = f"## reply: fix\n```python\n{FIXED}```\n"
BAD = "## reply: fix\n```python\ndef withdraw(balance, amount):\n    return amount\n```\n"
NOTE = "\n### Task: note\n- file: NOTE\n- after: fix\n- exists: NOTE\n\n```file=NOTE\nhi\n```\n"


@pytest.mark.real_start
def test_exact_blocks_pass_without_any_model(project: Project) -> None:
    """No model is configured, none is asked, and the commit says so."""
    code, out = project.bricklayer("run", project.plan(FIX + NOTE))
    assert code == 0, out
    assert project.landed() == ["fix", "note"]
    text = project.git("log", "-1", "--format=%B", "bricklayer/mend-it~1")
    for line in ("Bricklayer-Tier: manifest", "Bricklayer-Tokens-In: 0", "Bricklayer-Check: test"):
        assert line in text
    assert project.git("show", "bricklayer/mend-it:bank.py") == FIXED.strip()


@pytest.mark.slow
def test_the_persons_checkout_is_never_touched(project: Project) -> None:
    """Dirty files, the index and a detached HEAD are as they were."""
    project.git("checkout", "-q", "--detach")
    project.write("bank.py", "mine, not committed\n")
    project.write("new", "mine")
    project.git("add", "new")
    before = project.git("status", "--porcelain=v2", "--branch")
    code, out = project.bricklayer("run", project.plan(FIX))
    assert code == 0, out
    assert project.git("status", "--porcelain=v2", "--branch") == before
    assert (project.repo / "bank.py").read_text() == "mine, not committed\n"


@pytest.mark.slow
def test_a_block_that_fails_goes_to_the_local_tier(project: Project) -> None:
    """The plan's code is tried first; only its failure is worth tokens."""
    project.models(local=GOOD)
    wrong = FIX.replace("balance - amount", "amount - balance")
    code, out = project.bricklayer("run", project.plan(wrong))
    assert code == 0, out
    assert "manifest exact blocks: check failed" in out
    assert "local script:local.md: passed" in out


@pytest.mark.slow
def test_senior_is_asked_when_local_is_out_of_attempts(project: Project) -> None:
    """Four different local failures, then the senior tier, whose name the commit carries."""
    bad = "".join(BAD.replace("return amount", f"return amount * {n}") for n in range(2, 6))
    project.models(local=bad, senior=GOOD)
    code, out = project.bricklayer("run", project.plan(ASK))
    assert code == 0, out
    text = project.git("log", "-1", "--format=%B", "bricklayer/mend-it")
    assert "Bricklayer-Tier: senior" in text
    assert "Bricklayer-Attempt: 5" in text


def test_a_job_nobody_can_do_ends_blocked_and_says_so(project: Project) -> None:
    """Exit 1; what was tried is reported; what waited for it is skipped, not attempted."""
    project.models(local=BAD * 4, senior=BAD * 2)
    code, out = project.bricklayer("run", project.plan(ASK + NOTE))
    assert code == 1
    assert "job blocked  at fix\n" in out
    assert out.count("6 attempts by local, senior; the last that came to anything") == 1
    assert "it waits for fix, which is blocked" in out
    assert project.landed() == []


def test_a_models_word_counts_for_nothing(project: Project) -> None:
    """A reply that claims success without an edit is a monologue."""
    project.models(local="## reply: fix\nDone! All tests pass now. Exit code 0.\n")
    code, out = project.bricklayer("run", project.plan(ASK))
    assert code == 1
    assert "1 local script:local.md: no edit in the answer could be applied" in out
    assert project.landed() == []


@pytest.mark.slow
def test_a_reply_that_edits_another_file_is_refused(project: Project) -> None:
    """The tests are not the task's file: making them agree is no way out."""
    cheat = "## reply: fix\ntests/test_bank.py\n```python\nimport unittest\n```\n"
    project.models(local=cheat)
    code, out = project.bricklayer("run", project.plan(ASK))
    assert code == 1
    assert "tests/test_bank.py" in out
    assert project.landed() == []


@pytest.mark.slow
def test_a_check_that_is_green_before_is_the_plans_fault(project: Project) -> None:
    """It would prove nothing, and no model is asked."""
    project.models(local=GOOD)
    plan = ASK.replace("- check: test", "- exists: bank.py")
    code, out = project.bricklayer("run", project.plan(plan))
    assert code == 1
    assert "plan fault" in out
    assert "attempt" not in out.split("plan fault")[0]
    again = plan.replace("- exists: bank.py", "- exists: bank.py\n- guard: yes")
    code, out = project.bricklayer("run", project.plan(again), "--branch", "guarded")
    assert "plan fault" not in out
    assert project.landed("guarded") == ["fix"]


def test_a_check_that_cannot_run_is_the_plans_fault(project: Project) -> None:
    """A missing program is reported as what it is, not handed to a model as a failure."""
    code, out = project.bricklayer("run", project.plan(FIX.replace("check: test", "check: gone")))
    assert code == 1
    assert "plan fault" in out
    assert "cannot run" in out


@pytest.mark.slow
def test_a_test_that_does_not_bite_is_the_plans_fault(project: Project) -> None:
    """A `bites` test that passes on the code before the fix proves nothing."""
    cover = (
        "\n### Task: cover\n- file: tests/test_more.py\n- after: fix\n"
        "- check: test tests/test_more.py\n- bites: yes\n\n```python file=tests/test_more.py\n"
        "{}```\n"
    )
    toothless = TEST_MORE.replace("withdraw(5, 2), 3", "withdraw(0, 0), 0")
    code, out = project.bricklayer("run", project.plan(FIX + cover.format(toothless)))
    assert code == 1
    assert "passes on the code before fix" in out
    plan = project.plan(FIX + cover.format(TEST_MORE))
    code, out = project.bricklayer("run", plan, "--branch", "biting")
    assert code == 0, out


TEST_MORE = """\
import unittest

from bank import withdraw


class More(unittest.TestCase):
    def test_more(self):
        self.assertEqual(withdraw(5, 2), 3)
"""


THREE_TRIES = BAD + BAD.replace("return amount", "return 1") + GOOD


@pytest.mark.slow
@pytest.mark.real_start
def test_killed_between_attempts_it_goes_on_with_the_next(project: Project) -> None:
    """Kill -9 before the second is asked and after the third is applied: each counts once."""
    project.models(local=THREE_TRIES)
    plan = project.plan(ASK + NOTE)
    project.killed_at("ask a model", "before", "run", plan, call=2)
    project.killed_at("apply a reply", "after", "run", plan, call=2)
    code, out = project.bricklayer("run", plan)
    assert code == 0, out
    assert project.landed() == ["fix", "note"]
    assert "Bricklayer-Attempt: 3" in project.git("log", "--format=%B", "bricklayer/mend-it")


@pytest.mark.slow
def test_killed_after_any_line_it_goes_on_and_does_nothing_twice(project: Project) -> None:
    """Kill -9 after ever more lines of each run: one commit a task, in the end."""
    project.models(local=THREE_TRIES)
    plan = project.plan(ASK + NOTE)
    for lines in range(1, 60):
        code, out = project.killed_after(lines, "run", plan)
        if code != -signal.SIGKILL:
            break
    assert code == 0, out
    assert project.landed() == ["fix", "note"]
    assert "Bricklayer-Attempt: 3" in project.git("log", "--format=%B", "bricklayer/mend-it")


@pytest.mark.slow
@pytest.mark.real_start
def test_ctrl_c_twice_loses_nothing(project: Project) -> None:
    """Interrupted in the middle of a slow reply: exit 130 at once, and the same command goes on."""
    project.models(local=GOOD.replace("reply: fix", "reply: fix, slow 30"))
    plan = project.plan(ASK)
    process = project.start("run", plan)
    assert process.stdout
    while "fix: bank.py" not in process.stdout.readline():
        assert process.poll() is None
    process.send_signal(signal.SIGINT)
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=60)
    assert process.returncode == 130, out
    assert "nothing is lost; the same command goes on from here" in out
    project.models(local=GOOD)
    code, out = project.bricklayer("run", plan)
    assert code == 0, out
    assert project.landed() == ["fix"]


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_kill_and_a_closed_terminal_say_the_same_as_ctrl_c(
    project: Project, number: signal.Signals
) -> None:
    """With the code of that signal; where the command began anew, it says what not to type again."""
    project.models(local=GOOD.replace("reply: fix", "reply: fix, slow 30"))
    process = project.start("run", project.plan(ASK), "--fresh")
    assert process.stdout
    while "fix: bank.py" not in process.stdout.readline():
        assert process.poll() is None
    process.send_signal(number)
    out, _ = process.communicate(timeout=60)
    assert process.returncode == 128 + number, out
    assert "nothing is lost; the same command without --fresh goes on from here" in out


def test_a_second_process_is_kept_out(project: Project) -> None:
    """Two runs of one job at once: the second says so and changes nothing."""
    project.models(local=GOOD.replace("reply: fix", "reply: fix, slow 20"))
    plan = project.plan(ASK)
    process = project.start("run", plan)
    assert process.stdout
    try:
        while "fix: bank.py" not in process.stdout.readline():
            assert process.poll() is None
        code, out = project.bricklayer("run", plan)
        assert code == 2
        assert f"another bricklayer (process {process.pid}) is building this job" in out
        assert "stop it by `bricklayer pause " in out
    finally:
        process.kill()
        process.communicate(timeout=60)


@pytest.mark.slow
def test_a_finished_job_run_again_proves_itself_again(project: Project) -> None:
    """Nothing is built twice; the final gate is run and answers."""
    plan = project.plan(FIX)
    assert project.bricklayer("run", plan)[0] == 0
    head = project.git("rev-parse", "bricklayer/mend-it")
    code, out = project.bricklayer("run", plan)
    assert code == 0
    assert "final gate" in out
    assert "attempt" not in out.split("tier")[0]
    assert project.git("rev-parse", "bricklayer/mend-it") == head


@pytest.mark.slow
def test_a_blocked_job_run_again_keeps_what_passed(project: Project) -> None:
    """Only what was blocked is attempted again."""
    plan = project.plan(FIX + ASK.replace("Task: fix", "Task: more").replace("bank.py", "m.py"))
    plan.write_text(
        plan.read_text().replace("- check: test\n\nSubtract.\n", "- exists: m.py\n\nM.\n")
    )
    plan.write_text(plan.read_text().replace("- exists: m.py\n\nM.\n", "- check: test\n\nS.\n", 1))
    project.models(local="## reply: more\nNo idea.\n")
    assert project.bricklayer("run", plan)[0] == 1
    assert project.landed() == ["fix"]
    project.models(local="## reply: more\n```python\nx = 1\n```\n")
    code, out = project.bricklayer("run", plan)
    assert code == 0, out
    assert project.landed() == ["fix", "more"]


@pytest.mark.slow
def test_a_branch_of_somebody_else_is_left_alone(project: Project) -> None:
    """It is named, nothing of it moves, and the message says what to do."""
    project.git("branch", "bricklayer/mend-it")
    project.git("commit", "-q", "--allow-empty", "-m", "theirs")
    project.git("branch", "-f", "bricklayer/mend-it")
    project.git("reset", "-q", "--hard", "HEAD~1")
    theirs = project.git("rev-parse", "bricklayer/mend-it")
    code, out = project.bricklayer("run", project.plan(FIX))
    assert code == 2
    assert "did not make" in out
    assert project.git("rev-parse", "bricklayer/mend-it") == theirs
    code, out = project.bricklayer("run", project.plan(FIX), "--branch", "mine")
    assert code == 0, out


def test_a_branch_somebody_works_on_is_left_alone(project: Project) -> None:
    """A branch that is checked out would change under that person's hands."""
    project.git("checkout", "-q", "-b", "bricklayer/mend-it")
    code, out = project.bricklayer("run", project.plan(FIX))
    assert code == 2
    assert "checked out" in out


@pytest.mark.slow
def test_only_does_the_task_and_what_it_waits_for(project: Project) -> None:
    """Other tasks are not started."""
    other = "\n### Task: other\n- file: O\n- exists: O\n\n```file=O\no\n```\n"
    code, out = project.bricklayer("run", project.plan(FIX + NOTE + other), "--only", "note")
    assert code == 0, out
    assert project.landed() == ["fix", "note"]


@pytest.mark.real_start
@pytest.mark.slow
def test_a_dry_run_changes_nothing(project: Project) -> None:
    """It shows the tasks, their tiers and the gate; no branch, no state."""
    code, out = project.bricklayer("run", project.plan(FIX + NOTE), "--dry-run")
    assert code == 0
    assert "fix: bank.py: exact blocks, no model" in out
    assert "after fix" in out
    assert project.git("branch", "--list", "bricklayer/*") == ""
    assert not (project.room / "state").exists()


@pytest.mark.slow
def test_a_dry_run_shows_what_is_asked_for_how_it_is_checked_and_what_is_done(
    project: Project,
) -> None:
    """Of `--only` its tasks alone; of a job that was begun, or a changed plan, what is kept."""
    other = "\n### Task: other\n- file: O\n- exists: O\n- guard: yes\n\n```file=O\no\n```\n"
    plan = project.plan(FIX + NOTE + other)
    code, out = project.bricklayer("run", plan, "--dry-run", "--only", "note")
    assert code == 0, out
    assert "not asked for: other\n" in out
    assert "   other:" not in out
    assert "check test (red before): python3 -m unittest -q" in out
    assert "check exists NOTE (red before)" in out
    assert project.bricklayer("run", plan, "--only", "note")[0] == 0
    code, out = project.bricklayer(
        "run", project.plan(FIX + NOTE + other + "\nMore.\n"), "--dry-run"
    )
    head = project.git("rev-parse", "--short=12", "bricklayer/mend-it")
    assert f"note: NOTE: done already, {head}" in out
    assert "other: O: exact blocks, no model" in out
    assert "check exists O (green before, too)" in out
    assert project.bricklayer("run", plan, "--dry-run", "--only", "nothing")[0] == 2


@pytest.mark.slow
@pytest.mark.parametrize("how", ["--bare", "--depth=1"])
def test_bare_and_shallow_repositories_are_built_in(
    project: Project, how: str, tmp_path: Path
) -> None:
    """No work tree, or no history: the branch arrives all the same."""
    argv = ["git", "clone", "-q", how, f"file://{project.repo}", tmp_path / "other"]
    subprocess.run(argv, timeout=30, check=True)
    code, out = project.bricklayer("run", project.plan(FIX), "--repo", tmp_path / "other")
    assert code == 0, out


def test_without_a_model_a_task_that_needs_one_is_refused_first(project: Project) -> None:
    """Nothing is started that cannot be finished."""
    code, out = project.bricklayer("run", project.plan(ASK))
    assert code == 2
    assert "no model is configured" in out
    assert project.git("branch", "--list", "bricklayer/*") == ""
    assert project.bricklayer("run", project.plan(ASK), "--dry-run")[0] == 2
    more = ASK.replace("fix", "more", 1).replace("- check", "- after: fix\n- guard: yes\n- check")
    plan = project.plan(f"{FIX}\n{more}")
    code, out = project.bricklayer("run", plan, "--dry-run", "--only", "fix")
    assert code == 0, out


def test_one_of_a_thing_is_said_as_one(project: Project) -> None:
    """Neither `1 phases` nor `1 tasks`."""
    code, out = project.bricklayer("check", project.plan(FIX))
    assert code == 0
    assert out.endswith("good: 1 phase, 1 task\n")


DOWN = """\
[tiers.local]
models = ["openai-chat:x"]
retries = 0
wait = 0
base_url = "http://127.0.0.1:9/v1"
{}
[tiers.senior]
models = ["script:{}/senior.md"]
"""


@pytest.mark.slow
def test_a_server_that_is_down_stops_the_run_and_pays_nobody_else(project: Project) -> None:
    """The machine's fault, exit 70: no attempt, no senior; the same command goes on once it is up."""
    (project.room / "senior.md").write_text(GOOD)
    config = project.room / "bricklayer.toml"
    config.write_text(DOWN.format("", project.room))
    plan = project.plan(ASK)
    code, out = project.bricklayer("run", plan)
    assert code == 70, out
    assert "[tiers.local]: 127.0.0.1:9 did not answer for " in out
    assert "No attempt was counted." in out
    assert "the same command goes on from here" in out
    assert "senior" not in out
    config.write_text(DOWN.format("fallback = true\n", project.room))
    code, out = project.bricklayer("run", plan)
    assert code == 0, out
    assert "1 local" in out
    assert "server down" in out
    assert "2 local" not in out
    assert "Bricklayer-Tier: senior" in project.git(
        "log", "-1", "--format=%B", "bricklayer/mend-it"
    )


@pytest.mark.slow
def test_a_key_or_a_name_that_a_server_refuses_stops_the_run_at_once(project: Project) -> None:
    """For a person to mend, exit 2: waiting changes nothing, and another tier is not asked for it."""
    project.models(local="## reply: fix, fail 401\n", senior=GOOD)
    plan = project.plan(ASK)
    code, out = project.bricklayer("run", plan)
    assert code == 2, out
    assert "[tiers.local]: " in out
    assert "HTTP 401" in out
    assert "`api_key_env`" in out
    assert project.landed() == []
    project.models(local=GOOD, senior=GOOD)
    code, out = project.bricklayer("run", plan)
    assert code == 0, out
    assert "1 local script:local.md: passed" in out


@pytest.mark.slow
def test_a_failed_attempt_and_a_check_that_timed_out_say_why(project: Project) -> None:
    """The first failure stands on the attempt's line; for the time a check has, what to raise."""
    project.write(".bricklayer.toml", f'{CONFIG}\n[checks.long]\nrun = "sleep 60"\ntimeout = 1\n')
    project.commit()
    wrong = "## reply: fix\n```python\ndef withdraw(balance, amount):\n    return 9\n```\n"
    project.models(local=wrong + wrong.replace("return 9", "return balance - amount"))
    ask = "### Task: fix\n- file: bank.py\n- check: test\n\nSubtract.\n"
    code, out = project.bricklayer("run", project.plan(ask, head="checks: [long]"))
    assert code == 1
    assert "1 of 1 tests failed, exit 1; " in out
    assert "AssertionError: 9 != 3" in out
    why = "still running after 1 s; if it needs longer, raise timeout in [checks.long]"
    assert f"long is red on the base: {why}" in out
    assert f"the final gate: long: {why}" in out


def test_a_query_writes_nothing(project: Project) -> None:
    """Its answer is shown and handed on; the branch has no commit of it."""
    project.models(local="## reply: ask\nNobody calls it.\n")
    ask = "### Task: ask\n- kind: query\n- reads: bank.py\n\nWho calls withdraw()?\n\n"
    code, out = project.bricklayer("run", project.plan(ask + FIX))
    assert code == 0, out
    assert "Nobody calls it." in out
    assert project.landed() == ["fix"]


def test_a_job_that_nothing_would_prove_is_refused(project: Project) -> None:
    """Without a check for the whole job the gate would be empty; other faults are told with it."""
    wrong = FIX.replace("check: test", "check: tset")
    code, out = project.bricklayer("check", project.plan(wrong, head="base: main"))
    assert code == 2
    assert "names no check for the whole job" in out
    assert "unknown check `tset`" in out
