"""Questions that build nothing: each answered by itself, and paid for."""

from itertools import count
from pathlib import Path

import pytest
from support.unmetered import Unmetered

from bot.config.machine import Settings
from bot.config.tiers import TierSettings
from bot.errors import ModelOutageError
from bot.models.model import Prompt, Reply, Watch
from bot.models.scripted import ScriptModel
from runners.model_outages import ModelOutages
from runners.worker_process.questions import Question, ask_all


def settings(tmp_path: Path, script: str, **more: int) -> Settings:
    (tmp_path / "local.md").write_text(script)
    tier = TierSettings(models=(f"script:{tmp_path / 'local.md'}",), price_out=1.0, **more)  # type: ignore[arg-type]
    return Settings(tiers={"local": tier})


OUTAGES = ModelOutages(lambda _event: None, sleep=lambda _seconds: None, monotonic=count().__next__)


def test_a_model_that_is_down_has_not_answered(tmp_path: Path) -> None:
    """A review that nobody made must not be taken for one that found nothing."""
    given = settings(tmp_path, "## reply: one, fail 503\n" * 2, wait=0, retries=0)
    with pytest.raises(ModelOutageError):
        ask_all(given, [ask("one")], Unmetered(), OUTAGES)


def ask(name: str, user: str = "The file: a.py") -> Question:
    return Question(name, "local", "Answer in a sentence.", user)


def test_each_has_its_answer_and_its_row(tmp_path: Path) -> None:
    given = settings(tmp_path, "## reply: one\n\nFirst.\n\n## reply: two\n\nSecond.\n")
    answers, rows = ask_all(given, [ask("one"), ask("two")], Unmetered(), OUTAGES)
    assert [answer.strip() for answer in answers] == ["First.", "Second."]
    assert [(row.task, row.number, row.tier, row.outcome) for row in rows] == [
        ("one", 1, "local", "answered"),
        ("two", 2, "local", "answered"),
    ]
    assert all(row.tokens_out and row.cost for row in rows)


def test_one_that_nobody_answers_is_empty_and_costs_no_other_its_answer(tmp_path: Path) -> None:
    answers, rows = ask_all(
        settings(tmp_path, "## reply: two\n\nSecond.\n"),
        [ask("one"), ask("two")],
        Unmetered(),
        OUTAGES,
    )
    assert [answer.strip() for answer in answers] == ["", "Second."]
    assert [row.tokens_out > 0 for row in rows] == [False, True]


@pytest.mark.parametrize("size", [10, 100_000])
def test_what_is_too_long_for_the_window_is_cut_at_its_end(tmp_path: Path, size: int) -> None:
    """No call is larger than the window that is left beside the reply."""
    given = settings(tmp_path, "## reply: one\n\nFirst.\n", context=1024, answer=200)
    (answer,), (row,) = ask_all(given, [ask("one", "word " * size)], Unmetered(), OUTAGES)
    assert answer.strip() == "First."
    assert row.tokens_in <= 1024 - 200


@pytest.mark.parametrize(("size", "is_told"), [(10, False), (100_000, True)])
def test_a_model_is_told_how_much_of_a_question_it_does_not_see(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int, *, is_told: bool
) -> None:
    asked: list[str] = []

    def answer(_model: ScriptModel, prompt: Prompt, _watch: Watch) -> Reply:
        asked.append(prompt.user)
        return Reply("Said.", 1, 1, 0.1, "x")

    monkeypatch.setattr(ScriptModel, "ask", answer)
    given = settings(tmp_path, "## reply: one\n\nFirst.\n", context=1024, answer=200)
    ask_all(given, [ask("one", "word " * size)], Unmetered(), OUTAGES)
    assert asked[0].endswith(" more characters are not shown]") is is_told
