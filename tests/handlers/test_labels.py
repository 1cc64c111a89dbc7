"""Labels in another place or at another time than those that start jobs are answered."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fake_github.issues import Issue
from fake_github.world import GitHub
from support.in_process import Inside, inside, placed
from support.machine import MODELS

from bot.ticket.stages import Stage

# Whole jobs: CI and `make test-rest` run them.
pytestmark = pytest.mark.slow


@pytest.fixture
def bot(github: GitHub, tmp_path: Path) -> Iterator[Inside]:
    with inside(tmp_path, github, models=MODELS) as made:
        yield made


def stand(github: GitHub, bot: Inside, *, hears: bool) -> Issue:
    issue = placed(github, bot, Stage.REVIEW)
    bot.advance()
    bot.sweep()
    if not hears:
        github.hook(lambda *_: 202, "nobody-hears-it")
    return issue


@pytest.mark.parametrize("hears", [True, False], ids=["webhook", "sweep"])
def test_a_label_that_chooses_a_model_counts_while_the_job_goes_on(
    github: GitHub, bot: Inside, hears: bool
) -> None:
    """As `/tier`, once, by who may write; one that nobody knows is answered."""
    issue = stand(github, bot, hears=hears)
    issue.label("Bricklayer:local=local.md", by=github.person("mona"))
    bot.sweep()
    assert (bot.ticket.choices or {})["local"] == "local.md"
    issue.label("bricklayer:locl=big", by=github.person("mona"))
    bot.sweep()
    assert "I do not know the label `bricklayer:locl=big`" in bot.ticket.reply
    issue.label("bricklayer:senior=x", by=github.person("tim", permission="triage"))
    bot.sweep()
    assert "senior" not in (bot.ticket.choices or {})


@pytest.mark.parametrize("hears", [True, False], ids=["webhook", "sweep"])
def test_the_label_on_a_pull_request_is_answered_once(
    github: GitHub, bot: Inside, hears: bool
) -> None:
    issue = stand(github, bot, hears=hears)
    mona = github.person("mona")
    issue.repo.push("work", {"a.py": "1\n"}, by=mona)
    pull = issue.repo.open_pull("work", "main", "Mine", mona)
    pull.label("bricklayer", by=mona)
    for _ in range(2):
        bot.sweep()
    assert [
        one.body.startswith("The label `bricklayer` starts nothing") for one in pull.comments
    ] == [True]
