"""What was in progress is deleted from the server once its job is over, however that comes."""

import pytest
from fake_github.issues import Issue
from fake_github.world import GitHub
from support.in_process import Clock, Inside, placed

from bot.git.progress_commit import write_progress
from bot.github.mirror import Remote
from bot.storage.answers import AnswerStore
from bot.ticket.stages import Stage
from runners.tickets.drop_progress import ORPHANS_EVERY_SECONDS, drop_orphans, note_progress

REF, WAITING = "refs/bricklayer/wip/1", "refs/bricklayer/waiting/1"


@pytest.fixture
def issue(github: GitHub, bot: Inside) -> Issue:
    """Under review, with all that a build leaves on the server and in the database."""
    made = placed(github, bot, Stage.REVIEW)
    note_progress(bot.services, bot.ticket)
    push(bot)
    AnswerStore(bot.services.tickets.engine).keep(bot.ticket.key, "x", b"1", 1.0)
    return made


def push(bot: Inside, issue: int = 1) -> None:
    remote = bot.services.open_mirror(bot.ticket)
    head = remote.repo.branch_head(bot.ticket.remote.branch)
    assert remote.push_progress(issue, write_progress(remote.repo, head), "")


def left(issue: Issue) -> set[str]:
    return {ref for ref in issue.repo.git.refs() if ref.startswith("refs/bricklayer/")}


@pytest.mark.parametrize("how", ["merged", "pull closed", "issue closed", "cancelled"])
@pytest.mark.slow
def test_the_end_of_a_job_takes_its_reference_along(
    github: GitHub, bot: Inside, issue: Issue, how: str
) -> None:
    mona, pull = github.person("mona"), issue.repo.pulls[0]
    if how == "merged":
        pull.ready(mona)
        pull.merge(mona)
    elif how == "pull closed":
        pull.close(mona)
    elif how == "issue closed":
        issue.close(by=mona)
    else:
        issue.comment("/cancel", by=mona)
    bot.advance()
    assert not left(issue)
    assert not AnswerStore(bot.services.tickets.engine).find(bot.ticket.key, "x")


@pytest.mark.slow
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_kill_around_the_deletion_leaves_it_for_the_next_look(
    bot: Inside, issue: Issue, github: GitHub, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    class KilledError(BaseException):
        pass

    delete = Remote.delete_progress

    def die(remote: Remote, number: int, seen: str) -> bool:
        if when == "after":
            delete(remote, number, seen)
        raise KilledError

    issue.comment("/cancel", by=github.person("mona"))
    with monkeypatch.context() as patch:
        patch.setattr(Remote, "delete_progress", die)
        with pytest.raises(KilledError):
            bot.advance()
    bot.advance()
    assert not left(issue)
    asked: list[str] = []
    monkeypatch.setattr(Remote, "fetch_progress", lambda *_: asked.append("x"))
    bot.advance()
    assert not asked


@pytest.mark.slow
def test_an_outage_while_it_is_deleted_is_made_up_for(
    bot: Inside, issue: Issue, github: GitHub, clock: Clock
) -> None:
    issue.comment("/cancel", by=github.person("mona"))
    github.fail("POST", "git-receive-pack", 502)
    bot.advance()
    assert left(issue)
    bot.sweep()
    clock.ahead += ORPHANS_EVERY_SECONDS + 1
    bot.sweep()
    assert not left(issue)


@pytest.mark.slow
def test_only_what_is_over_is_an_orphan(bot: Inside, issue: Issue, github: GitHub) -> None:
    """Of issues that nobody knows here those that are closed, or are none."""
    mona = github.person("mona")
    other = issue.repo.open_issue("Other", "x", by=mona)
    closed = issue.repo.open_issue("Closed", "x", by=mona)
    closed.close(by=mona)
    for number in (other.number, closed.number, 999):
        push(bot, number)
    remote = bot.services.open_mirror(bot.ticket)
    remote.push_waiting(closed.number, remote.repo.branch_head(bot.ticket.remote.branch))
    issue.repo.git.git("update-ref", "refs/bricklayer/wip/x1", issue.repo.git.sha("main"))
    repository = bot.services.repository(bot.ticket)
    gone = drop_orphans(bot.services, repository, bot.ticket.where)
    assert len(gone) == 3
    assert left(issue) == {REF, f"refs/bricklayer/wip/{other.number}", "refs/bricklayer/wip/x1"}
