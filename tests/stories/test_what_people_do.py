"""What people do while a job goes on: choose, pause, take back, close, ask, do too much."""

import os
import subprocess

import pytest
from fake_github.world import GitHub
from support.machine import (
    CONFIG,
    GOOD,
    KIND,
    MENDED,
    MODELS,
    PLAN,
    Machine,
    bank,
    headline,
    pull_of,
    said,
    status,
    until,
    waits,
    whole,
)
from support.project import BRICKLAYER

from bot.ticket.hidden_line import OWN_MARK

# A story of minutes when the machine is busy: CI and `make test-rest` tell it.
pytestmark = pytest.mark.slow

SLOW = MODELS["local"].replace("fix-withdraw", "fix-withdraw, slow 60")


def test_models_are_chosen_by_labels_and_commands_among_those_that_are_configured(
    github: GitHub, machine: Machine
) -> None:
    issue = bank(github, {".bricklayer.toml": f'{CONFIG}\n[approval]\nmode = "always"\n'})
    mona = github.person("mona")
    machine.models = {
        "planner": said(PLAN),
        "local": said("I do not know.", "*"),
        "senior": said(whole("bank.py", MENDED), "fix-withdraw"),
    }
    machine.start()
    issue.label("bricklayer:review=gpt-9", by=mona)
    issue.label("bricklayer:senior=senior.md", by=mona)
    issue.label("bricklayer", by=mona)
    waits(machine, issue, "approval required for the plan")
    assert "`reviewer=gpt-9`: no such model is configured" in status(issue)
    assert "senior=" not in status(issue).partition("-->")[2].partition("Commands")[0]
    issue.comment("/tier local=http://evil", by=mona)
    until(lambda: "`local=http://evil`: no such model" in status(issue), lambda: status(issue))
    issue.comment("/tier local=senior.md", by=mona)
    until(lambda: "chose local" in status(issue), lambda: status(issue))
    issue.comment("/approve", by=mona)
    waits(machine, issue, "ready for review")
    assert issue.repo.git.read(pull_of(issue).head_sha, "bank.py") == MENDED.encode()
    assert "| local | script:senior.md | 1 |" in status(issue)


def test_a_build_is_paused_resumed_taken_back_begun_anew_and_closed(
    github: GitHub, machine: Machine
) -> None:
    """What runs is stopped at once; an issue never has two open pull requests."""
    issue = bank(github)
    mona = github.person("mona")
    machine.models["local"] = SLOW
    machine.start()
    script = machine.room / "local.md"

    issue.label("bricklayer", by=mona)
    waits(machine, issue, "building")
    issue.comment("/pause", by=mona)
    waits(machine, issue, "paused")
    script.write_text(MODELS["local"])
    issue.comment("/resume", by=mona)
    waits(machine, issue, "ready for review")
    first = pull_of(issue)
    assert issue.repo.git.read(first.head_sha, "bank.py") == GOOD.encode()

    issue.comment("/pause", by=mona)
    waits(machine, issue, "paused")
    issue.unlabel("bricklayer", by=mona)
    waits(machine, issue, "cancelled")
    issue.label("bricklayer", by=mona)
    waits(machine, issue, "ready for review")
    assert pull_of(issue) is first

    first.close(by=mona)
    waits(machine, issue, "closed")
    issue.unlabel("bricklayer", by=mona)
    script.write_text(SLOW)
    issue.label("bricklayer", by=mona)
    waits(machine, issue, "building")
    assert pull_of(issue) is not first
    assert "Closes #1" in (pull_of(issue).body or "")

    issue.close(by=mona)
    waits(machine, issue, "closed")
    until(lambda: "confused" in {r.content for r in issue.reactions}, machine.told)


def test_too_many_jobs_of_one_person_are_not_begun_and_a_halt_begins_none(
    github: GitHub, machine: Machine
) -> None:
    """Neither by the label nor by `/retry`; what came during a halt is begun after it."""
    issue = bank(github)
    mona = github.person("mona")
    second = github.issue("octocat/bank", "again", "bank.py", by=mona)
    machine.models["planner"] = said("ANSWER: It subtracts.")
    machine.more = "per_person_an_hour = 1\nsweep_seconds = 0.5"
    machine.start()
    env = {**os.environ, "BRICKLAYER_CONFIG": str(machine.room / "bricklayer.toml")}

    def halt(*args: str) -> None:
        argv = [BRICKLAYER, "halt", *args]
        subprocess.run(argv, env=env, check=True, timeout=60, capture_output=True)

    halt()
    issue.label("bricklayer", by=mona)
    until(lambda: "halted this machine" in status(issue), machine.told)
    assert headline(issue) == "halted"
    halt("--off")
    waits(machine, issue, "answered")
    assert "It subtracts." in status(issue)
    assert not issue.repo.pulls
    assert issue.repo.git.refs().keys() == {"refs/heads/main"}

    second.label("bricklayer", by=mona)
    waits(machine, second, "blocked")
    assert "@mona has reached its limit of 1 jobs an hour" in status(second)
    second.comment("/retry", by=mona)
    until(lambda: "> Not started: @mona" in status(second), lambda: status(second))
    assert headline(second) == "blocked"


