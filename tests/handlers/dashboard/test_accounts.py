"""Who may read what is asked of GitHub: once for many pages, and not for who has left."""

import threading
from collections.abc import Iterator

import pytest

from bot.github.errors import ForbiddenError, UnavailableError
from bot.github.sign_in import Reach, SignInApp
from handlers.dashboard import accounts as module
from handlers.dashboard.accounts import REACH_SECONDS, STALE_SECONDS, Accounts

APP = SignInApp("https://web", "https://api", "back", "id", "secret")


class Answers:
    """Of GitHub; `during` is called while it is asked."""

    def __init__(self) -> None:
        self.asked = 0
        self.error: Exception | None = None
        self.during = lambda: None

    def list_reach(self, _app: SignInApp, _token: str) -> Iterator[Reach]:
        self.asked += 1
        self.during()
        if self.error:
            raise self.error
        yield Reach("7", can_write=True)


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> Answers:
    made = Answers()
    monkeypatch.setattr(module, "list_reach", made.list_reach)
    return made


@pytest.fixture
def now() -> list[float]:
    return [1000.0]


@pytest.fixture
def accounts(answers: Answers, now: list[float]) -> Accounts:
    made = Accounts(APP, lambda: now[0])
    made.add("one", "token")
    assert answers.asked == 1
    return made


def test_who_signs_out_while_github_is_asked_stays_signed_out(
    accounts: Accounts, answers: Answers, now: list[float]
) -> None:
    now[0] += REACH_SECONDS
    answers.during = lambda: accounts.forget("one")
    assert accounts.find("one") is None
    assert accounts.find("one") is None
    assert accounts.find_fresh("one") is None


def test_many_pages_of_one_browser_ask_once(
    accounts: Accounts, answers: Answers, now: list[float]
) -> None:
    """The others show what was known."""
    now[0] += REACH_SECONDS
    found = []
    answers.during = lambda: found.append(accounts.find("one"))
    assert accounts.find("one")
    assert found[0] is not None
    assert answers.asked == 2


def test_who_was_away_for_long_waits_for_the_one_answer(
    accounts: Accounts, answers: Answers, now: list[float]
) -> None:
    now[0] += STALE_SECONDS
    begun, may_end = threading.Event(), threading.Event()

    def wait() -> None:
        begun.set()
        assert may_end.wait(30)

    answers.during = wait
    found: list[object] = []
    threads = [
        threading.Thread(target=lambda: found.append(accounts.find("one"))) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    assert begun.wait(30)
    may_end.set()
    for thread in threads:
        thread.join(30)
    assert all(found)
    assert len(found) == 4
    assert answers.asked == 2


def test_while_github_does_not_answer_it_is_asked_seldom(
    accounts: Accounts, answers: Answers, now: list[float]
) -> None:
    """Each page would wait for it."""
    answers.error = UnavailableError("down")
    now[0] += REACH_SECONDS
    for _ in range(5):
        assert accounts.find("one")
    assert answers.asked == 2
    now[0] += STALE_SECONDS
    assert accounts.find("one") is None


def test_a_token_that_no_longer_holds_signs_out(
    accounts: Accounts, answers: Answers, now: list[float]
) -> None:
    answers.error = ForbiddenError("ended")
    now[0] += REACH_SECONDS
    assert accounts.find("one") is None
    answers.error = None
    assert accounts.find("one") is None
