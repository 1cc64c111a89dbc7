"""Candidates of one round while they are made side by side: who waits for whom, and who is stopped.

The first that passes, in the order of the round, wins: one that comes later in it cannot win any
more, whichever was faster. So what is committed depends on no clock.
"""

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from runners.build.attempt_records import Attempt, AttemptRecord
from runners.build.task_run import TaskRun
from runners.cancellation import Cancellation


@dataclass(slots=True)
class CandidateRound:
    """Safe for many threads. Candidates are told by their number, from 1.

    What is noted here is in the records of their steps as well: a run that goes on notes it again.
    """

    run: TaskRun
    attempts: tuple[Attempt, ...]
    _changed: threading.Condition = field(default_factory=threading.Condition)
    _reserved: set[int] = field(default_factory=set)
    _trees: dict[int, str] = field(default_factory=dict)
    _passed: dict[int, bool] = field(default_factory=dict)
    _answered: set[int] = field(default_factory=set)

    def find_attempt(self, candidate: int) -> Attempt:
        return self.attempts[candidate - 1]

    def find_run(self, candidate: int) -> TaskRun:
        """The run as this candidate sees it: with a folder of its own for its checks."""
        return replace(self.run, lane=self.run.lane.open_slot(candidate))

    def note_reserved(self, candidate: int) -> None:
        self._note(lambda: self._reserved.add(candidate))

    def note_reply(self, candidate: int, tree: str, *, answered: bool) -> None:
        """What its reply made of the task's files, as a tree; empty for nothing."""

        def note() -> None:
            self._reserved.add(candidate)
            self._trees[candidate] = tree
            if answered:
                self._answered.add(candidate)

        self._note(note)

    def note_end(self, record: AttemptRecord) -> None:
        candidate, result = record.attempt.candidate, record.result

        def note() -> None:
            self._reserved.add(candidate)
            self._trees.setdefault(candidate, result.tree)
            self._passed[candidate] = result.passed
            if record.reply:
                self._answered.add(candidate)

        self._note(note)

    def wait_to_reserve(self, candidate: int) -> None:
        """Tokens are reserved in order.

        Else one could wait for those of another, which waits for its reply: see `wait_for_twin`.
        """
        self._wait(lambda: self._reserved.issuperset(range(1, candidate)))

    def wait_for_twin(self, candidate: int) -> int:
        """The first of those before it whose reply made the same; 0 for none.

        Waits for their replies: which of two equal ones is dropped depends on no clock.
        """
        self._wait(lambda: self._trees.keys() >= set(range(1, candidate)))
        tree = self._trees.get(candidate)
        same = (each for each in range(1, candidate) if tree and self._trees[each] == tree)
        return next(same, 0)

    def wait_for_loss(self, candidate: int) -> str:
        """Once those before it have ended, why it is not needed any more; empty where it is."""
        self._wait(
            lambda: bool(self._find_winner(candidate)) or self._have_ended(range(1, candidate))
        )
        return self.explain_loss(candidate)

    def explain_loss(self, candidate: int) -> str:
        winner = self._find_winner(candidate)
        return f"candidate {winner}, which goes before it, has passed" if winner else ""

    def explain_outage(self, candidate: int) -> str:
        """Why it can do without its server, which is down; empty where nobody else was answered."""
        others = self._answered - {candidate}
        return "its model did not answer, and that of the others did" if others else ""

    def explain_unanswered(self, candidate: int) -> str:
        """The same once it alone is waited for: those behind it wait for its reply."""
        behind = range(candidate + 1, len(self.attempts) + 1)
        done = self._have_ended(range(1, candidate)) and self._trees.keys() >= set(behind)
        return self.explain_outage(candidate) if done else ""

    def find_cancellation(self, candidate: int) -> Cancellation:
        return Cancellation(
            lambda: self.explain_loss(candidate), lambda: self.explain_unanswered(candidate)
        )

    def _find_winner(self, candidate: int) -> int:
        """The first of those before it that has passed; 0 for none."""
        return next((each for each in range(1, candidate) if self._passed.get(each)), 0)

    def _have_ended(self, candidates: Iterable[int]) -> bool:
        return self._passed.keys() >= set(candidates)

    def _note(self, note: Callable[[], object]) -> None:
        with self._changed:
            note()
            self._changed.notify_all()

    def _wait(self, until: Callable[[], bool]) -> None:
        with self._changed:
            self._changed.wait_for(until)
