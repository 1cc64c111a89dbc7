"""What is under way and may take long: setup, a check, a model that is loaded, asked or awaited.

It is told as progress once it has taken a second, and again in each half minute of silence. Another
process sees it in a file of the job's folder: `runners.activity_file`.
"""

import itertools
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from bot.models.token_estimate import tokens_of_weight, weigh_text
from runners.activity_file import write_activities
from runners.activity_words import describe_activity, describe_begin, describe_end
from runners.progress import Activity, ActivityKind, ProgressEvent, Report

TOLD_AFTER_SECONDS = 1.0
SILENCE_SECONDS = 30.0
"""Without any event, after which what goes on is told once more."""
TICK_SECONDS = 0.25
MAX_TAIL_CHARS = 4000
"""Of a reply or an output, from its end, that is kept to be shown."""
Phase = Literal["begin", "still", "end"]
OnLine = Callable[[Activity, str], None]
"""Given each line that a command printed."""


@dataclass(slots=True)
class Running:
    """The handle of one that is under way: told what came, by one thread. `now` is the clock."""

    state: Activity
    now: Callable[[], float]
    on_line: OnLine | None = None
    told: bool = False
    good: bool | None = None
    ended: str = ""
    _weight: int = 0
    _seen: tuple[int, int] = (0, 0)
    _half: bytes = b""

    def hear_reply(self, text: str, _events: object = (), thought: str = "", /) -> str:
        """A `Watch` that cuts nothing off: what came of a reply so far."""
        fresh = (text[self._seen[0] :], thought[self._seen[1] :])
        self._seen = len(text), len(thought)
        if not any(fresh):
            return ""
        self._weight += sum(map(weigh_text, fresh))
        now, shown = self.now(), text or thought
        self.state = replace(
            self.state,
            heard=now,
            first=self.state.first or now,
            tokens=tokens_of_weight(self._weight),
            thinking=not text,
            tail=shown[-MAX_TAIL_CHARS:],
        )
        return ""

    def hear_output(self, data: bytes) -> None:
        """What a command printed now."""
        tail = (self.state.tail + data[-MAX_TAIL_CHARS:].decode(errors="replace"))[-MAX_TAIL_CHARS:]
        self.state = replace(self.state, heard=self.now(), tail=tail)
        if self.on_line:
            *lines, self._half = (self._half[-MAX_TAIL_CHARS:] + data).split(b"\n")
            for line in lines:
                self.on_line(self.state, line.decode(errors="replace"))

    def note(self, text: str) -> None:
        """Why it takes longer; empty once that is over."""
        self.state = replace(self.state, note=text)

    def start_again(self) -> None:
        """A further try: nothing of it has come yet."""
        self._weight, self._seen = 0, (0, 0)
        self.ended = ""
        state = replace(self.state, tokens=0, first=0.0, thinking=False, tail="", note="")
        self.state = replace(state, heard=self.now())

    def end(self, text: str, *, good: bool | None = None) -> None:
        """How it ended, in place of the usual word."""
        self.ended, self.good = text, good


