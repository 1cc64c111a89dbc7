"""An older database never wins over the status comment: the newer of the two is the ticket."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from fake_github.issues import Issue
from fake_github.world import GitHub
from support.in_process import BRANCH, Clock, Inside, inside, placed
from support.machine import KIND, PLAN, status
from support.tickets import amend as with_fields

from bot.git.commits import commit_tree
from bot.git.write_tree import write_tree
from bot.ticket.hidden_line import MAX_VERSION, parse_hidden_line, parse_version, stamp_version
from bot.ticket.progress import Round
from bot.ticket.stages import Stage
from runners.tickets.newer_comment import COMPARED_SECONDS
from runners.tickets.services import Services
from runners.tickets.status_sync import sync_status
from runners.worker_process.main import WorkResult

pytestmark = pytest.mark.slow


@pytest.fixture
def other(github: GitHub, tmp_path: Path, clock: Clock) -> Iterator[Inside]:
    """A machine with a database and a state folder of its own; it hears no webhook."""
    with inside(tmp_path / "other", github, clock=clock, patient=False, hook=False) as made:
        yield made


@pytest.fixture(autouse=True)
def no_builds(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[str]:
    (tmp_path / "other").mkdir(exist_ok=True)
    built: list[str] = []

    def run_work(_self: Services, _ticket: object, *_: object) -> WorkResult:
        built.append("x")
        return WorkResult(passed=False, why="It did not pass.")

    monkeypatch.setattr(Services, "run_work", run_work)
    return built


@pytest.fixture
def issue(github: GitHub, bot: Inside) -> Issue:
    """It waits for its plan's approval on the first machine, which has shown that."""
    made = placed(github, bot, Stage.APPROVAL)
    sync_status(bot.services, bot.ticket.key)
    return made


def amend(bot: Inside, **more: object) -> None:
    bot.services.tickets.change_ticket(bot.ticket.key, lambda now: with_fields(now, **more))


def take_over(other: Inside, issue: Issue) -> str:
    """The other machine restores the job, builds on it, pushes, and waits for CI."""
    other.sweep()
    remote = other.services.open_mirror(other.ticket)
    head = remote.repo.branch_head(BRANCH)
    tree = write_tree(remote.repo, head, {"bank.py": KIND.encode()})
    new = commit_tree(remote.repo, tree, head, "More\n")
    assert remote.push(BRANCH, new)
    amend(other, stage=Stage.CI, head=new, round=Round("plan", PLAN, head), key="")
    sync_status(other.services, other.ticket.key)
    assert "CI" in status(issue)
    return new


def test_a_machine_that_starts_with_an_older_database_goes_on_where_the_job_is(
    bot: Inside, other: Inside, issue: Issue, clock: Clock
) -> None:
    """It calls nobody's push somebody else's, and what it shows is no step back."""
    head = take_over(other, issue)
    clock.ahead += COMPARED_SECONDS + 1
    ticket = bot.advance()
    # It has no CI: by now that is waited for no longer.
    assert (ticket.stage, ticket.paused, ticket.remote.head) == (Stage.REVIEW, False, head)
    shown = parse_hidden_line(status(issue))
    assert (shown["stage"], shown["head"]) == ("review", head)


def test_it_writes_nothing_over_the_newer_comment(
    bot: Inside, other: Inside, issue: Issue, clock: Clock
) -> None:
    """Also where it only shows what it knows, before it has looked at the job."""
    take_over(other, issue)
    before = status(issue)
    clock.ahead += COMPARED_SECONDS + 1
    amend(bot, reply="Something else to show.")
    bot.woken.clear()
    sync_status(bot.services, bot.ticket.key)
    assert status(issue) == before
    assert bot.woken == [bot.ticket.key]


def test_where_a_push_would_be_called_foreign_the_comment_is_asked_once_more(
    bot: Inside, other: Inside, issue: Issue
) -> None:
    """Within the time in which it is not compared otherwise."""
    bot.advance()
    head = take_over(other, issue)
    ticket = bot.advance()
    assert (ticket.paused, ticket.remote.head) == (False, head), status(issue)


def test_back_and_forth_the_newer_is_always_the_one_that_was_shown_last(
    bot: Inside, other: Inside, issue: Issue, clock: Clock
) -> None:
    """However often the other stored what it never showed."""
    for machine in (other, bot, other, bot):
        take_over(machine, issue) if machine is other and not machine.tickets else None
        clock.ahead += COMPARED_SECONDS + 1
        for number in range(5):
            amend(bot, wake_at=float(number))
        machine.advance()
        amend(machine, reply=f"Told {clock.ahead}.")
        sync_status(machine.services, machine.ticket.key)
        assert f"Told {clock.ahead}." in status(issue)


@pytest.mark.parametrize("version", [10**6, MAX_VERSION, -1, "9", True, 1.5])
def test_a_version_that_somebody_else_wrote_there_moves_nothing(
    github: GitHub, bot: Inside, issue: Issue, clock: Clock, version: object
) -> None:
    comment = next(one for one in issue.comments if one.author.bot)
    values = parse_hidden_line(comment.body) | {"version": version, "stage": "merged"}
    first, rest = comment.body.split("\n", 1)
    line = f"{first.partition('{')[0]}{json.dumps(values)} -->"
    comment.edit(f"{line}\n{rest}", by=github.person("mona"))
    clock.ahead += COMPARED_SECONDS + 1
    assert bot.advance().stage is Stage.APPROVAL


def test_the_version_is_in_the_hidden_line_and_asks_for_no_edit(bot: Inside, issue: Issue) -> None:
    """A ticket changes more often than what is shown of it."""
    shown = parse_version(status(issue))
    assert 0 < shown <= bot.services.tickets.find_version(bot.ticket.key)
    before = status(issue)
    amend(bot, wake_at=5.0)
    sync_status(bot.services, bot.ticket.key)
    assert status(issue) == before
    assert parse_version(stamp_version("no such line", 3)) == 0


def test_a_comment_of_an_older_release_is_no_newer(bot: Inside, issue: Issue, clock: Clock) -> None:
    comment = next(one for one in issue.comments if one.author.bot)
    values = parse_hidden_line(comment.body)
    del values["version"]
    first, rest = comment.body.split("\n", 1)
    comment.body = f"{first.partition('{')[0]}{json.dumps(values)} -->\n{rest}"
    clock.ahead += COMPARED_SECONDS + 1
    assert bot.advance().stage is Stage.APPROVAL
