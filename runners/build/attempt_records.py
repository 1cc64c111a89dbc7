"""The records of attempts at a task: which it is, and what became of it.

What steps return is recorded as JSON (`runners.build.step_records`): a new field needs a default,
so that what an older version recorded can be read.
"""

from dataclasses import dataclass, replace
from typing import Literal

from bot.failures import Failure
from bot.ledger import AttemptOutcome, LedgerRow
from runners.build.turn_work import AskedTurn, TurnWork
from runners.tool_use.turns import TurnEnd

TierName = Literal["manifest", "local", "senior"]
Spans = tuple[tuple[int, int], ...]
"""Sections of a file, as its first and last lines from 1."""
SILENT = frozenset({AttemptOutcome.NO_ANSWER, AttemptOutcome.SERVER_DOWN})
"""A tier that ended so would say no more to another attempt."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """`number` counts all of a task's attempts from 1; `nth` counts those of its tier from 0.

    `round`, `candidate` and `candidates` are those of its row (`bot.ledger.LedgerRow`). `strategy`
    is the name of the one that was chosen for it; empty where `nth` decides.
    """

    number: int
    tier: TierName
    nth: int
    round: int = 0
    candidate: int = 0
    candidates: int = 0
    strategy: str = ""

    @property
    def counted_round(self) -> int:
        """Its round by which limits count."""
        return self.round or self.number


@dataclass(frozen=True, slots=True)
class AttemptResult:
    """What became of an attempt. `tree` is empty where nothing could be applied.

    `outcome` is an AttemptOutcome or the name of a stall. `digest` is how the check failed, empty
    where none ran, `failures` are the same by test; `reply_fault` says why nothing could be made of
    the reply. The next attempt is told all three. `failure_key` is equal for equal failures,
    `failing` how many tests failed. `struck`: why no further attempt is made at the task, as too
    many have failed at its file or check.
    """

    outcome: str
    why: str = ""
    digest: str = ""
    failures: tuple[Failure, ...] = ()
    reply_fault: str = ""
    failure_key: str = ""
    failing: int | None = None
    tree: str = ""
    files: tuple[str, ...] = ()
    stalls: tuple[str, ...] = ()
    struck: str = ""

    @property
    def passed(self) -> bool:
        return self.outcome == AttemptOutcome.PASSED


@dataclass(frozen=True, slots=True)
class AttemptRecord:
    """An attempt and what came of it. `prompt` and `reply` are empty for the manifest.

    `start_tree` is the tree the reply was applied to, `draft_tree` that of an earlier attempt whose
    file the prompt showed in its place; `cut_reason` is the stall the reply was cut off for, and
    `cut_at` how many tokens it had when it reached its limit. `thoughts` are (title, text).
    `end_unknown`: the server did not say how the reply ended. `learnt_reply`: it answered only when
    asked not to think, within so many tokens; 0 where it answered at once.
    `spans` are the sections of the file in `start_tree` that were shown; none where it was shown
    whole. `prompt_parts` are the prompt's parts in order: name, why it is there, characters.
    `executor` names who did the task itself, in the place of a reply that holds edits: `made_tree`
    is what it left of `start_tree`, `made_files` are its paths, `notes` what else is to be told.
    `work`: of an attempt in turns, what it did so far; `reply` is empty then.
    """

    attempt: Attempt
    result: AttemptResult
    row: LedgerRow
    start_tree: str
    prompt: str = ""
    reply: str = ""
    cut_reason: str = ""
    draft_tree: str = ""
    spans: Spans = ()
    cut_at: int = 0
    thoughts: tuple[tuple[str, str], ...] = ()
    end_unknown: bool = False
    learnt_reply: int = 0
    prompt_parts: tuple[tuple[str, str, int], ...] = ()
    executor: str = ""
    made_tree: str = ""
    made_files: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    work: TurnWork | None = None

    def with_result(self, result: AttemptResult) -> "AttemptRecord":
        """The same once it was judged; the ledger's row tells of it too."""
        return replace(self, result=result, row=replace(self.row, outcome=result.outcome))

    def with_turn(self, done: TurnEnd) -> "AttemptRecord":
        """The same once what the last reply asked for is done.

        Where the model gave no reply and nothing was made before, that is how the attempt ended.
        """
        if self.work is None:
            return self
        work = self.work.with_turn(done)
        silent = work.reply and work.reply.fault and done.tree == self.start_tree
        record = replace(self, work=work)
        if not silent or work.reply is None:
            return record
        return record.with_result(AttemptResult(work.reply.outcome, work.reply.fault))

    def with_reply(self, asked: AskedTurn) -> "AttemptRecord":
        """The same with the next reply, of which nothing is done yet."""
        work = replace(self.work, reply=asked.reply) if self.work else None
        return replace(self, work=work, row=asked.row)

    def with_answer(self, text: str) -> "AttemptRecord":
        """A query's, which passed where it was told something."""
        outcome = AttemptOutcome.PASSED if text else self.result.outcome
        return self.with_result(replace(self.result, outcome=outcome))
