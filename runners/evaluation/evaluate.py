"""All replays that are asked for but those that are kept; what each came to is kept at once.

Killed at any line and started again, it goes on: what is kept is not done again, and what was under
way goes on where it was.
"""

import queue
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from bot.evaluation import ReplayResult
from runners.evaluation.contenders import Contender, list_hosted_kinds
from runners.evaluation.own_place import OwnPlace
from runners.evaluation.replay import Replay, Unmeasured, drop_branches, run_replay, tidy
from runners.evaluation.replay_client import ReplayProcess
from runners.evaluation.replay_task import ReplayTask

if TYPE_CHECKING:
    from bot.storage.replays import ReplayStore


@dataclass(frozen=True, slots=True)
class Outcome:
    """One replay that has just ended; `left` are still to be done."""

    replay: Replay
    end: ReplayResult | Unmeasured
    left: int


@dataclass(slots=True)
class Evaluation:
    """`results` are in the order of `replays`, whichever ended first."""

    replays: tuple[Replay, ...]
    kept: dict[str, ReplayResult] = field(default_factory=dict)
    unmeasured: list[Unmeasured] = field(default_factory=list)

    @property
    def results(self) -> tuple[ReplayResult, ...]:
        return tuple(
            # As its key says: an older release told less of it.
            replace(self.kept[each.key], configuration=each.contender.configuration)
            for each in self.replays
            if each.key in self.kept
        )

    @property
    def left(self) -> int:
        """Replays that were not done, as something ended all of it."""
        done = self.kept.keys() | {each.replay.key for each in self.unmeasured}
        return sum(replay.key not in done for replay in self.replays)

    @property
    def stopped_by(self) -> str:
        """Why it ended before all was done; empty where it did not."""
        return next((each.why for each in self.unmeasured if each.ends_all), "")


def list_replays(
    tasks: Iterable[ReplayTask], contenders: Sequence[Contender], runs: int
) -> tuple[Replay, ...]:
    """Run by run, so that one that is stopped has been through all tasks alike."""
    every = list(tasks)
    return tuple(
        Replay(task, contender, run)
        for run in range(runs)
        for task in every
        for contender in contenders
    )


def evaluate(  # what, where, how many at once, and who is told
    place: OwnPlace,
    store: "ReplayStore",
    replays: Sequence[Replay],
    *,
    at_once: int = 1,
    tell: Callable[[Outcome], None] = lambda _: None,
) -> Evaluation:
    """`tell` is called from several threads."""
    found = Evaluation(tuple(replays))
    found.kept.update(store.find([replay.key for replay in replays]))
    waiting: queue.SimpleQueue[Replay] = queue.SimpleQueue()
    for replay in replays:
        if replay.key not in found.kept:
            waiting.put(replay)
    work = _Work(place, store, found, waiting, tell)
    threads = [threading.Thread(target=work.run, args=(lane,)) for lane in range(max(at_once, 1))]
    for thread in threads:
        thread.start()
    try:
        for thread in threads:
            thread.join()
    except BaseException:
        work.stop()
        for thread in threads:
            thread.join()
        raise
    if work.error:
        raise work.error
    for repo in {replay.task.repo for replay in replays}:
        drop_branches(repo, found.kept)
    return found


@dataclass(slots=True)
class _Work:
    """What the threads share. Each of them is one lane, and lives as long as its process."""

    place: OwnPlace
    store: "ReplayStore"
    found: Evaluation
    waiting: "queue.SimpleQueue[Replay]"
    tell: Callable[[Outcome], None]
    error: BaseException | None = None
    _stopped: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _processes: list[ReplayProcess] = field(default_factory=list)

    def run(self, lane: int) -> None:
        kinds = list_hosted_kinds(replay.contender for replay in self.found.replays)
        log = self.place.folder / "logs" / f"{lane}.log"
        process = ReplayProcess(self.place.settings, log, kinds)
        with self._lock:
            self._processes.append(process)
        try:
            while not self._stopped.is_set():
                try:
                    replay = self.waiting.get_nowait()
                except queue.Empty:
                    return
                self._do(replay, lane, process)
        except BaseException as exc:  # noqa: BLE001  # raised on by the thread that waits for all
            self.error = self.error or exc
            self.stop()
        finally:
            process.close()

    def stop(self) -> None:
        """End what is under way: it goes on where it was the next time."""
        self._stopped.set()
        with self._lock:
            processes = list(self._processes)
        for process in processes:
            process.stop()

    def _do(self, replay: Replay, lane: int, process: ReplayProcess) -> None:
        end = run_replay(self.place, replay, lane, process)
        if isinstance(end, ReplayResult):
            self.store.keep(replay.key, end)
            # What is kept holds, also where somebody else was quicker.
            end = self.store.find([replay.key]).get(replay.key, end)
            tidy(self.place, replay)
        with self._lock:
            if isinstance(end, ReplayResult):
                self.found.kept[replay.key] = end
            elif not (self._stopped.is_set() and end.ends_all):
                self.found.unmeasured.append(end)
        self.tell(Outcome(replay, end, self.waiting.qsize()))
        if isinstance(end, Unmeasured) and end.ends_all:
            self.stop()
