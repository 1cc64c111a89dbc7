"""What was closed, or lost its label, goes on where it was once that is undone."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import NoReturn

import pytest
from fake_github.issues import Issue
from fake_github.world import GitHub
from support.in_process import Inside, inside, placed
from support.machine import CONFIG, MODELS, bank, pull_of, status
from support.reviewing import under_review
from support.tickets import proposal

from bot.config.machine import state_dir
from bot.errors import UserError
from bot.github.mirror import Remote
from bot.ticket.stages import Stage

# Whole jobs: CI and `make test-rest` run them.
pytestmark = pytest.mark.slow


@pytest.fixture
def bot(github: GitHub, tmp_path: Path) -> Iterator[Inside]:
    with inside(tmp_path, github) as made:
        yield made


@pytest.fixture
def issue(github: GitHub, bot: Inside) -> Issue:
    made = placed(github, bot, Stage.REVIEW, rework_rounds=2)
    made.repo.pulls[0].ready(github.app().bot)
    return made


@pytest.mark.parametrize("what", ["pull request", "issue"])
def test_what_is_reopened_goes_on_with_all_it_had(
    github: GitHub, bot: Inside, issue: Issue, what: str
) -> None:
    """Branch, plan, rounds and pull request are kept; while it is closed the text says what to do."""
    mona, before = github.person("mona"), bot.ticket
    closed = pull_of(issue) if what == "pull request" else issue
    closed.close(mona)
    assert bot.advance().stage is Stage.CLOSED
    assert "**Next:** nothing is lost. Reopen" in status(issue)
    issue.comment("/retry", by=mona)
    assert "reopen what was closed" in bot.advance().reply
    closed.reopen(mona)
    after = bot.advance()
    assert after.stage in {Stage.CI, Stage.REVIEW}
    assert replace(after.remote, pushed_at=0.0, status_comment=0) == before.remote
    assert after.progress == before.progress


@pytest.mark.parametrize("cancelled", [False, True])
def test_a_deleted_branch_comes_back_with_its_pull_request_at_a_retry(
    github: GitHub, bot: Inside, issue: Issue, *, cancelled: bool
) -> None:
    """GitHub reopens no pull request whose branch is gone: the same commits are pushed again."""
    mona, before, pull = github.person("mona"), bot.ticket, pull_of(issue)
    if cancelled:
        issue.comment("/cancel", by=mona)
    issue.repo.delete_branch(before.remote.branch, mona)
    assert (bot.advance().stage, pull.state) != (Stage.REVIEW, "open")
    issue.comment("/retry", by=mona)
    after = bot.ticket if cancelled else bot.advance()
    assert (after.stage in {Stage.CI, Stage.REVIEW, Stage.BUILDING}, pull.state) == (True, "open")
    assert issue.repo.git.sha(before.remote.branch) == before.remote.head
    assert after.progress.tasks == before.progress.tasks


def test_what_keeps_a_deleted_branch_away_is_said_with_what_to_do(
    github: GitHub, bot: Inside, issue: Issue
) -> None:
    """Its commits are lost here; GitHub refuses; or the issue is closed as well."""
    mona, pull = github.person("mona"), pull_of(issue)
    branch = bot.ticket.remote.branch
    issue.repo.delete_branch(branch, mona)
    assert bot.advance().stage is Stage.CLOSED
    mirror = bot.services.open_mirror(bot.ticket).repo
    mirror.git_dir.rename(mirror.git_dir.with_suffix(".away"))
    issue.comment("/retry", by=mona)
    assert "Restore branch" in bot.ticket.reply
    shutil.rmtree(mirror.git_dir)
    mirror.git_dir.with_suffix(".away").rename(mirror.git_dir)
    body = {"message": "Validation Failed", "documentation_url": "", "errors": ["Not again."]}
    github.fail("PATCH", r"/pulls/\d+$", 422, body={**body, "status": "422"})
    issue.comment("/retry", by=mona)
    assert "Not again." in bot.ticket.reply
    assert bot.advance().stage is Stage.CLOSED
    issue.repo.delete_branch(branch, mona)
    issue.close(mona)
    issue.comment("/retry", by=mona)
    assert "This issue is closed: reopen it" in bot.advance().reply
    assert (bot.ticket.stage, pull.state) == (Stage.CLOSED, "closed")


def test_a_branch_that_somebody_else_pushed_meanwhile_brings_back_nothing(
    bot: Inside, github: GitHub, issue: Issue, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another's commits are not shown as the job's; nor is a folder of this machine."""
    mona, pull = github.person("mona"), pull_of(issue)
    issue.repo.delete_branch(bot.ticket.remote.branch, mona)
    bot.advance()
    monkeypatch.setattr(Remote, "push", lambda *_: False)
    issue.comment("/retry", by=mona)
    assert "Somebody has pushed other commits" in bot.ticket.reply
    assert pull.state == "closed"
    state = state_dir(bot.services.settings)

    def refuse(*_: object) -> NoReturn:
        raise UserError(f"{state}/mirrors/x.git has a key")

    monkeypatch.setattr(Remote, "push", refuse)
    issue.comment("/retry", by=mona)
    assert "has a key" in bot.ticket.reply
    assert str(state) not in bot.ticket.reply