def test_a_config_that_cannot_be_read_is_told_with_its_unknown_key(
    github: GitHub, machine: Machine
) -> None:
    issue = bank(github, {".bricklayer.toml": f"{CONFIG}\n[aproval]\nmode = 'never'\n"})
    machine.start()
    issue.label("bricklayer", by=github.person("mona"))
    waits(machine, issue, "blocked")
    assert "aproval" in status(issue)
    assert ".bricklayer.toml" in status(issue)


def test_the_reviewer_tier_remarks_and_a_person_decides(github: GitHub, machine: Machine) -> None:
    """Its remarks are a review nobody obeys; a writer's word in the thread is worked in, the
    second time by the senior tier."""
    issue = bank(github)
    mona = github.person("mona")
    told = "bank.py:2: it takes any amount, ask @octocat <!-- x -->\nother.py:1: no such file"
    machine.models |= {
        "reviewer": said(told, "review"),
        "senior": said(whole("bank.py", f"{KIND}\n\nTWICE = True\n"), "/A reviewer wrote/"),
    }
    machine.start()
    issue.label("bricklayer", by=mona)
    waits(machine, issue, "ready for review")
    pull = pull_of(issue)
    until(lambda: pull.threads, lambda: status(issue) + machine.told())
    (thread,) = pull.threads
    assert thread.comments[0].author.login == "bricklayer[bot]"
    assert "it takes any amount" in thread.comments[0].body
    assert "@octocat" not in thread.comments[0].body
    built = pull.head_sha

    for content in (KIND, f"{KIND}\n\nTWICE = True\n"):
        thread.reply("Yes, refuse what is not positive.", by=mona)
        words = len(thread.comments)
        until(lambda n=words: len(thread.comments) > n, lambda: status(issue) + machine.told())  # type: ignore[misc]
        waits(machine, issue, "ready for review")
        assert issue.repo.git.read(pull.head_sha, "bank.py") == content.encode()
        assert "Changed `bank.py`" in thread.comments[-1].body
    log = issue.repo.git.git("log", "--format=%s", f"{built}..{pull.head_sha}").splitlines()
    assert len(log) == 2, log
    assert [review.author.login for review in pull.reviews if review.body].count("mona") == 0


def test_lessons_ticked_one_by_one_after_the_merge_all_land(
    github: GitHub, machine: Machine
) -> None:
    """In one pull request while it is open; and whoever edits or deletes the comment, it is back."""
    issue = bank(github)
    mona = github.person("mona")
    machine.models["local"] = (
        said(whole("bank.py", GOOD), "fix-withdraw")
        + said(whole("bank.py", MENDED), "/Name amounts/")
        + said(whole("bank.py", KIND), "/Reject what/")
    )
    machine.start()
    issue.label("bricklayer", by=mona)
    waits(machine, issue, "ready for review")
    pull = pull_of(issue)
    words = [("bank.py", 1, "Name amounts in cents."), ("bank.py", 2, "Reject what is below one.")]
    pull.review("comment", by=mona, threads=words)
    until(lambda: len(pull.threads[1].comments) == 2, lambda: status(issue) + machine.told())
    waits(machine, issue, "ready for review")
    pull.merge(by=mona)
    waits(machine, issue, "merged")

    def taught() -> list[str]:
        if "refs/heads/bricklayer/coaching-1" not in issue.repo.git.refs():
            return []
        raw = issue.repo.git.read("bricklayer/coaching-1", ".bricklayer/coaching.md") or b""
        return [line for line in raw.decode().splitlines() if line.startswith("## ")]

    for number in (1, 2):
        until(lambda n=number: status(issue).count("(proposed in #") == n - 1, machine.told)  # type: ignore[misc]
        next(c for c in issue.comments if "- [ ] " in c.body).tick(1, by=mona)
        until(lambda n=number: len(taught()) == n, lambda: status(issue) + machine.told())  # type: ignore[misc]
    assert taught() == ["## Name amounts in cents.", "## Reject what is below one."]
    assert pull_of(issue).head_ref == "bricklayer/coaching-1"
    until(lambda: "- [ ] " not in status(issue), lambda: status(issue) + machine.told())

    (comment,) = [c for c in issue.comments if c.body.startswith(OWN_MARK)]
    comment.edit("Nothing happened here.", by=mona)
    until(lambda: headline(issue) == "merged", lambda: comment.body + machine.told())
    comment.delete(by=mona)
    issue.comment("/status", by=mona)
    until(lambda: "this is the current state" in status(issue), machine.told)
