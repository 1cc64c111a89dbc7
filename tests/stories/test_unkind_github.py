"""One issue on its way to a merge while everything happens that happens on GitHub."""

import re
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from fake_github.issues import Issue
from fake_github.people import User
from fake_github.pulls import Pull
from fake_github.world import GitHub
from support.action_runner import Runner
from support.machine import (
    CONFIG,
    GOOD,
    MENDED,
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

from bot.ticket.hidden_line import OWN_MARK

# A story of minutes: CI and `make test-rest` tell it.
pytestmark = pytest.mark.slow

ROUNDED = "def withdraw(balance, amount):\n    return round(balance + amount)\n"
BOTH = "def withdraw(balance, amount):\n    left = round(balance - amount)\n    return left\n"
SUGGESTION = "Nothing may be None.\n```suggestion\n    left = round((balance or 0) - amount)\n```"
SUGGESTED = BOTH.replace("round(balance -", "round((balance or 0) -")
WORDS = "Every function says what it returns. One line is enough."
DOCUMENTED = SUGGESTED.replace("amount):\n", 'amount):\n    """What is left."""\n')
LOG = """\
F
======================================================================
FAIL: test_keeps_a_name (test_bank.Withdraw.test_keeps_a_name)
----------------------------------------------------------------------
Traceback (most recent call last):
  File "/home/runner/work/bank/bank/test_bank.py", line 9, in test_keeps_a_name
    self.assertIn("left", names)
AssertionError: 'left' not found in ('balance', 'amount')
"""


class Way:
    """How the bot hears of what happened: `reach` returns once the comment says so."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine

    def begin(self) -> None:
        self.machine.start()

    def reach(self, issue: Issue, wanted: str) -> None:
        waits(self.machine, issue, wanted)

    def until(self, issue: Issue, holds: Callable[[], object]) -> None:
        until(holds, lambda: f"{status(issue)}\n{self.machine.told()}")


class Ephemeral(Way):
    """By runs of the workflow we ship, each on a machine that knows nothing."""

    def __init__(self, machine: Machine) -> None:
        super().__init__(machine)
        self.runner = Runner(machine, ephemeral=True)

    def begin(self) -> None:
        """Nothing runs until GitHub starts it."""

    def reach(self, issue: Issue, wanted: str) -> None:
        self.until(issue, lambda: headline(issue) == wanted)

    def until(self, issue: Issue, holds: Callable[[], object]) -> None:
        for _ in range(4):
            self.runner.run()
            if holds():
                return
            self.runner.run_schedule(issue.repo.full_name)
            if holds():
                return
        raise AssertionError(f"{status(issue)}\n{self.runner.said}")


@pytest.fixture(params=[Way, Ephemeral], ids=["serve", "action"])
def way(request: pytest.FixtureRequest, machine: Machine) -> Way:
    made: Way = request.param(machine)
    return made


def report(github: GitHub, pull: Pull, *, red: str = "") -> None:
    """CI on the head: a run that a newer one superseded, then that one; two more never end well.

    `tide` waits until the pull request is no draft, so it is pending for ever.
    """
    checks = pull.repo.checks
    for run in [one for one in checks.runs if one.suite.sha == pull.head_sha]:
        checks.cancel(run)
    checks.set_status(pull.head_sha, github.bot("prow"), "pending", "tide")
    workflow = checks.workflows[0]
    with github.change():
        checks.start(workflow, pull.head_sha, pull.head_ref, github.person("mona"), "push")
    checks.outside(pull.head_sha, "DCO", "success", slug="dco")
    github.ci(pull.head_sha, "red" if red else "green", log=red)


@dataclass(frozen=True)
class Story:
    """The people, the bot's way in and the issue; each step is one thing that happens."""

    github: GitHub
    way: Way
    issue: Issue

    @property
    def mona(self) -> User:
        return self.github.person("mona")

    @property
    def pull(self) -> Pull:
        return pull_of(self.issue)

    def code(self) -> str:
        """What bank.py is at the head of the pull request."""
        return (self.issue.repo.git.read(self.pull.head_sha, "bank.py") or b"").decode()

    def approve_plan(self) -> None:
        self.issue.label("bricklayer", by=self.mona)
        self.way.reach(self.issue, "approval required for the plan")
        code = re.search(r"`/approve ([0-9a-f]{12})`", status(self.issue))
        assert code, status(self.issue)
        self.issue.comment(f"/approve {code[1]}", by=self.mona)
        self.way.reach(self.issue, "waiting for CI")

    def miss_sign_off(self) -> None:
        """A person is asked, and no code changes for it."""
        checks, head = self.issue.repo.checks, self.pull.head_sha
        dco = checks.outside(head, "DCO", "action_required", slug="dco")
        self.way.reach(self.issue, "blocked")
        assert "DCO" in status(self.issue)
        assert self.pull.head_sha == head
        with self.github.change():
            checks.change_run(dco, self.github.foreign_app("dco").bot, conclusion="success")
        self.issue.comment("/retry", by=self.mona)
        self.way.reach(self.issue, "waiting for CI")

    def fail_in_ci(self) -> None:
        """Its log comes late, with the runner's words around the one failure."""
        before = self.pull.head_sha
        report(self.github, self.pull, red=LOG)
        self.way.until(self.issue, lambda: self.pull.head_sha != before)
        self.way.reach(self.issue, "waiting for CI")
        assert self.code() == MENDED

    def conflict(self) -> None:
        """Somebody else changed the same line on the base."""
        git, before = self.issue.repo.git, self.pull.head_sha
        tip = self.issue.repo.push("main", {"bank.py": ROUNDED}, by=self.mona)
        report(self.github, self.pull)
        self.way.until(self.issue, lambda: self.pull.head_sha != before)
        assert git.is_ancestor(tip, self.pull.head_sha)
        assert git.is_ancestor(before, self.pull.head_sha)
        assert self.code() == BOTH
        self.pass_ci()

    def pass_ci(self) -> None:
        report(self.github, self.pull)
        self.way.reach(self.issue, "ready for review")
        assert not self.pull.draft

    def review(self) -> None:
        """A suggestion is laid as it stands, by no model; words go to one."""
        before, git = self.pull.head_sha, self.issue.repo.git
        threads = [("bank.py", 2, SUGGESTION), ("bank.py", 1, WORDS)]
        self.pull.review("comment", by=self.mona, threads=threads)
        self.way.until(self.issue, lambda: self.pull.head_sha != before)
        self.way.reach(self.issue, "waiting for CI")
        steps = git.git("log", "--reverse", "--format=%H", f"{before}..{self.pull.head_sha}")
        texts = [(git.read(sha, "bank.py") or b"").decode() for sha in steps.split()]
        assert texts == [SUGGESTED, DOCUMENTED]
        for thread in self.pull.threads:
            assert thread.comments[-1].author.login == "bricklayer[bot]"
        self.pass_ci()

    def close_by_mistake(self) -> None:
        pull = self.pull
        pull.close(by=self.mona)
        self.way.reach(self.issue, "closed")
        pull.reopen(by=self.mona)
        self.way.reach(self.issue, "ready for review")

    def merge_and_tick(self) -> None:
        """A lesson is ticked after the merge, as people do."""
        repo = self.issue.repo
        notes = [c for c in self.issue.comments if "- [ ] " in c.body]
        assert notes, status(self.issue)
        self.pull.merge(by=self.mona)
        self.way.reach(self.issue, "merged")
        notes[0].tick(1, by=self.mona)
        self.way.until(self.issue, lambda: [p for p in repo.pulls if p.state == "open"])
        self.pull.merge(by=self.mona)
        assert b"Every function says what it returns" in (
            repo.git.read("main", ".bricklayer/coaching.md") or b""
        )
        assert repo.git.read("main", "bank.py") == DOCUMENTED.encode()


def test_the_whole_story_on_github_as_it_is(github: GitHub, machine: Machine, way: Way) -> None:
    """Late stamped logs, superseded runs, a sign-off that is missing, a status that never ends, a
    conflict, a suggestion, a pull request closed by mistake, a new name, a lesson ticked late.
    """
    machine.models["local"] = (
        said(whole("bank.py", GOOD), "fix-withdraw")
        + said(whole("bank.py", MENDED), "mend-1")
        + said(whole("bank.py", BOTH), "/git cannot merge/")
        + said(whole("bank.py", DOCUMENTED), "/A reviewer wrote/")
    )
    machine.more = "sweep_seconds = 1"
    issue = bank(github, {".bricklayer.toml": f'{CONFIG}\n[approval]\nmode = "always"\n'})
    github.ci_on("octocat/bank")
    issue.repo.require_checks("test", "DCO")
    story = Story(github, way, issue)
    way.begin()
    story.approve_plan()
    story.miss_sign_off()
    story.fail_in_ci()
    story.conflict()
    story.review()
    story.close_by_mistake()
    issue.repo.rename("ledger")
    story.merge_and_tick()
    assert len([c for c in issue.comments if c.body.startswith(OWN_MARK)]) == 1
    assert len(issue.repo.pulls) == 2
