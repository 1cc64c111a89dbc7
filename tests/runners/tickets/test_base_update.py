"""A base that moved on: merged in where it conflicts, has to be, or is asked for, or left in words."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fake_github.issues import Issue
from fake_github.pulls import Pull
from fake_github.world import GitHub
from support.in_process import BRANCH, Inside, inside, placed
from support.machine import BANK, GOOD, PLAN, pull_of, said, status, whole
from support.tickets import amend

from bot.git.command import BRICKLAYER
from bot.git.merge import commit_merge, merge_commits
from bot.git.references import move_branch
from bot.ticket.model import Ticket
from bot.ticket.progress import Round
from bot.ticket.stages import Stage

# Whole jobs, several in a test: CI and `make test-rest` run them.
pytestmark = pytest.mark.slow

BOTH = "def withdraw(balance, amount):\n    return int(balance - amount)\n"
THEIRS = BANK.replace("balance + amount", "int(balance + amount)")
FEE = """\
import unittest

from bank import withdraw


class Fee(unittest.TestCase):
    def test_fee(self):
        try:
            wanted = withdraw(5, 2) != 3
        except TypeError:
            wanted = False
        self.assertTrue(wanted or withdraw(5, 2, fee=0) == 3)
"""
FAILS = "import unittest\n\n\nclass T(unittest.TestCase):\n    def test_no(self):\n        self.fail('no way')\n"


@pytest.fixture
def bot(github: GitHub, tmp_path: Path) -> Iterator[Inside]:
    local = said(whole("bank.py", BOTH), "/git cannot merge/")
    with inside(tmp_path, github, models={"local": local}) as made:
        yield made


def looked(bot: Inside) -> Ticket:
    """Looked at until it waits for something that does not come by itself within seconds."""
    for _ in range(8):
        ticket = bot.advance()
        if ticket.wake_at > bot.services.now() + 20:
            break
        later = max(ticket.wake_at, bot.services.now()) + 1
        bot.services.now = lambda at=later: at  # type: ignore[misc]
    return ticket


def checked(github: GitHub, bot: Inside, issue: Issue) -> Ticket:
    """CI passes on the head."""
    github.ci(pull_of(issue).head_sha, "green")
    return looked(bot)


def test_a_branch_that_has_to_be_up_to_date_gets_the_base_before_it_is_ready(
    github: GitHub, bot: Inside
) -> None:
    """By one commit of two parents, checked before it is pushed; the base's changes are not ours."""
    issue = placed(github, bot, Stage.CI)
    github.ci_on("octocat/bank")
    repo, pull = issue.repo, pull_of(issue)
    repo.rules.strict = True
    before = pull.head_sha
    risky = {".github/x.yml": "on: push\n", "test_more.py": "import pytest\n\n# pytest.skip\n"}
    tip = repo.push("main", risky, by=github.person("mona"))
    ticket = checked(github, bot, issue)
    assert (ticket.stage, ticket.approval.key) == (Stage.CI, ""), status(issue)
    assert repo.git.git("log", "-1", "--format=%P", pull.head_sha).split() == [before, tip]
    assert (pull.draft, ticket.remote.base) == (True, tip)
    assert checked(github, bot, issue).stage is Stage.REVIEW, status(issue)
    assert not pull.draft


def test_a_conflict_is_settled_with_both_sides_in_view_before_anything_is_pushed(
    github: GitHub, bot: Inside, tmp_path: Path
) -> None:
    issue = placed(github, bot, Stage.CI)
    repo, pull = issue.repo, pull_of(issue)
    github.ci_on("octocat/bank", on_push=False, on_pull=True)
    before = pull.head_sha
    tip = repo.push("main", {"bank.py": THEIRS}, by=github.person("mona"))
    ticket = looked(bot)
    assert ticket.stage is Stage.CI, status(issue)
    assert repo.git.git("log", "-1", "--format=%P", pull.head_sha).split() == [before, tip]
    assert repo.git.read(pull.head_sha, "bank.py") == BOTH.encode()
    assert [run.event for run in repo.checks.runs] == ["pull_request"]
    prompts = [p.read_text() for p in tmp_path.rglob("*conflict-1-1*") if p.is_file()]
    assert prompts
    sides = ("return balance - amount", "return balance + amount", "return int(balance + amount)")
    assert all(side in text for text in prompts for side in sides)
    assert all("withdraw() must subtract" in text for text in prompts)


