"""The records of an attempt in turns. What steps return is JSON: a new field needs a default."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from bot.models.model import StopReason
from bot.models.tool_calls import Exchange, ToolCall


@dataclass(frozen=True, slots=True)
class ToolResult:
    """What one call came to. `told` is a line for people, `text` what the model is answered.

    `failed`: it was refused; `red`: it was a check, which failed; `unread`: it could not be read as
    a call of any tool. `tree` is what an edit made, empty for every other tool; `passed` the check
    that it ran and that passed.
    """

    told: str
    text: str
    failed: bool = False
    red: bool = False
    unread: bool = False
    tree: str = ""
    passed: str = ""


@dataclass(frozen=True, slots=True)
class TurnReply:
    """What the model said in one turn, from 1, before anything of it is done.

    `stop` is how the reply ended, `cut_why` the stall for which it was cut off.
    `fault`: why no reply came, which is the end of the attempt; `outcome` names that end.
    """

    number: int
    text: str = ""
    thought: str = ""
    calls: tuple[ToolCall, ...] = ()
    wire: str = ""
    stop: StopReason = "end"
    cut_why: str = ""
    seconds: float = 0.0
    tokens_in: int = 0
    tokens_out: int = 0
    fault: str = ""
    outcome: str = ""


@dataclass(frozen=True, slots=True)
class TurnEnd:
    """What came of a reply: each call as it was read, with its result.

    `answer` is for a reply without any call. `tree` is the tree behind it. `end` is why the attempt
    goes no further, empty where it goes on; `stall` is the name of the stall that ended it.
    """

    tree: str
    calls: tuple[ToolCall, ...] = ()
    results: tuple[ToolResult, ...] = ()
    answer: str = ""
    end: str = ""
    stall: str = ""


@dataclass(frozen=True, slots=True)
class Turn:
    """A turn that is over."""

    reply: TurnReply
    done: TurnEnd = field(default_factory=lambda: TurnEnd(""))

    def to_exchange(self) -> Exchange:
        reply, done = self.reply, self.done
        return Exchange(
            text=reply.text,
            calls=done.calls,
            results=tuple(result.text for result in done.results),
            answer=done.answer,
            thought=reply.thought,
            wire=reply.wire,
        )


def describe_turn(turn: Turn) -> str:
    """What was done in it, in plain words: "read a.py 1-80; edit b.py: refused, ..."."""
    told = "; ".join(result.told for result in turn.done.results)
    return told or turn.reply.fault or "no call that could be read"


def list_trees(start: str, turns: Sequence[Turn]) -> list[str]:
    """The tree before the first turn, and behind each."""
    return [start, *(turn.done.tree for turn in turns)]
