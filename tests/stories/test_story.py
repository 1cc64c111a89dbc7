"""The way of one issue, as the people on GitHub live it."""

import re

import pytest
from fake_github.world import GitHub
from support.machine import (
    BANK,
    CONFIG,
    GOOD,
    KIND,
    MENDED,
    Machine,
    bank,
    pull_of,
    status,
    until,
    waits,
)


def test_a_label_becomes_a_pull_request_that_is_ready_for_review(
    github: GitHub, machine: Machine
) -> None:
    """Label, plan, draft, build, green CI, ready: nobody but the labeller had to do anything."""
    issue = bank(github)
    mona = github.person("mona")
    github.ci_on("octocat/bank")
    machine.start()
    issue.label("bricklayer", by=mona)
    waits(machine, issue, "waiting for CI")
    pull = pull_of(issue)
    assert pull.draft
    assert "Closes #1" in (pull.body or "")
    github.ci(pull.head_sha, "green")
    waits(machine, issue, "ready for review")
    assert not pull.draft
    assert issue.repo.git.read(pull.head_sha, "bank.py") == GOOD.encode()
    assert [one.login for one in pull.reviewers] == ["mona"]


@pytest.mark.slow
@pytest.mark.real_start
def test_the_whole_story(github: GitHub, machine: Machine) -> None:
    """Label, approve, CI red, CI green, review, rework, a ticked lesson, merge, and the next job."""
    config = f'{CONFIG}\n[approval]\nmode = "always"\n'
    issue = bank(github, {".bricklayer.toml": config})
    mona = github.person("mona")
    github.ci_on("octocat/bank")
    machine.start()

    issue.label("bricklayer", by=mona)
    waits(machine, issue, "approval required for the plan")
    plan = re.search(r"`/approve ([0-9a-f]{12})`", status(issue))
    assert plan, status(issue)
    pull = pull_of(issue)
    assert pull.draft

    issue.comment(f"/approve {plan[1]}", by=mona)
    waits(machine, issue, "waiting for CI")
    first = pull.head_sha
    github.ci(first, "red", log="E   AssertionError in bank.py:2\n")
    until(lambda: pull.head_sha != first, lambda: f"{status(issue)}\n{machine.told()}")
    waits(machine, issue, "waiting for CI")
    assert issue.repo.git.read(pull.head_sha, "bank.py") == MENDED.encode()
    github.ci(pull.head_sha, "green")
    waits(machine, issue, "ready for review")

    before = pull.head_sha
    words = "Reject amounts that are not positive. A float would do."
    pull.review("request_changes", by=mona, body="Close.", threads=[("bank.py", 2, words)])
    until(lambda: pull.head_sha != before, lambda: f"{status(issue)}\n{machine.told()}")
    waits(machine, issue, "waiting for CI")
    assert issue.repo.git.read(pull.head_sha, "bank.py") == KIND.encode()
    answer = pull.threads[0].comments[-1]
    assert answer.author.login == "bricklayer[bot]"
    assert pull.head_sha in answer.body
    assert len(pull.threads[0].comments) == 2
    github.ci(pull.head_sha, "green")
    waits(machine, issue, "ready for review")

    assert "- [ ] Reject amounts that are not positive." in status(issue)
    next(c for c in issue.comments if "- [ ] " in c.body).tick(1, by=mona)
    until(lambda: "- [x] Reject amounts" in status(issue), machine.told)
    pull.merge(by=mona)
    waits(machine, issue, "merged")
    until(lambda: [p for p in issue.repo.pulls if p.state == "open"], machine.told)
    coaching = pull_of(issue)
    coaching.merge(by=mona)
    lesson = issue.repo.git.read("main", ".bricklayer/coaching.md") or b""
    assert b"## Reject amounts that are not positive.\n- scope: *.py" in lesson

    issue.repo.push("main", {"bank.py": BANK}, by=mona)
    again = github.issue("octocat/bank", "withdraw", "bank.py adds once more.", by=mona)
    again.label("bricklayer", by=mona)
    waits(machine, again, "approval required for the plan")
    seen = "".join(p.read_text() for p in (machine.room / "state").rglob("*prompt*"))
    evidence = "".join(
        p.read_text(errors="replace")
        for p in (machine.room / "state" / "plans").rglob("*")
        if p.is_file()
    )
    assert "Reject amounts that are not positive." in seen + evidence