@dataclass(slots=True)
class Activities:
    """All that is under way in one process; safe from any thread.

    `lanes` are the names of all, `on_lanes` the task of each that has one. Events go to `report`;
    `told_at` is when the last one did.
    """

    lanes: tuple[str, ...] = ()
    told_after: float = TOLD_AFTER_SECONDS
    now: Callable[[], float] = time.time
    on_line: OnLine | None = None
    on_lanes: dict[str, str] = field(default_factory=dict)
    _running: dict[int, Running] = field(default_factory=dict)
    _numbers: Iterator[int] = field(default_factory=itertools.count)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _telling: threading.Lock = field(default_factory=threading.Lock)
    report: Report | None = None
    told_at: float = 0.0

    @contextmanager
    def begin(  # noqa: PLR0913  # what it is, and where it belongs
        self,
        kind: ActivityKind,
        text: str,
        *,
        lane: str = "",
        task: str = "",
        tier: str = "",
        model: str = "",
        attempt: int = 0,
    ) -> Iterator[Running]:
        """Under way for the block; an error in it is how it ended."""
        now = self.now()
        with self._lock:
            lane = lane or next((n for n, t in self.on_lanes.items() if task and t == task), "")
            task = task or self.on_lanes.get(lane, "")
            state = Activity(
                kind, text, now, lane=lane, task=task, tier=tier, model=model, attempt=attempt
            )
            running = Running(replace(state, heard=now), self.now, self.on_line)
            number = next(self._numbers)
            self._running[number] = running
        try:
            yield running
        except Exception:
            running.end("failed", good=False)
            raise
        finally:
            with self._lock:
                del self._running[number]
            self._tell_end(running)

    @contextmanager
    def on_lane(self, lane: str, task: str) -> Iterator[None]:
        """The lane works on the task for the block."""
        with self._lock:
            self.on_lanes[lane] = task
        try:
            yield
        finally:
            with self._lock:
                self.on_lanes.pop(lane, None)

    def list_running(self) -> tuple[Activity, ...]:
        """As they are now, the oldest first."""
        with self._lock:
            return tuple(each.state for each in self._running.values())

    def list_lanes(self) -> dict[str, str]:
        """Every lane, with its task; empty where it has none."""
        with self._lock:
            return {**dict.fromkeys(self.lanes, ""), **self.on_lanes}

    def watch(self, report: Report) -> Report:
        """The same report; what goes through it ends a silence."""

        def note_and_report(event: ProgressEvent) -> None:
            self.told_at = self.now()
            report(event)

        return note_and_report

    @contextmanager
    def told_to(
        self, report: Report, still: Report | None = None, folder: Path | None = None
    ) -> Iterator[None]:
        """For the block, what begins and ends is told to `report`, what goes on to `still`.

        With a `folder`, what is under way can be seen there by others.
        """
        self.report, self.told_at, over = report, self.now(), threading.Event()
        args = (still or report, folder, over)
        ticker = threading.Thread(target=self._tick, args=args, name="activities", daemon=True)
        ticker.start()
        try:
            yield
        finally:
            over.set()
            ticker.join()
            self.report = None
            if folder:
                write_activities(folder, (), {})

    def _tick(self, still: Report, folder: Path | None, over: threading.Event) -> None:
        shown: object = None
        while not over.wait(TICK_SECONDS):
            self.tell_begun()
            self.tell_silence(still)
            seen = self.list_running(), self.list_lanes()
            if folder and seen != shown:
                write_activities(folder, *seen)
                shown = seen

    def tell_begun(self) -> None:
        """Tell of each that has taken long enough by now."""
        with self._telling:
            with self._lock:
                due = [each for each in self._running.values() if self._is_due(each)]
            for each in due:
                each.told = True
                self._tell("begin", each.state, describe_begin(each.state), None)

    def _is_due(self, running: Running) -> bool:
        return not running.told and self.now() - running.state.began >= self.told_after

    def tell_silence(self, still: Report) -> None:
        running = self.list_running()
        if not running or self.now() - self.told_at < SILENCE_SECONDS:
            return
        self.told_at = self.now()
        for each in running:
            text = describe_activity(each, self.now())
            still(ProgressEvent("step", text, each.task, facts=_facts("still", each, self.now())))

    def _tell_end(self, running: Running) -> None:
        with self._telling:
            if not running.told:
                return
            state, taken = running.state, self.now() - running.state.began
            text = describe_end(state, running.ended, taken)
            self._tell("end", state, text, running.good)

    def _tell(self, phase: Phase, state: Activity, text: str, good: bool | None) -> None:
        if report := self.report:
            facts = _facts(phase, state, self.now())
            report(ProgressEvent("step", text, state.task, good, facts=facts))


def _facts(phase: Phase, state: Activity, now: float) -> Mapping[str, str | int | float]:
    told: dict[str, str | int | float] = {"step": phase, "kind": state.kind}
    told["seconds"] = round(max(0.0, now - state.began), 1)
    places = {"lane": state.lane, "tier": state.tier, "model": state.model}
    told |= {name: word for name, word in places.items() if word}
    return told | ({"tokens": state.tokens} if state.kind == "ask" else {})