def test_what_no_model_can_settle_is_named_with_what_a_person_does(
    github: GitHub, bot: Inside
) -> None:
    issue = placed(github, bot, Stage.CI)
    repo, pull, mona = issue.repo, pull_of(issue), github.person("mona")
    head = pull.head_sha
    repo.push("main", {"bank.py": None}, by=mona)
    assert looked(bot).stage is Stage.BLOCKED
    assert "`bank.py`: one side changed it, the other deleted" in status(issue)
    assert "no `pull_request` workflows" in status(issue)
    assert (pull.head_sha, pull.draft) == (head, True)


def test_a_merge_whose_checks_fail_is_not_pushed_and_update_tries_again(
    github: GitHub, bot: Inside
) -> None:
    """Git merged it without a conflict, but the two do not go together."""
    issue = placed(github, bot, Stage.REVIEW)
    repo, pull, mona = issue.repo, pull_of(issue), github.person("mona")
    pull.ready(github.app().bot)
    head = pull.head_sha
    repo.push("main", {"test_more.py": FAILS}, by=mona)
    issue.comment("/update", by=mona)
    ticket = looked(bot)
    assert (ticket.stage, pull.head_sha) == (Stage.BLOCKED, head)
    assert "no way" in status(issue)
    repo.push("main", {"test_more.py": None}, by=mona)
    issue.comment("/update", by=mona)
    assert looked(bot).stage in {Stage.CI, Stage.REVIEW}, status(issue)
    assert repo.git.is_ancestor(repo.git.sha("main"), pull.head_sha)
    issue.comment("/update", by=mona)
    assert "already has all of `main`" in looked(bot).reply


def test_two_sides_that_do_not_go_together_are_mended_before_anything_is_pushed(
    github: GitHub, tmp_path: Path
) -> None:
    """One merge commit, of which both sides' checks pass."""
    mended = GOOD.replace("amount):", "amount, fee=0):")
    local = said(whole("bank.py", mended), "/git met no conflict/")
    with inside(tmp_path, github, models={"local": local}) as bot:
        issue = placed(github, bot, Stage.REVIEW)
        repo, pull, mona = issue.repo, pull_of(issue), github.person("mona")
        pull.ready(github.app().bot)
        head = pull.head_sha
        tip = repo.push("main", {"test_fee.py": FEE}, by=mona)
        issue.comment("/update", by=mona)
        assert looked(bot).stage in {Stage.CI, Stage.REVIEW}, status(issue)
        assert repo.git.git("log", "-1", "--format=%P", pull.head_sha).split() == [head, tip]
        assert repo.git.read(pull.head_sha, "bank.py") == mended.encode()


def test_github_that_does_not_say_is_asked_again_and_then_git_says(
    github: GitHub, bot: Inside, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`mergeable` is null while GitHub works it out; a server may never say."""
    issue = placed(github, bot, Stage.REVIEW)
    head = pull_of(issue).head_sha
    monkeypatch.setattr(Pull, "mergeable", lambda _self: None)
    soon = bot.advance()
    assert soon.wake_at < bot.services.now() + 5
    later = bot.services.now() + 60
    bot.services.now = lambda: later
    assert bot.advance().wake_at > later + 1000
    assert (bot.ticket.stage, bot.ticket.remote.head) == (Stage.REVIEW, head)


def test_a_push_to_the_base_has_the_waiting_pull_requests_looked_at(
    github: GitHub, bot: Inside
) -> None:
    """Nothing else would tell of a conflict that came with it."""
    issue = placed(github, bot, Stage.REVIEW)
    bot.woken.clear()
    issue.repo.push("other", {"x.py": "x = 1\n"}, by=github.person("mona"))
    assert not bot.woken
    issue.repo.push("main", {"x.py": "x = 1\n"}, by=github.person("mona"))
    assert bot.woken == [bot.ticket.key]


def test_a_merge_that_was_finished_before_a_kill_is_published_and_not_made_again(
    github: GitHub, bot: Inside
) -> None:
    """No process runs a check again for what stands on the branch already."""
    issue = placed(github, bot, Stage.BUILDING)
    repo, pull = issue.repo, pull_of(issue)
    tip = repo.push("main", {"x.py": "x = 1\n"}, by=github.person("mona"))
    remote, head = bot.services.open_mirror(bot.ticket), bot.ticket.remote.head
    remote.fetch()
    tree = merge_commits(remote.repo, head, tip).tree
    merge = commit_merge(remote.repo, tree, (head, tip), "Merge\n", BRICKLAYER)
    move_branch(remote.repo, BRANCH, merge, head)
    round_ = Round("merge", PLAN, merge)
    bot.services.tickets.change_ticket(
        bot.ticket.key, lambda one: amend(one, round=round_, base=tip)
    )
    ticket = looked(bot)
    assert (ticket.remote.head, pull.head_sha) == (merge, merge), status(issue)
    assert ticket.stage in {Stage.CI, Stage.REVIEW}
