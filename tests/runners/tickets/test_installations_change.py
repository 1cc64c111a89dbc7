"""An App that is removed, suspended or installed anew: each installation costs only its own jobs."""

from collections.abc import Callable
from pathlib import Path

import pytest
from fake_github.apps import App, Installation
from fake_github.people import stamp
from fake_github.world import GitHub
from support.in_process import Inside, inside, placed

from bot.github.account import REPOS_FRESH_SECONDS
from bot.github.errors import AccountError
from bot.ticket.model import FOREVER
from bot.ticket.stages import Stage


class Clock:
    def __init__(self, github: GitHub) -> None:
        self.github, self.ahead = github, 0.0

    def __call__(self) -> float:
        return self.github.clock.seconds() + self.ahead


@pytest.fixture
def clock(github: GitHub) -> Clock:
    return Clock(github)


def start(github: GitHub, bot: Inside) -> None:
    placed(github, bot, Stage.APPROVAL)
    assert bot.advance().wake_at == FOREVER


def stop_webhooks(github: GitHub) -> None:
    github.hook(lambda _headers, _body: 503, "x" * 16)


def reinstall(app: App) -> Installation:
    app.uninstall(app.installations[0])
    return app.install("octocat")


@pytest.mark.slow
def test_a_job_goes_on_by_the_app_that_was_installed_anew(
    github: GitHub, tmp_path: Path, clock: Clock
) -> None:
    """The number in the ticket is only what was so; GitHub is asked which one it is now."""
    with inside(tmp_path, github, clock=clock, patient=False) as bot:
        start(github, bot)
        stop_webhooks(github)
        new = reinstall(github.app())
        ticket = bot.advance()
        assert (ticket.stage, ticket.outage, ticket.wake_at) == (Stage.APPROVAL, "", FOREVER)
        clock.ahead += REPOS_FRESH_SECONDS
        bot.sweep()
        assert bot.ticket.where.installation == new.id


@pytest.mark.slow
def test_a_job_sleeps_while_the_app_is_away_and_the_sweep_wakes_it(
    github: GitHub, tmp_path: Path, clock: Clock
) -> None:
    with inside(tmp_path, github, clock=clock, patient=False) as bot:
        start(github, bot)
        stop_webhooks(github)
        app = github.app()
        app.uninstall(app.installations[0])
        for _ in range(2):
            assert bot.advance().outage == "gone"
        new = app.install("octocat")
        clock.ahead += REPOS_FRESH_SECONDS
        bot.woken.clear()
        bot.sweep()
        assert bot.woken
        ticket = bot.advance()
        assert (ticket.outage, ticket.where.installation) == ("", new.id)


def suspend(installation: Installation) -> None:
    installation.suspended = stamp(installation.app.github.clock.seconds())


def remove(installation: Installation) -> None:
    installation.app.installations.remove(installation)
    installation.expire_tokens()


def lock_out(installation: Installation) -> None:
    """GitHub no longer takes its token, nor gives another one."""
    github, body = installation.app.github, {"message": "Bad credentials", "status": "401"}
    installation.expire_tokens()
    github.fail("POST", f"/app/installations/{installation.id}/", 401, times=99, body=body)


@pytest.mark.parametrize("refuse", [suspend, remove, lock_out])
@pytest.mark.slow
def test_one_installation_that_is_refused_does_not_stop_the_sweep_of_the_others(
    github: GitHub, tmp_path: Path, clock: Clock, refuse: Callable[[Installation], None]
) -> None:
    """Also while it is remembered as one of the App's."""
    with inside(tmp_path, github, hook=False, clock=clock, patient=False) as bot:
        github.person("octocat")
        app = github.app()
        github.repo("octocat/quiet")
        bot.sweep()
        github.repo("hubot/other", {"a.py": "a = 1\n"})
        mona = github.person("mona", permission="write")
        other = app.install("hubot")
        bot.services.account.forget_repos()
        bot.sweep()
        refuse(app.installations[0])
        github.issue("hubot/other", "A wish", "Do it.", by=mona).label("bricklayer", by=mona)
        clock.ahead += REPOS_FRESH_SECONDS
        bot.sweep()
        assert [one.where.installation for one in bot.tickets] == [other.id]


def test_where_no_installation_answers_it_is_told(
    github: GitHub, tmp_path: Path, clock: Clock
) -> None:
    with inside(tmp_path, github, hook=False, clock=clock, patient=False) as bot:
        github.repo("octocat/quiet")
        bot.sweep()
        suspend(github.app().installations[0])
        clock.ahead += REPOS_FRESH_SECONDS
        with pytest.raises(AccountError):
            bot.sweep()
