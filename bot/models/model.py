"""Tiers: `ask` one prompt, get one reply. Each kind of model has a module of its own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

Event = Mapping[str, object]


class Watch(Protocol):
    """Sees the reply so far while it streams; a non-empty answer names the stall and cuts it off.

    `events` are those of a CLI's stream so far; other tiers have none.
    """

    def __call__(self, said: str, events: Sequence[Event] = (), /) -> str: ...


@dataclass(frozen=True, slots=True)
class Prompt:
    """One call, built from nothing. `reply` is the most tokens the answer may have.

    `task` and `attempt` (from 1; 0 is unknown) never reach a model: a script chooses its reply
    by them.
    """

    system: str
    user: str
    temperature: float = 0.2
    seed: int = 0
    reply: int = 2048
    stop: tuple[str, ...] = ()
    grammar: str = ""
    task: str = ""
    attempt: int = 0


@dataclass(frozen=True, slots=True)
class FailedModel:
    """A model of the chain that could not answer, why, and what the tries spent all the same."""

    model: str
    why: str
    tokens_in: int = 0
    tokens_out: int = 0


@dataclass(frozen=True, slots=True)
class Reply:
    """`tokens_cached` counts those of `tokens_in` the server says it already had.

    `stop`: `end` the model finished, `length` it ran out of room, `cut` the watch ended it,
    `cut_why` names the stall it ended it for. `events` is what a CLI tier's stream told.
    """

    text: str
    tokens_in: int
    tokens_out: int
    seconds: float
    model: str
    stop: Literal["end", "length", "cut"] = "end"
    cut_why: str = ""
    tokens_cached: int = 0
    events: tuple[Event, ...] = ()
    failures: tuple[FailedModel, ...] = field(default=())


class ModelError(Exception):
    """A model that cannot answer now. `retryable`: the same model may answer a little later.

    `wait` is in seconds, as the server asked. The tokens are what the failed call spent all the
    same. `falls` is filled where a whole chain failed.
    """

    def __init__(  # noqa: PLR0913 one call site reads them all, and each has its own default
        self,
        model: str,
        why: str,
        *,
        retryable: bool = False,
        wait: float = 0.0,
        tokens_in: int = 0,
        tokens_out: int = 0,
        failures: tuple[FailedModel, ...] = (),
    ) -> None:
        why = replace_surrogates(why)
        super().__init__(f"{model}: {why}")
        self.model = model
        self.why = why
        self.retryable = retryable
        self.wait = wait
        self.tokens_in = tokens_in
        self.tokens_out = tokens_out
        self.failures = failures


def replace_surrogates(said: str) -> str:
    """What a server sent as text: half a surrogate pair is none, and nothing could write it."""
    return said.encode(errors="replace").decode()


class Model(Protocol):
    """Something that answers. `name` is what the ledger shows: `script:replies.md`."""

    name: str

    def ask(self, prompt: Prompt, watch: Watch) -> Reply: ...

    def close(self) -> None: ...
