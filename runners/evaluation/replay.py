"""One task done again by one contender: by the engine of `bricklayer run`, in its own process."""

import hashlib
import shutil
import time
from collections.abc import Container, Sequence
from dataclasses import dataclass, replace
from math import fsum
from pathlib import Path

from bot.config.machine import state_dir
from bot.evaluation import ReplayResult
from bot.git.references import delete_refs, list_refs
from bot.git.repo import Repo
from bot.ledger import AttemptOutcome, LedgerRow
from runners.build.load_plan import RunRequest, name_job
from runners.evaluation.contenders import Contender, narrow_settings
from runners.evaluation.own_place import OwnPlace
from runners.evaluation.replay_client import ReplayProcess
from runners.evaluation.replay_task import ReplayTask
from runners.worker_process.main import WorkRequest, WorkResult

_UNTOLD = frozenset(
    {
        AttemptOutcome.CHECK_CANNOT_RUN,
        AttemptOutcome.PLAN_FAULT,
        AttemptOutcome.NO_MODEL,
        AttemptOutcome.SERVER_DOWN,
        AttemptOutcome.BUG,
    }
)
"""How attempts end that say nothing about the model."""
_AIM = "replay"
BRANCHES = "refs/heads/replay/"


@dataclass(frozen=True, slots=True)
class Replay:
    """`run` counts runs of the same from 0."""

    task: ReplayTask
    contender: Contender
    run: int

    @property
    def key(self) -> str:
        """Of all that it depends on."""
        said = f"{self.task.digest}\0{self.contender.digest}\0{self.run}"
        return hashlib.sha256(said.encode()).hexdigest()[:24]


@dataclass(frozen=True, slots=True)
class Unmeasured:
    """A replay that says nothing about its contender, and why.

    `ends_all`: nor would the next one, until a person or time has mended that.
    """

    replay: Replay
    why: str
    ends_all: bool = False


def make_request(replay: Replay) -> RunRequest:
    task = replay.task
    is_local = replay.contender.configuration.tier == "local"
    other = "senior_attempts" if is_local else "local_attempts"
    limits = task.config.limits.model_copy(update={other: 0})
    return RunRequest(
        task.plan,
        task.repo,
        path=Path(f"{task.name}.md"),
        branch=f"replay/{replay.key}",
        base=task.base,
        rules=task.rules,
        aim=_AIM if task.is_foreign else "",
        config=task.config.model_copy(update={"limits": limits}),
        seed=replay.run,
    )


def run_replay(
    place: OwnPlace, replay: Replay, lane: int, process: ReplayProcess
) -> ReplayResult | Unmeasured:
    """To its end; one that was killed goes on where it was, with the replies that were paid for."""
    settings = narrow_settings(place.settings, replay.contender, lane)
    request = WorkRequest(settings, make_request(replay))
    work = process.run_work(request)
    if _had_ended(replay, work):
        # It was killed before the result was kept, and what it took is told no more.
        drop_branches(replay.task.repo, (replay.key,))
        work = process.run_work(request)
    return judge(replay, work)


def _had_ended(replay: Replay, work: WorkResult) -> bool:
    """Whether the task had passed before this run: nobody was asked for it in this one."""
    passed = any(each.id == replay.task.task and each.state == "passed" for each in work.tasks)
    tier = replay.contender.configuration.tier
    return passed and not any(row.number > 0 and row.tier == tier for row in work.rows)


def judge(replay: Replay, work: WorkResult) -> ReplayResult | Unmeasured:
    """What a run says about its contender; `work` has the rows of dropped runs as well."""
    if work.stopped or work.at_cap or work.models_down or work.disk_low or work.machine_fault:
        return Unmeasured(replay, work.why or "stopped", ends_all=True)
    task = replay.task
    ended = next((each for each in work.tasks if each.id == task.task), None)
    if work.is_system_error or ended is None:
        return Unmeasured(replay, work.why)
    rows = [row for row in work.rows if row.tier == replay.contender.configuration.tier]
    passed = ended.state == "passed"
    if not passed and all(row.outcome in _UNTOLD for row in rows):
        return Unmeasured(replay, ended.why or work.why)
    # Beside what is held back nothing is left that could be red at the end, but tests that the
    # task itself brings and that prove nothing: then it has not passed.
    passed = passed and (task.has_hidden or work.passed)
    return replace(
        _count(replay, rows),
        passed=passed,
        hidden_passed=passed and work.passed if task.has_hidden else None,
    )


def _count(replay: Replay, rows: Sequence[LedgerRow]) -> ReplayResult:
    task = replay.task
    return ReplayResult(
        task=task.name,
        kind=task.task_class.kind,
        size=task.task_class.size,
        language=task.task_class.language,
        configuration=replay.contender.configuration,
        run=replay.run,
        passed=False,
        attempts=sum(row.number > 0 for row in rows),
        tokens_in=sum(row.all_tokens_in for row in rows),
        tokens_out=sum(row.all_tokens_out for row in rows),
        seconds=fsum(row.seconds for row in rows),
        cost=fsum(row.cost for row in rows),
        at=time.time(),
    )


def find_evidence(place: OwnPlace, replay: Replay) -> Path:
    """The folder where a person reads what each attempt saw and said."""
    _, job = name_job(make_request(replay))
    return state_dir(place.settings) / "jobs" / job / "evidence"


def tidy(place: OwnPlace, replay: Replay) -> None:
    """Leave the evidence of a replay that was kept, and nothing else of its folder."""
    folder = find_evidence(place, replay).parent
    for path in folder.iterdir() if folder.is_dir() else ():
        if path.name != "evidence" and path.is_dir():
            shutil.rmtree(path, ignore_errors=True)


def drop_branches(repo: Path, kept: Container[str]) -> None:
    """Those of replays that are kept; of any other it goes on where it was."""
    copy = Repo(repo)
    delete_refs(
        copy, (ref for ref in list_refs(copy, BRANCHES) if ref.removeprefix(BRANCHES) in kept)
    )
