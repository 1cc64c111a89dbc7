"""What a server could not take is asked for again, but for what it refused, and with an end."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from fake_github.world import GitHub
from support.in_process import Inside, inside
from support.machine import bank

from bot.github.app_hook import HookDelivery
from bot.github.auth import parse_time
from handlers.redeliver import MAX_AT_ONCE, list_failed, redeliver_failed

AT = "2026-01-01T12:00:00Z"
NOW = parse_time(AT) + 60
TAKEN = HookDelivery("push", 202, "OK", AT, "taken", 1)
LOST = HookDelivery("issues", 0, "timed out", AT, "lost", 2)


@pytest.fixture
def bot(github: GitHub, tmp_path: Path) -> Iterator[Inside]:
    with inside(tmp_path, github, hook=False) as made:
        yield made


def test_what_no_attempt_got_through_with_is_asked_for_oldest_first() -> None:
    older = replace(LOST, guid="older", number=3, at="2026-01-01T11:00:00Z")
    again = replace(LOST, guid="twice", number=5, at="2026-01-01T11:30:00Z")
    first = replace(again, number=4, at="2026-01-01T11:29:00Z", code=503)
    found = list_failed([TAKEN, LOST, again, first, older], NOW)
    assert [one.number for one in found] == [3, 5, 2]


@pytest.mark.parametrize(
    "attempts",
    [
        [replace(LOST, number=9, code=202)],
        [replace(LOST, number=9), replace(LOST, number=10)],
        [replace(LOST, code=401)],
        [replace(LOST, at="2025-12-30T12:00:00Z")],
    ],
    ids=["came later", "three times", "refused", "long ago"],
)
def test_nothing_is_asked_for_without_end(attempts: list[HookDelivery]) -> None:
    found = list_failed([TAKEN, *([LOST] if attempts[0].number != 2 else []), *attempts], NOW)
    assert found == []


def test_a_server_that_github_never_reaches_asks_for_nothing() -> None:
    assert list_failed([LOST, replace(LOST, guid="b")], NOW) == []


def test_so_many_at_once_and_no_more() -> None:
    many = [replace(LOST, guid=f"g{n}", number=n + 10) for n in range(90)]
    assert len(list_failed([TAKEN, *many], NOW)) == MAX_AT_ONCE


def test_github_sends_it_again(github: GitHub, bot: Inside) -> None:
    """The first is answered, the second meets a database that is away, and comes again."""
    issue = bank(github)
    heard: list[str] = []
    answers = iter([202, 503, 202])

    def hear(headers: dict[str, str], _body: bytes) -> int:
        heard.append({name.lower(): value for name, value in headers.items()}["x-github-delivery"])
        return next(answers)

    github.hook(hear, "secret")
    github.hooks.url = "https://bot.example/webhook"
    for text in ("one", "two"):
        issue.comment(text, by=github.person("mona"))
        github.hooks.flush()
    known = {one.guid for one in github.hooks.deliveries if one.statuses}
    github.hooks.deliveries = [one for one in github.hooks.deliveries if one.guid in known]
    assert redeliver_failed(bot.services) == 1
    github.hooks.flush()
    assert heard[2:] == [heard[1]]
    assert redeliver_failed(bot.services) == 0
