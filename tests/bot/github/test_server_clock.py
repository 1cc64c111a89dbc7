"""GitHub's times are compared with GitHub's clock, however wrong this machine's is."""

import time

import pytest
from fake_github.world import GitHub

from bot.config.github_access import GitHubSettings
from bot.github.account import Account
from bot.github.errors import RateLimitedError
from bot.github.server_clock import ServerClock, read_date

SKEWS = (-600.0, 0.0, 600.0, 86400.0)


@pytest.fixture(params=SKEWS)
def account(request: pytest.FixtureRequest, settings: GitHubSettings) -> Account:
    skew = float(request.param)
    return Account(settings, {}, clock=lambda: time.time() + skew, sleep=lambda _: None)


def test_an_app_with_a_wrong_clock_is_let_in(github: GitHub, account: Account) -> None:
    """GitHub refuses a signature from the future or the past: it is made by GitHub's clock."""
    assert account.own_account().login.endswith("[bot]")
    assert abs(account.server_time() - github.clock.seconds()) < 3


def test_a_token_is_kept_for_its_hour_and_no_longer(github: GitHub, account: Account) -> None:
    repository = account.open_repository("octocat/bank")
    repository.read_location()
    repository.read_location()
    issued = len(github.app().installations[0].tokens)
    repository.read_location()
    assert len(github.app().installations[0].tokens) == issued


def test_a_used_up_limit_is_waited_for_by_this_machines_clock(
    github: GitHub, settings: GitHubSettings
) -> None:
    for skew in SKEWS:
        clock = lambda skew=skew: time.time() + skew  # noqa: E731
        account = Account(settings, {}, clock=clock, sleep=lambda _: None)
        account.open_repository("octocat/bank").read_location()
        github.gate.exhaust(1800)
        with pytest.raises(RateLimitedError) as told:
            account.open_repository("octocat/bank").read_location()
        assert 1700 < told.value.until - clock() < 1900
        github.gate.exhaust(-1)


def test_a_date_that_is_none_changes_nothing() -> None:
    clock = ServerClock(lambda: 100.0)
    for text in ("", "yesterday", "Tue, 99 Foo 2026 00:00:00 GMT"):
        clock.note_answer({"date": text})
    assert (clock.now(), clock.offset) == (100.0, 0.0)
    clock.note_answer({"date": "Thu, 01 Jan 1970 00:10:00 GMT"})
    assert (clock.now(), clock.to_local(600.0)) == (600.0, 100.0)
    assert read_date({"date": "Thu, 01 Jan 1970 00:10:00 GMT"}) == 600.0
