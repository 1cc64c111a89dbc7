"""What an attempt in turns has done so far, as its steps record it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.ledger import AttemptOutcome, LedgerRow, strip_to_line
from bot.models.model import Prompt
from bot.models.tool_text import show_call
from runners.evidence import Parts
from runners.model_call import ModelCall
from runners.stalls import TurnSummary, name_outcome
from runners.tool_use.turns import Turn, TurnEnd, TurnReply, describe_turn, list_trees


@dataclass(frozen=True, slots=True)
class TurnWork:
    """`first` is how the first turn was asked; the others add what was done to it.

    `checks` are those it may run, as a plan has them. `turns` are over; `reply` is what was said
    and not done yet. `end` is why the last was the last, `stall` the stall that it was.
    """

    first: Prompt
    path: str
    checks: tuple[str, ...] = ()
    turns: tuple[Turn, ...] = ()
    reply: TurnReply | None = None
    end: str = ""
    stall: str = ""

    @property
    def is_over(self) -> bool:
        return bool(self.end or self.stall)

    def with_turn(self, done: TurnEnd) -> "TurnWork":
        """The same once what the reply asked for is done."""
        reply = self.reply or TurnReply(len(self.turns) + 1)
        # A reply that never came is no turn, and stays to say why.
        turns = self.turns if reply.fault else (*self.turns, Turn(reply, done))
        kept = reply if reply.fault else None
        return replace(self, turns=turns, reply=kept, end=done.end, stall=done.stall)

    def find_tree(self, start: str) -> str:
        """The tree that it has made of `start`."""
        return list_trees(start, self.turns)[-1]

    def describe_end(self) -> str:
        """As in "after 7 turns: the same call 3 times"."""
        count = len(self.turns)
        why = name_outcome(self.stall) if self.stall else self.end
        return f"after {count} turn{'s' if count != 1 else ''}: {why}"


@dataclass(frozen=True, slots=True)
class AskedTurn:
    """A further reply, and the attempt's row with what it took."""

    reply: TurnReply
    row: LedgerRow


def summarize_turns(turns: Sequence[Turn]) -> list[TurnSummary]:
    return [_summarize(turn.done) for turn in turns]


def _summarize(done: TurnEnd) -> TurnSummary:
    named = zip(done.calls, done.results, strict=True)
    calls = tuple((f"{call.name} {call.arguments}", result.text) for call, result in named)
    unread = not done.results or all(result.unread for result in done.results)
    return TurnSummary(calls, done.tree, unread=unread)


def to_turn_reply(number: int, call: ModelCall) -> TurnReply:
    """What a call brought; its `fault` says why it brought no reply."""
    row, reply = call.row, call.reply
    if reply is None:
        outcome = AttemptOutcome.SERVER_DOWN if call.gave_up else call.outcome
        return TurnReply(number, fault=call.why, outcome=outcome)
    return TurnReply(
        number,
        text=reply.text,
        thought=reply.thought,
        calls=reply.calls,
        wire=reply.wire,
        stop="length" if call.cut_at else "unknown" if call.end_unknown else "end",
        cut_why=reply.cut_why,
        seconds=row.seconds,
        tokens_in=row.tokens_in,
        tokens_out=row.tokens_out,
    )


def list_turn_parts(work: TurnWork) -> Parts:
    """Each turn as a part of the evidence: what was said, asked for and answered."""
    parts = [(_name_turn(turn), _show_turn(turn)) for turn in work.turns]
    if work.reply and work.reply.fault:
        parts.append((f"turn {work.reply.number}: no reply", work.reply.fault))
    return parts


def _name_turn(turn: Turn) -> str:
    reply = turn.reply
    told = strip_to_line(describe_turn(turn)) or "nothing"
    return f"turn {reply.number}: {told}"


def _show_turn(turn: Turn) -> str:
    reply, done = turn.reply, turn.done
    spent = f"{reply.tokens_in:,} tokens in, {reply.tokens_out:,} out, {reply.seconds:.1f} s"
    said = [f"thought:\n{reply.thought}"] if reply.thought else []
    said += [f"said:\n{reply.text}"] if reply.text.strip() else []
    for call, result in zip(done.calls, done.results, strict=True):
        # One without an id stands in what was said.
        asked = f"call:\n{show_call(call)}\n\n" if call.id else ""
        said.append(f"{asked}answered:\n{result.text}")
    answer = [f"answered:\n{done.answer}"] if done.answer else []
    end = [f"end: {done.end}"] if done.end else []
    return "\n\n".join((spent, *said, *answer, *end))
