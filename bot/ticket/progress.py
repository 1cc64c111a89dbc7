"""What a job has built so far: its rounds, how their tasks ended, what they cost."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

from bot.ledger import LedgerRow
from bot.plan import hash_plan

RoundKind = Literal["plan", "ci", "rework", "merge", "conflict", "review"]
MERGE_KINDS: frozenset[RoundKind] = frozenset({"merge", "conflict"})
"""Rounds that merge the base in."""
SHORT_HASH_CHARS = 12
"""Of a hash that a person types or compares."""


@dataclass(frozen=True, slots=True)
class Round:
    """One build on the branch: `text` is its job.md, `base` the commit it starts from.

    `number` counts the rounds of one kind from 1. `senior`: only that tier attempts it.
    `threads` are the review comments, by id, that it settles. Of a `merge` the base is a merge
    commit that is to be checked, its tasks are done; a `conflict` has a task for each file. Of a
    `review` the base is a commit, not pushed, that has the red tests of a reviewer's findings.
    """

    kind: RoundKind
    text: str
    base: str
    number: int = 1
    senior: bool = False
    threads: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class EndedTask:
    """How one task ended, in which phase of its round, for the status table."""

    id: str
    state: str
    why: str = ""
    commit: str = ""
    phase: str = ""


@dataclass(frozen=True, slots=True)
class Progress:
    """What is being built: the round, how its tasks ended, and what all rounds have cost.

    `retry_task` is the only task to build next; empty for all that is left. `update_rounds` counts
    how often the base was merged in since a person last asked for anything, `retries` how often a
    person said `/retry`, `resumes` how often one had it go on at a cap or limit. `lost_tests`: why
    fewer tests are proven to pass than before, by all rounds that were built and not approved for
    it. `gate_notes` are what else the gate of the plan's own build told. `review_rounds` counts the
    rounds that began by what the reviewer tier found.
    """

    round: Round | None = None
    ci_rounds: int = 0
    rework_rounds: int = 0
    tasks: tuple[EndedTask, ...] = ()
    rows: tuple[LedgerRow, ...] = ()
    retry_task: str = ""
    update_rounds: int = 0
    retries: int = 0
    resumes: int = 0
    lost_tests: tuple[str, ...] = ()
    gate_notes: tuple[str, ...] = ()
    review_rounds: int = 0

    def with_tasks(self, ended: Iterable[EndedTask]) -> "Progress":
        """With how these ended: of each task the latest end is kept."""
        latest = {task.id: task for task in (*self.tasks, *ended)}
        return replace(self, tasks=tuple(latest.values()))

    @property
    def round_hash(self) -> str:
        return hash_plan(self.round.text)[:SHORT_HASH_CHARS] if self.round else ""
