"""Killed at any boundary of the planner's conversation, no answered call is made again."""

from collections.abc import Callable
from pathlib import Path

import pytest
from support.machine import FILES, PLAN, said
from support.planted import plant

from bot.config.machine import Settings, parse_settings
from bot.ledger import AttemptOutcome
from bot.plan.issue import Issue
from bot.spending import Payer
from bot.storage.calls import open_call_store
from runners.planning import plan_issue
from runners.planning.plan_issue import PlannedIssue, write_plan
from runners.progress import ProgressEvent

ISSUE = Issue("octocat/bank#1", "Withdraw adds", "It must subtract.")
BROKEN = PLAN.replace("checks: [test]", "checks: [tests]")
SCRIPT = said("NEED: bank.py") + said(BROKEN) + said(PLAN)
OUTCOMES = [AttemptOutcome.LOOKED_UP, AttemptOutcome.PLAN_REFUSED, AttemptOutcome.PASSED]
CALLS = len(OUTCOMES)
TICKET = Payer("7#1", "7", 42, asking="1.0 0")


class KilledError(BaseException):
    """Nothing of the process goes on after it."""


def machine(room: Path, name: str) -> Settings:
    """With a state folder of its own and the one database."""
    script = room / "planner.md"
    script.write_text(SCRIPT)
    text = f'state_dir = "{room / name}"\ndatabase_url = "sqlite:///{room / "shared.sqlite"}"\n'
    return parse_settings(f'{text}[tiers.planner]\nmodels = ["script:{script}"]\n')


def plan(room: Path, name: str, payer: Payer | None) -> PlannedIssue:
    folder = room / "repo.git"
    base = plant(folder, FILES).branch_head("main") if not folder.exists() else ""
    return write_plan(
        ISSUE, folder, machine(room, name), lambda _: None, at=base or "main", payer=payer
    )


def count_calls(room: Path) -> int:
    store = open_call_store(f"sqlite:///{room / 'shared.sqlite'}")
    with store.engine.connect() as db:
        return int(db.exec_driver_sql("select count(*) from bricklayer_calls").scalar_one())


@pytest.mark.parametrize("payer", [None, TICKET], ids=["command line", "ticket"])
@pytest.mark.parametrize("after", range(1, CALLS + 1))
@pytest.mark.slow
def test_the_next_process_goes_on_after_the_last_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, after: int, payer: Payer | None
) -> None:
    """On this machine or another, also where it was killed again and again."""
    report_last_call: Callable[..., None] = plan_issue.report_last_call
    heard: list[ProgressEvent] = []

    def die(*args: object) -> None:
        report_last_call(*args)
        heard.append(ProgressEvent("job", ""))
        if len(heard) % after == 0:
            raise KilledError

    with monkeypatch.context() as patch:
        patch.setattr(plan_issue, "report_last_call", die)
        for turn in range(2):
            with pytest.raises(KilledError):
                plan(tmp_path, f"machine-{turn}", payer)
    assert count_calls(tmp_path) == after
    found = plan(tmp_path, "third", payer)
    assert "withdraw() must subtract" in found.plan
    assert [row.outcome for row in found.rows] == OUTCOMES
    assert count_calls(tmp_path) == CALLS


def test_on_the_command_line_the_next_plan_is_another(tmp_path: Path) -> None:
    """Who asks again after the end wants to hear something else; a ticket's work has a name."""
    plan(tmp_path, "one", None)
    plan(tmp_path, "one", None)
    assert count_calls(tmp_path) == 2 * CALLS
