"""A lost mirror, with the database or without: the job goes on, and what was only here is built."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from fake_github.issues import Issue
from fake_github.pulls import Pull
from fake_github.world import GitHub
from support.in_process import BRANCH, Inside, inside
from support.machine import GOOD, MODELS, PLAN
from support.reviewing import under_review

from bot.config.machine import state_dir
from bot.git.commits import commit_tree
from bot.git.references import move_branch
from bot.git.write_tree import write_tree
from bot.ticket import messages_lost
from bot.ticket.stages import Stage
from runners.tickets.services import Services
from runners.tickets.status_sync import sync_status
from runners.worker_process.main import WorkRequest, WorkResult

# Whole jobs: CI and `make test-rest` run them.
pytestmark = pytest.mark.slow

BUILT = "x\n\nBricklayer-Job: 1234567890ab\nBricklayer-Task: fix-withdraw\n"
TESTING = "conftest.py"


@pytest.fixture
def bot(github: GitHub, tmp_path: Path) -> Iterator[Inside]:
    with inside(tmp_path, github, models=dict(MODELS), patient=False) as made:
        yield made


@pytest.fixture
def works(monkeypatch: pytest.MonkeyPatch) -> list[WorkRequest]:
    """What was given to a worker process; it comes to nothing."""
    asked: list[WorkRequest] = []

    def run_work(_self: Services, _ticket: object, work: WorkRequest, _tell: object) -> WorkResult:
        asked.append(work)
        return WorkResult(passed=False, why="It did not pass.")

    monkeypatch.setattr(Services, "run_work", run_work)
    return asked


def lose_mirror(bot: Inside) -> None:
    shutil.rmtree(state_dir(bot.services.settings) / "mirrors")


def lose_database(bot: Inside) -> None:
    with bot.services.tickets.engine.begin() as db:
        db.exec_driver_sql("delete from bricklayer_tickets")
        db.exec_driver_sql("delete from bricklayer_marks")


def unpushed(github: GitHub, bot: Inside, files: dict[str, bytes | None]) -> tuple[Issue, Pull]:
    """Built on the plan's commit, and not pushed yet."""
    issue, pull = under_review(github, bot, stage=Stage.APPROVAL)
    issue.label("bricklayer", by=github.person("mona"))
    repo, head = bot.services.open_mirror(bot.ticket).repo, bot.ticket.remote.head
    new = commit_tree(repo, write_tree(repo, head, files), head, BUILT)
    assert move_branch(repo, BRANCH, new, repo.branch_head(BRANCH))
    bot.services.tickets.change_ticket(
        bot.ticket.key, lambda one: replace(one, stage=Stage.PUBLISHING, wake_at=0.0)
    )
    sync_status(bot.services, bot.ticket.key)
    return issue, pull


@pytest.mark.parametrize("lost", [[lose_mirror], [lose_mirror, lose_database]])
def test_what_was_built_and_is_nowhere_any_more_is_built_again(
    github: GitHub, bot: Inside, works: list[WorkRequest], lost: list[object]
) -> None:
    """A branch without it is never called ready for review."""
    unpushed(github, bot, {"bank.py": GOOD.encode()})
    for lose in lost:
        lose(bot)  # type: ignore[operator]
    bot.sweep()
    assert bot.advance().stage is Stage.BLOCKED
    assert [work.build.plan for work in works] == [PLAN]


@pytest.mark.parametrize("approved", [False, True])
@pytest.mark.parametrize("lost", [[lose_mirror], [lose_mirror, lose_database]])
def test_a_diff_at_its_gate_is_taken_from_the_server_asked_for_or_approved_already(
    github: GitHub, bot: Inside, works: list[WorkRequest], *, lost: list[object], approved: bool
) -> None:
    issue, pull = unpushed(github, bot, {"bank.py": GOOD.encode(), TESTING: b"x = 1\n"})
    code = bot.advance().approval.code
    if approved:
        issue.comment(f"/approve {code}", by=github.person("mona"))
        sync_status(bot.services, bot.ticket.key)
    for lose in lost:
        lose(bot)  # type: ignore[operator]
    if len(lost) == 1:
        shown = sync_status(bot.services, bot.ticket.key)
        assert approved or f"+++ b/{TESTING}" in status_of(issue), shown
    bot.sweep()
    bot.advance()
    if not approved:
        assert bot.ticket.approval.code == code
        issue.comment(f"/approve {code}", by=github.person("mona"))
        bot.advance()
    assert issue.repo.git.read(pull.head_sha, TESTING) == b"x = 1\n"
    assert not works


@pytest.mark.parametrize("stage", [Stage.APPROVAL, Stage.BUILDING, Stage.CI, Stage.REVIEW])
def test_without_its_mirror_a_job_goes_on_where_it_is(
    github: GitHub, bot: Inside, works: list[WorkRequest], stage: Stage
) -> None:
    issue, pull = under_review(github, bot, stage=stage)
    mona = github.person("mona")
    if stage is Stage.APPROVAL:
        bot.advance()
        issue.comment("/approve", by=mona)
    if stage is Stage.REVIEW:
        pull.review("comment", by=mona, threads=[("bank.py", 2, "Reject what is below one.")])
    lose_mirror(bot)
    bot.advance()
    assert bool(works) is (stage is not Stage.CI)
    assert bot.ticket.stage is (Stage.REVIEW if stage is Stage.CI else Stage.BLOCKED)
    assert "System error" not in bot.ticket.why


def test_a_branch_that_is_not_built_on_the_jobs_plan_any_more_is_told(
    github: GitHub, bot: Inside
) -> None:
    """Somebody rewrote it while the mirror was lost: no head of nothing is judged, none forgotten."""
    under_review(github, bot)
    kept = replace(bot.ticket.remote, plan_commit=bot.ticket.remote.base)
    bot.services.tickets.change_ticket(bot.ticket.key, lambda one: replace(one, remote=kept))
    lose_mirror(bot)
    ticket = bot.advance()
    assert (ticket.stage, ticket.why) == (Stage.BLOCKED, messages_lost.COMMITS_LOST)
    assert ticket.remote.head == kept.head


def status_of(issue: Issue) -> str:
    return next(c.body for c in issue.comments if c.author.bot)
