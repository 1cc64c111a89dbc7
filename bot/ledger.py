"""What work cost: rows of attempts, their sums by tier, and the trailers that keep them in git."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from math import fsum

from bot.models.model import FailedModel
from bot.text.invisible import has_hidden

LOCAL_TIERS = frozenset({"manifest", "local"})
MILLION = 1_000_000
_MAX_VALUE_CHARACTERS = 200
# As git reads trailers: https://git-scm.com/docs/git-interpret-trailers
_TRAILER = re.compile(r"([A-Za-z0-9][A-Za-z0-9-]*): ?(.*)")
_COUNT = re.compile(r"[0-9]{1,15}")
_NOTHING = "-"
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


@dataclass(frozen=True, slots=True)
class TierTotal:
    """What one model of one tier did in all."""

    tier: str
    model: str
    attempts: int
    tokens_in: int
    tokens_out: int
    tokens_cached: int
    tokens_thought: int
    seconds: float
    cost: float

    def table_cells(self) -> tuple[str, ...]:
        """Tier, model, attempts, tokens in, tokens out, seconds, cost: as a table shows them."""
        cached = f" ({self.tokens_cached:,} cached)" if self.tokens_cached else ""
        thought = f" ({self.tokens_thought:,} thought)" if self.tokens_thought else ""
        tokens = (f"{self.tokens_in:,}{cached}", f"{self.tokens_out:,}{thought}")
        counts = (f"{self.attempts:,}", *tokens)
        spent = (f"{self.seconds:.1f}", f"{self.cost:.4f}")
        return (strip_to_line(self.tier), strip_to_line(self.model), *counts, *spent)


def compute_cost(  # noqa: PLR0913  # three counts and their three prices
    tokens_in: int,
    tokens_out: int,
    *,
    price_in: float,
    price_out: float,
    tokens_cached: int = 0,
    price_cached: float | None = None,
) -> float:
    """Price of one call; prices are per million tokens. Cached ones cost `price_in` by default."""
    cached = min(max(tokens_cached, 0), tokens_in)
    at = price_in if price_cached is None else price_cached
    # fsum: thousands of small costs must add up to the same whatever their order.
    # https://docs.python.org/3.11/library/math.html#math.fsum
    return fsum(((tokens_in - cached) * price_in, cached * at, tokens_out * price_out)) / MILLION


def sum_by_tier(rows: Iterable[LedgerRow]) -> tuple[TierTotal, ...]:
    """One sum for each model of each tier, those that fell too, in the order they first appear."""
    groups: dict[tuple[str, str], list[LedgerRow]] = {}
    for row in (part for each in rows for part in _split_by_model(each)):
        groups.setdefault((row.tier, row.model), []).append(row)
    return tuple(_sum_rows(tier, model, group) for (tier, model), group in groups.items())


def total_row(rows: Sequence[LedgerRow]) -> LedgerRow:
    """One task's attempts as one row: everything spent, under the name of the last attempt.

    This is what a commit's trailers say: the tokens of all attempts the task took, not only those
    of the one that passed, so that a branch's commits add up to what the work cost.
    """
    if not rows or len({row.task for row in rows}) > 1:
        raise ValueError("the rows of exactly one task make a total")
    spent = _sum_rows("", "", [part for row in rows for part in _split_by_model(row)])
    return replace(
        rows[-1],
        failures=(),
        tokens_in=spent.tokens_in,
        tokens_out=spent.tokens_out,
        tokens_cached=spent.tokens_cached,
        tokens_thought=spent.tokens_thought,
        seconds=spent.seconds,
        cost=spent.cost,
    )


def compute_local_share(rows: Iterable[LedgerRow]) -> float:
    """How much of all tokens, 0 to 1, left neither this machine nor its network.

    Places decide, whatever a tier is called. Nothing spent: all of it, 1.
    """
    known = [
        (find_place(part.place, part.tier), part.tokens)
        for row in rows
        for part in _split_by_model(row)
    ]
    spent = sum(tokens for _, tokens in known)
    return sum(tokens for place, tokens in known if place != "away") / spent if spent else 1.0


def describe_kept(rows: Sequence[LedgerRow]) -> str:
    """Where the tokens that did not leave were: "on this machine", or also in its network."""
    parts = [part for row in rows for part in _split_by_model(row)]
    near = any(find_place(part.place, part.tier) == "network" and part.tokens for part in parts)
    return "on this machine or in its network" if near else "on this machine"


def find_place(place: str, tier: str) -> str:
    """As it was noted; of what is from before places were, what its tier was meant for."""
    return place or ("here" if tier in LOCAL_TIERS else "away")


def format_trailers(row: LedgerRow, job: str, check: str, key: str = "") -> str:
    """Trailer lines for the end of a commit message, after an empty line.

    `row` is the task's `total_row`, `key` what its result depends on, where that is known.
    Whatever a value holds, it stays on its own line.
    """
    beside = {"Candidate": f"{row.candidate} of {row.candidates}"} if row.candidate else {}
    values = {
        "Job": job,
        "Task": row.task,
        "Attempt": row.number,
        **beside,
        "Tier": row.tier,
        "Model": row.model,
        "Tokens-In": row.tokens_in,
        "Tokens-Out": row.tokens_out,
        "Check": check,
        **({"Key": key} if key else {}),
    }
    return "".join(
        f"Bricklayer-{key}: {strip_to_line(str(v)) or _NOTHING}\n" for key, v in values.items()
    )


def parse_trailers(message: str) -> dict[str, str]:
    """The trailers of a commit message's last paragraph; a key that is there twice is left out.

    Only the last paragraph counts, as for git: what stands above may be anybody's words.
    """
    body = message.replace("\r\n", "\n").rstrip()
    _, gap, last = body.rpartition("\n\n")
    pairs = [found.groups() for line in last.split("\n") if (found := _TRAILER.fullmatch(line))]
    keys = [key for key, _ in pairs]
    return {key: value.strip() for key, value in pairs if keys.count(key) == 1} if gap else {}


def made_by_job(message: str, job_id: str) -> bool:
    """Whether a commit's trailers say that this job made it; a trailer without a value is no job's.

    `job_id` may be empty, for a job that there is not.
    """
    return bool(job_id) and parse_trailers(message).get("Bricklayer-Job") == job_id


def parse_row(message: str) -> LedgerRow | None:
    """What a commit's trailers say of its task; None where they are missing or not whole."""
    found = parse_trailers(message)
    values = {key: found.get(f"Bricklayer-{key}", "") for key in ("Task", "Tier", "Model")}
    counts = [found.get(f"Bricklayer-{key}", "") for key in ("Attempt", "Tokens-In", "Tokens-Out")]
    if not all(values.values()) or not all(map(_COUNT.fullmatch, counts)):
        return None
    task, tier, model = ("" if value == _NOTHING else value for value in values.values())
    number, tokens_in, tokens_out = map(int, counts)
    return LedgerRow(
        task, number, tier, model, tokens_in, tokens_out, outcome=AttemptOutcome.PASSED
    )


