"""What DBOS records of a job is the job's own, and may be lost."""

import subprocess

from support.project import Project

GOOD = "def withdraw(balance, amount):\n    return balance - amount\n"
FIX = "### Task: fix\n- file: bank.py\n- check: test\n\nSubtract.\n"
REPLY = f"## reply: fix\n```python\n{GOOD}```\n"
SECONDS = 60


def finish(process: "subprocess.Popen[str]") -> tuple[int, str]:
    """With a limit: what hangs fails the test soon."""
    try:
        out, _ = process.communicate(timeout=SECONDS)
    finally:
        process.kill()
    return process.returncode, out


def test_a_killed_job_goes_on_while_another_one_is_built(project: Project) -> None:
    """Two jobs of one state folder: neither takes up, or waits for, what the other had begun."""
    project.models(local=REPLY)
    plan = project.plan(FIX)
    project.killed_at("apply a reply", "after", "run", plan)
    other = project.room / "other.md"
    other.write_text(plan.read_text().replace("Mend it", "Another"))
    project.models(local=REPLY.replace("reply: fix", "reply: fix, slow 30"))
    beside = project.start("run", other)
    assert beside.stdout
    while "fix: bank.py" not in (line := beside.stdout.readline()):
        assert line, "it ended too soon"
    project.models(local="## reply: nothing\nis asked\n")
    code, out = finish(project.start("run", plan))
    assert code == 0, out
    assert beside.poll() is None, "the other job was to be under way all the time"
    beside.kill()
    beside.wait()
    assert project.landed() == ["fix"]
