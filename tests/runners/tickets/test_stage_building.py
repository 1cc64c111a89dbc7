"""Threads that cannot be settled, are resolved meanwhile, or have a secret in them; red CI too."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fake_github.world import GitHub
from support.in_process import Inside, built, inside
from support.machine import GOOD, KIND, MENDED, MODELS, bank, pull_of, said, status, whole

from bot.ticket.model import Ticket
from bot.ticket.stages import Stage
from runners.build.load_plan import RunRequest
from runners.tickets.services import Services

# Whole jobs, several in a test: CI and `make test-rest` run them.
pytestmark = pytest.mark.slow

LOCAL = (
    said(whole("bank.py", GOOD), "fix-withdraw")
    + said(whole("bank.py", KIND), "/Reject what/")
    + said(whole("bank.py", MENDED), "mend-1")
)
TOKEN = "ghp_" + "a1B2" * 9


@pytest.fixture
def bot(github: GitHub, tmp_path: Path) -> Iterator[Inside]:
    with inside(tmp_path, github, models={**MODELS, "local": LOCAL}) as made:
        yield made


def test_each_thread_of_a_round_is_answered_and_the_job_goes_on(
    github: GitHub, bot: Inside
) -> None:
    """One is settled, one cannot be: both say so, the settled one is pushed, and words are heard."""
    issue = built(github, bot)
    mona, pull = github.person("mona"), pull_of(issue)
    bot.services.tickets.change_ticket(bot.ticket.key, lambda one: one.move_to(Stage.REVIEW))
    words = [("bank.py", 1, "Reject what is below one."), ("bank.py", 2, "Make it a class.")]
    pull.review("comment", by=mona, threads=words)
    ticket = bot.advance()
    assert (ticket.stage, ticket.remote.head) == (Stage.CI, pull.head_sha), status(issue)
    settled, open_ = pull.threads
    assert f"Changed `bank.py` (lines 2 to 3), in {pull.head_sha}" in settled.comments[-1].body
    assert "I could not do this" in open_.comments[-1].body
    assert issue.repo.git.read(pull.head_sha, "bank.py") == KIND.encode()
    assert f"`thread-{open_.comments[0].id}`) | blocked |" in status(issue)

    bot.services.tickets.change_ticket(bot.ticket.key, lambda one: one.move_to(Stage.REVIEW))
    assert bot.advance().stage is Stage.REVIEW
    assert [len(one.comments) for one in (settled, open_)] == [2, 2]
    open_.reply("Then reject what is below one.", by=mona)
    bot.advance()
    assert len(open_.comments) == 4, status(issue)


def test_what_looks_like_a_secret_in_a_log_blocks_nothing_and_goes_nowhere(
    github: GitHub, bot: Inside
) -> None:
    issue = built(github, bot)
    pull = pull_of(issue)
    before = pull.head_sha
    github.ci(before, "red", log=f"FAIL token {TOKEN} in bank.py:2\n")
    bot.advance()  # its log is not there yet
    assert bot.advance().stage is Stage.CI, status(issue)
    assert pull.head_sha != before
    assert TOKEN not in issue.repo.git.git("log", "-p", "--all")
    assert TOKEN not in status(issue)


@pytest.mark.parametrize(
    ("words", "stage"), [("/cancel", Stage.CANCELLED), ("/pause", Stage.BUILDING)]
)
def test_a_command_heard_just_before_the_build_has_its_process_stops_it(
    github: GitHub, bot: Inside, monkeypatch: pytest.MonkeyPatch, words: str, stage: Stage
) -> None:
    """The ticket was read without it already, and there is nothing yet that could be ended."""
    issue = bank(github)
    github.ci_on("octocat/bank")
    mona = github.person("mona")
    issue.label("bricklayer", by=mona)
    build_request = Services.build_request

    def hear_first(services: Services, ticket: Ticket, only: str = "") -> RunRequest:
        issue.comment(words, by=mona)
        return build_request(services, ticket, only)

    monkeypatch.setattr(Services, "build_request", hear_first)
    ticket = bot.advance()
    assert (ticket.stage, ticket.paused) == (stage, words == "/pause"), status(issue)
    assert not ticket.progress.tasks

    monkeypatch.undo()
    issue.comment("/retry" if words == "/cancel" else "/resume", by=mona)
    assert bot.advance().stage is Stage.CI, status(issue)


def test_an_edit_of_what_is_planned_already_is_answered_once(github: GitHub, bot: Inside) -> None:
    issue = built(github, bot)
    issue.edit(issue.author, body="bank.py: it must add.")
    assert "still follows the earlier text" in bot.advance().reply
    issue.comment("/status", by=github.person("mona"))
    assert "this is the current state" in bot.advance().reply
