"""The planner may put one question to people: it is posted once, waited for, and answered."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fake_github.issues import Issue
from fake_github.world import GitHub
from support.in_process import Inside, inside
from support.machine import MODELS, PLAN, bank, headline

from bot.ticket.stages import Stage
from runners.tickets.services import Services
from runners.worker_process.main import WorkRequest, WorkResult

ASKED = "Which rounding is wanted, @everybody?"


@pytest.fixture
def bot(github: GitHub, tmp_path: Path) -> Iterator[Inside]:
    with inside(tmp_path, github, models=MODELS) as made:
        yield made


@pytest.fixture
def works(monkeypatch: pytest.MonkeyPatch) -> list[WorkRequest]:
    """What the planner was asked for: it asks back where it may, and plans where it may not."""
    seen: list[WorkRequest] = []

    def plan(_services: Services, _ticket: object, work: WorkRequest, _report: Callable[..., Any]):  # type: ignore[no-untyped-def]  # noqa: ANN202
        seen.append(work)
        if work.issue and work.issue.may_ask:
            return WorkResult(passed=True, question=ASKED)
        return WorkResult(passed=False, why="no more is needed here", text=PLAN)

    monkeypatch.setattr(Services, "run_work", plan)
    return seen


def asked(issue: Issue) -> list[str]:
    return [one.body for one in issue.comments if "needs to know one thing" in one.body]


@pytest.mark.parametrize("hears", [True, False], ids=["webhook", "sweep"])
def test_a_question_is_posted_once_and_a_writers_answer_reaches_the_planner(
    github: GitHub, bot: Inside, works: list[WorkRequest], hears: bool
) -> None:
    issue = bank(github)
    early = issue.comment("It rounds, of course.", by=github.person("mona"))
    issue.label("bricklayer", by=github.person("mona"))
    for _ in range(3):
        bot.advance()
    assert headline(issue) == "the planner has a question"
    [text] = asked(issue)
    assert text.startswith("@mona, ")
    assert "@everybody" not in text
    bot.sweep()
    early.edit("It rounds.", by=github.person("mona"))
    bot.sweep()
    assert bot.ticket.question_open
    if not hears:
        github.hook(lambda *_: 202, "nobody-hears-it")
    issue.comment("I would say up.", by=github.person("stranger"))
    bot.sweep()
    assert bot.ticket.question_open
    issue.comment("Half to even.", by=github.person("mona"))
    bot.sweep()
    bot.advance()
    assert len(works) == 2
    assert works[1].issue
    assert not works[1].issue.may_ask
    assert "Half to even." in works[1].issue.background
    assert "Which rounding is wanted" in works[1].issue.background
    assert len(asked(issue)) == 1


def test_a_lost_database_neither_asks_again_nor_forgets_that_it_waits(
    github: GitHub, bot: Inside, works: list[WorkRequest], tmp_path: Path
) -> None:
    issue = bank(github)
    issue.label("bricklayer", by=github.person("mona"))
    bot.advance()
    room = tmp_path / "other"
    room.mkdir()
    with inside(room, github, models=MODELS) as other:
        other.sweep()
        assert other.ticket.question_open
        other.advance()
        assert len(works) == 1
        issue.comment("/cancel", by=github.person("mona"))
        assert other.ticket.stage is Stage.CANCELLED