def test_a_merge_after_all_that_ends_as_merged_with_its_lessons(
    github: GitHub, bot: Inside, issue: Issue
) -> None:
    """Whether or not the closed issue was opened again before."""
    mona, pull = github.person("mona"), pull_of(issue)
    notes = (proposal("Say why.", "accepted"),)
    bot.services.tickets.change_ticket(bot.ticket.key, lambda one: replace(one, notes=notes))
    issue.close(mona)
    assert bot.advance().stage is Stage.CLOSED
    pull.merge(mona)
    assert bot.advance().stage is Stage.MERGED
    assert [one.state for one in bot.ticket.notes] == ["landed"]


@pytest.mark.parametrize("squashed", [False, True])
def test_a_merge_before_anything_was_built_is_told_as_that(
    github: GitHub, bot: Inside, squashed: bool
) -> None:
    """With the file that it brought along, and how to have the issue done after all."""
    mona = github.person("mona")
    issue, pull = under_review(github, bot, stage=Stage.APPROVAL)
    bot.advance()
    pull.ready(github.app().bot)
    pull.merge(mona, method="squash" if squashed else "merge")
    assert bot.advance().stage is Stage.MERGED
    assert "before anything was built" in status(issue)
    assert "`.bricklayer/jobs/1-withdraw-must-subtract.md`" in status(issue)
    assert "deletes that file there" in status(issue)
    assert "the job is done" not in status(issue)
    issue.reopen(mona)
    issue.label("bricklayer", by=mona)
    assert bot.ticket.stage is Stage.PLANNING


def test_a_label_that_is_set_again_takes_up_the_pull_request_that_stands_there(
    github: GitHub, bot: Inside, issue: Issue
) -> None:
    mona, pull = github.person("mona"), pull_of(issue)
    issue.unlabel("bricklayer", by=mona)
    assert bot.advance().stage is Stage.CANCELLED
    issue.label("bricklayer", by=mona)
    assert f"continues with pull request #{pull.number}" in bot.ticket.reply
    ticket = bot.advance()
    assert (ticket.stage in {Stage.CI, Stage.REVIEW}, ticket.remote.pull) == (True, pull.number)
    assert (pull.state, len(issue.repo.pulls)) == ("open", 1)


def test_another_text_is_planned_anew_and_the_old_pull_request_is_named(
    github: GitHub, bot: Inside, issue: Issue
) -> None:
    mona = github.person("mona")
    issue.unlabel("bricklayer", by=mona)
    issue.edit(issue.author, body="bank.py: it must multiply.")
    issue.label("bricklayer", by=mona)
    ticket = bot.ticket
    assert (ticket.stage, ticket.remote.previous_pull) == (Stage.PLANNING, 2)
    assert "#2 stays open until" in ticket.reply


def test_a_renamed_default_branch_gets_the_lessons(
    github: GitHub, bot: Inside, issue: Issue
) -> None:
    """What the label's event said of the repository is not believed for ever."""
    repo, mona = issue.repo, github.person("mona")
    notes = (proposal("Say why.", "accepted"),)
    bot.services.tickets.change_ticket(bot.ticket.key, lambda one: replace(one, notes=notes))
    repo.rename_branch("main", "trunk", by=repo.owner)
    pull_of(issue).merge(mona)
    assert bot.advance().stage is Stage.MERGED
    assert (pull_of(issue).base_ref, pull_of(issue).head_ref) == (
        "trunk",
        "bricklayer/coaching-1",
    )


def test_a_default_branch_renamed_between_label_and_plan_is_what_is_planned_for(
    github: GitHub, tmp_path: Path
) -> None:
    with inside(tmp_path, github, models=dict(MODELS)) as bot:
        issue = bank(github, {".bricklayer.toml": f'{CONFIG}\n[approval]\nmode = "always"\n'})
        issue.label("bricklayer", by=github.person("mona"))
        issue.repo.rename_branch("main", "trunk", by=issue.repo.owner)
        assert bot.advance().stage is Stage.APPROVAL, status(issue)
        assert pull_of(issue).base_ref == "trunk"
        assert bot.ticket.remote.base == issue.repo.git.sha("trunk")
