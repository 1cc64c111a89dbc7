"""What one reply asked for, whatever it says and whatever that does to our own code."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from bot.models.tool_calls import ToolCall
from bot.plan import Task
from runners.build.task_run import TaskRun
from runners.build.turn_tools import Workbench

CALL = ToolCall("read", '{"path": "bank.py"}')


@pytest.fixture
def kept() -> list[tuple[str, str]]:
    return []


@pytest.fixture
def bench(kept: list[tuple[str, str]]) -> Workbench:
    def keep(name: str, parts: list[tuple[str, str]]) -> Path:
        kept.extend(parts)
        return Path(name)

    context = SimpleNamespace(repo=None, keep_evidence=keep)
    run: Any = SimpleNamespace(context=context, task=Task("fix", file="bank.py"))
    return Workbench(cast(TaskRun, run), "a", "a", 8192, lambda tree, _: tree)


def fail_with(monkeypatch: pytest.MonkeyPatch, exc: Exception) -> None:
    def fail(*_: object) -> None:
        raise exc

    monkeypatch.setattr("runners.build.turn_tools.read_lines", fail)


def test_a_call_that_breaks_our_own_code_costs_one_call_and_is_kept(
    bench: Workbench, kept: list[tuple[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    fail_with(monkeypatch, ValueError("of ours"))
    bench.do_call(CALL)
    (result,) = bench.results
    assert result.failed
    assert "please report fix-call-fault" in result.told
    assert "of ours" not in result.text
    assert dict(kept)["call"] == 'read {"path": "bank.py"}'
    assert "ValueError: of ours" in dict(kept)["traceback"]


@pytest.mark.parametrize("fault", [MemoryError(), OSError(28, "No space left on device")])
def test_a_fault_of_the_machine_is_no_answer_to_a_model(
    bench: Workbench, monkeypatch: pytest.MonkeyPatch, fault: Exception
) -> None:
    fail_with(monkeypatch, fault)
    with pytest.raises(type(fault)):
        bench.do_call(CALL)
    assert not bench.results
