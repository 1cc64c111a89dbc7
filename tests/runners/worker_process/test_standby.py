"""A process that was begun ahead does the work of one that was not, once, and dies unneeded."""

import json
import os
import subprocess
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path

import psutil
import pytest

from bot.config.machine import Settings, parse_settings
from bot.plan.issue import read_issue
from runners.build.load_plan import RunRequest
from runners.progress import ProgressEvent
from runners.worker_process import standby as module
from runners.worker_process.client import WorkerProcess
from runners.worker_process.main import WorkRequest
from runners.worker_process.standby import StandbyWorker, StartedWorker


@pytest.fixture
def told(tmp_path: Path) -> Settings:
    script = tmp_path / "planner.md"
    script.write_text("## reply: plan\n\nANSWER: It adds.\n")
    lines = (f'state_dir = "{tmp_path / "state"}"', "[tiers.planner]")
    return parse_settings("\n".join((*lines, f'models = ["script:{script}"]')))


@pytest.fixture
def spare(told: Settings) -> Iterator[StandbyWorker]:
    made = StandbyWorker(told)
    yield made
    made.close()


@pytest.fixture
def work(told: Settings, tmp_path: Path) -> WorkRequest:
    repo = tmp_path / "repo"
    git = ("git", "-C", str(repo))
    subprocess.run(["git", "init", "-q", repo], check=True)
    (repo / ".bricklayer.toml").write_text('[checks.test]\nrun = "true"\n')
    subprocess.run([*git, "add", "-A"], check=True)
    subprocess.run([*git, "commit", "-qm", "Begin"], check=True)
    issue = read_issue(b"# What does it do?\n\nIt adds, does it not?\n", where="#1")
    return WorkRequest(told, RunRequest("", repo), issue)


@pytest.mark.slow
@pytest.mark.real_start
def test_what_was_begun_ahead_plans_as_what_was_not(
    spare: StandbyWorker, work: WorkRequest, tmp_path: Path
) -> None:
    spare.prepare()
    begun = spare.take()
    assert begun is not None
    ahead = WorkerProcess(work, lambda _: None, tmp_path / "ahead.log", begun).run_work()
    later = WorkerProcess(work, lambda _: None, tmp_path / "later.log").run_work()
    assert "It adds." in ahead.answer
    assert (ahead.answer, ahead.passed, ahead.why) == (later.answer, later.passed, later.why)
    assert begun.process.poll() == 0


def test_a_parent_that_cannot_hear_it_any_more_ends_it(work: WorkRequest, tmp_path: Path) -> None:
    """Else it would go on beside the process that takes the work up next."""
    told = json.dumps({"told": asdict(ProgressEvent("step", "runs"))})
    pipe, end = os.pipe()
    argv = ["sh", "-c", 'echo "$1"; exec sleep 600', "sh", told]
    process = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=end)
    os.close(end)

    def fail(_event: ProgressEvent) -> None:
        raise RuntimeError("as it was told")

    with pytest.raises(RuntimeError, match="as it was told"):
        WorkerProcess(work, fail, tmp_path / "log", StartedWorker(process, pipe)).run_work()
    assert not psutil.pid_exists(process.pid)


@pytest.mark.slow
def test_a_database_that_cannot_be_opened_is_no_failed_try(
    work: WorkRequest, tmp_path: Path
) -> None:
    url = "postgresql://nobody@127.0.0.1:1/none"
    away = replace(work, settings=work.settings.model_copy(update={"database_url": url}))
    result = WorkerProcess(away, lambda _: None, tmp_path / "log").run_work()
    assert (result.machine_fault, result.passed, result.is_system_error) == (True, False, False)
    assert "cannot be reached" in result.why


@pytest.mark.slow
def test_two_are_kept_so_that_a_plan_right_after_another_waits_for_no_imports(
    spare: StandbyWorker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are started one after the other, and where none is left the next at once."""
    spare.prepare()
    spare.prepare()
    assert len(spare._ready) == 1, "the first seconds are the first one's"  # noqa: SLF001
    monkeypatch.setattr(module, "PAUSE_SECONDS", 0.0)
    spare._not_before = 0.0  # noqa: SLF001
    for _ in range(3):
        spare.prepare()
    assert len(spare._ready) == module.READY_WORKERS  # noqa: SLF001
    monkeypatch.setattr(module, "PAUSE_SECONDS", 60.0)
    begun, second = spare.take(), spare.take()
    assert begun is not None
    spare.prepare()
    assert len(spare._ready) == 1  # noqa: SLF001
    assert second is not None
    assert second.process.pid != begun.process.pid
    for one in (begun, second):
        assert one.process.stdin
        one.process.stdin.close()
        assert one.process.wait(60) == 0, "no work came: it ends by itself"


@pytest.mark.slow
def test_one_that_died_is_not_taken_and_no_other_is_made(spare: StandbyWorker) -> None:
    spare.prepare()
    first = spare.take()
    assert first is not None
    first.process.kill()
    first.process.wait(30)
    dead = StandbyWorker(parse_settings('[tiers.planner]\nmodels = ["script:/nowhere.md"]\n'))
    dead._ready = [first]  # noqa: SLF001
    assert dead.take() is None
    dead._not_before = 0.0  # noqa: SLF001
    dead.prepare()
    dead.prepare()
    assert dead.take() is None


def test_without_a_planner_none_is_kept() -> None:
    spare = StandbyWorker(Settings())
    spare.prepare()
    assert spare.take() is None


@pytest.mark.slow
def test_closing_ends_it(told: Settings) -> None:
    spare = StandbyWorker(told)
    spare.prepare()
    (begun,) = spare._ready  # noqa: SLF001
    assert begun is not None
    spare.close()
    assert begun.process.poll() is not None