def name_ingredient(kind: str, id_: str) -> str:
    """As in `note:1a2b3c4d`: what the ledger calls a piece that a prompt may do without."""
    return f"{kind}:{id_}"


def strip_to_line(value: str) -> str:
    """`value` on one line of at most 200 characters, nothing hidden in it, no blanks around."""
    kept = "".join(
        " " if c.isspace() or has_hidden(c) else c for c in value[: 4 * _MAX_VALUE_CHARACTERS]
    )
    line = " ".join(kept.split())[:_MAX_VALUE_CHARACTERS].strip()
    return "" if line == _NOTHING else line


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


def holds_call(row: LedgerRow, model: str, tokens_in: int, tokens_out: int) -> bool:
    """Whether such a call stands in the row, as its last or among those of models that fell."""
    if row.model == model and (tokens_in, tokens_out) in row.turns:
        return True
    calls = ((part.model, part.tokens_in, part.tokens_out) for part in _split_by_model(row))
    return (model, tokens_in, tokens_out) in calls


def _split_by_model(row: LedgerRow) -> Iterator[LedgerRow]:
    """The row as if each model had one of its own. The cost of all stays with the last.

    A model that was asked again within one attempt made no attempt of its own the first time: 0.
    """
    for fall in row.failures:
        yield replace(
            row,
            number=0 if fall.model == row.model else row.number,
            model=fall.model,
            tokens_in=fall.tokens_in,
            tokens_out=fall.tokens_out,
            tokens_cached=fall.tokens_cached,
            tokens_thought=fall.tokens_thought,
            place=fall.place,
            seconds=0.0,
            cost=0.0,
            failures=(),
        )
    yield replace(row, failures=())


def _sum_rows(tier: str, model: str, rows: Sequence[LedgerRow]) -> TierTotal:
    return TierTotal(
        tier,
        model,
        attempts=sum(row.number > 0 for row in rows),
        tokens_in=sum(row.tokens_in for row in rows),
        tokens_out=sum(row.tokens_out for row in rows),
        tokens_cached=sum(row.tokens_cached for row in rows),
        tokens_thought=sum(row.tokens_thought for row in rows),
        seconds=fsum(row.seconds for row in rows),
        cost=fsum(row.cost for row in rows),
    )
