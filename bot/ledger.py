"""The ledger's rows: one for each attempt, with what it took, how it ended, what it was shown."""

from dataclasses import dataclass, replace
from enum import StrEnum
from math import fsum

from bot.models.model import FailedModel
from bot.text.invisible import has_hidden

_MAX_VALUE_CHARACTERS = 200
NOTHING = "-"
"""What a trailer has for an empty value."""
NOTE = "note"
EXAMPLE = "example"
"""The kind of a coaching note, among the ingredients of a prompt."""


class AttemptOutcome(StrEnum):
    """How an attempt or a call ended. The values are what the ledger stores and people read.

    An attempt that a stall ended has the stall's name instead (`runners.stalls`).
    """

    PASSED = "passed"
    ASKED = "asked"  # and not judged yet
    CHECK_FAILED = "check failed"
    CHECK_CANNOT_RUN = "check could not run"
    EDIT_REFUSED = "edit refused"
    NO_BITE = "does not bite"
    PLAN_FAULT = "plan fault"
    TOO_LARGE = "task too large"
    NO_MODEL = "no model answered"
    NO_ANSWER = "no answer"
    SERVER_DOWN = "server down"
    CUT_OFF = "cut off"
    STOPPED = "stopped"
    DUPLICATE = "same as another candidate"
    BUG = "fault of bricklayer"
    PLAN_REFUSED = "refused"
    LOOKED_UP = "asked to see"
    ANSWERED = "answered"


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """One attempt. `number` counts a task's attempts from 1; `tier` is `manifest` for exact blocks.

    `tokens_cached` are those of `tokens_in` the server already had, `tokens_thought` those of
    `tokens_out` that were thought. `outcome` is `passed`, why it
    did not, or the stall it ended in. `cost` is in the currency of the tier's prices. `falls` are
    the models of the tier that were asked first and could not answer; what they spent is their own.
    `dropped` are the parts of the prompt that the window had no room for. `place` is where the
    model runs, as `bot.models.places` says; empty where nobody noted it. `kind` is the task's, as
    `bot.evaluation.task_kind` tells it, `notes` are the ids of the coaching notes that were shown,
    `ingredients` the names of what else was shown that a prompt may do without
    (`bot.prompts.ingredients`). `drawn` are the names of those, notes too, that might have been
    left out to measure them, and `left_out` of those that were.
    `turns` are the tokens in and out of each reply of an attempt in turns, which are sums of them.
    `round` is what the limits count: attempts that are made side by side are one; 0 where each
    attempt is one. Of `candidates` made side by side it is number `candidate`, from 1; 0 for one
    that was made alone. `strategy` is how it was asked for. `start` is why its
    tier began the task, where that followed from what was measured.
    """

    task: str
    number: int
    tier: str
    model: str
    tokens_in: int = 0
    tokens_out: int = 0
    tokens_cached: int = 0
    seconds: float = 0.0
    outcome: str = ""
    cost: float = 0.0
    failures: tuple[FailedModel, ...] = ()
    dropped: tuple[str, ...] = ()
    tokens_thought: int = 0
    place: str = ""
    kind: str = ""
    notes: tuple[str, ...] = ()
    turns: tuple[tuple[int, int], ...] = ()
    round: int = 0
    candidate: int = 0
    candidates: int = 0
    strategy: str = ""
    ingredients: tuple[str, ...] = ()
    drawn: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    start: str = ""

    @property
    def shown(self) -> tuple[str, ...]:
        """Names of all that stood in the prompt and that it may do without."""
        return (*(name_ingredient(NOTE, note) for note in self.notes), *self.ingredients)

    @property
    def counted_round(self) -> int:
        """Its round by which limits count."""
        return self.round or self.number

    @property
    def said_candidate(self) -> str:
        """Which of several it was; empty for one that was made alone."""
        return f"candidate {self.candidate} of {self.candidates}" if self.candidate else ""

    @property
    def said_way(self) -> str:
        """Which of several it was, and how it was asked for; empty where neither is known."""
        return ", ".join(filter(None, (self.said_candidate, self.strategy)))

    @property
    def all_tokens_in(self) -> int:
        """Tokens in, with those of the models that fell."""
        return self.tokens_in + sum(fall.tokens_in for fall in self.failures)

    @property
    def all_tokens_out(self) -> int:
        return self.tokens_out + sum(fall.tokens_out for fall in self.failures)

    @property
    def all_tokens_cached(self) -> int:
        return self.tokens_cached + sum(fall.tokens_cached for fall in self.failures)

    @property
    def tokens(self) -> int:
        return self.all_tokens_in + self.all_tokens_out


def name_ingredient(kind: str, id_: str) -> str:
    """As in `note:1a2b3c4d`: what the ledger calls a piece that a prompt may do without."""
    return f"{kind}:{id_}"


def strip_to_line(value: str) -> str:
    """`value` on one line of at most 200 characters, nothing hidden in it, no blanks around."""
    kept = "".join(
        " " if c.isspace() or has_hidden(c) else c for c in value[: 4 * _MAX_VALUE_CHARACTERS]
    )
    line = " ".join(kept.split())[:_MAX_VALUE_CHARACTERS].strip()
    return "" if line == NOTHING else line


def add_turn(row: LedgerRow, turn: LedgerRow) -> LedgerRow:
    """The row of an attempt with one more turn: `turn` is what that one took alone."""
    return replace(
        row,
        model=turn.model,
        place=turn.place,
        tokens_in=row.tokens_in + turn.tokens_in,
        tokens_out=row.tokens_out + turn.tokens_out,
        tokens_cached=row.tokens_cached + turn.tokens_cached,
        tokens_thought=row.tokens_thought + turn.tokens_thought,
        seconds=row.seconds + turn.seconds,
        cost=fsum((row.cost, turn.cost)),
        failures=(*row.failures, *turn.failures),
        turns=(*row.turns, (turn.tokens_in, turn.tokens_out)),
    )
