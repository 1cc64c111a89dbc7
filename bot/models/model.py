"""What every kind of model has in common: a prompt, a reply, an error, a watch on the stream."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Literal, Protocol

from bot.models.tool_calls import Exchange, ToolCall, ToolSpec

Event = Mapping[str, object]
Loading = Callable[[str], AbstractContextManager[object]]
"""Entered with a model's name while it is loaded into this machine's memory."""

# 408 Request Timeout and 409 Conflict: https://www.rfc-editor.org/rfc/rfc9110#section-15.5
# 425 Too Early: https://www.rfc-editor.org/rfc/rfc8470#section-5.2
# 429 Too Many Requests: https://www.rfc-editor.org/rfc/rfc6585#section-4
RETRYABLE_STATUSES = frozenset({408, 409, 425, 429})
FIRST_SERVER_ERROR_STATUS = 500
StopReason = Literal["end", "length", "cut", "unknown"]
Cause = Literal["", "unreached", "outage", "settings", "window", "cap"]
"""Whose fault it is that a model gave no answer; empty where it may be the question's.

`unreached`: nobody listens at its address. `outage`: the server is in trouble, or asks to wait.
`settings`: it refuses this machine's key or model. `window`: the prompt is longer than it takes.
`cap`: the next call could pass what this machine lets the model cost.
"""
# Of requests as such, whatever they ask: https://www.rfc-editor.org/rfc/rfc9110#section-15.5
_SETTINGS_STATUSES = frozenset({401, 402, 403, 404, 405, 410, 501, 505})


CANCELLED = "cancelled"
"""What a watch says where nobody wants the reply any more: no stall of the model's."""
LOOK_SECONDS = 0.25
"""Between two calls of a watch while nothing comes."""


class Watch(Protocol):
    """Called with the reply so far while it streams; a non-empty result names a stall and ends it.

    It is also called while nothing comes, so that a call that nobody wants any more can be ended.

    `text` is the answer so far and `thought` the thought before it, as far as there is one.
    `events` are those of a CLI's stream so far; other kinds of model have none.
    """

    def __call__(self, text: str, events: Sequence[Event] = (), thought: str = "", /) -> str: ...


@dataclass(frozen=True, slots=True)
class Prompt:
    """One call, with no memory of those before.

    `tools` are offered to the model, and `history` is what it did with them so far, oldest first.
    `reply` is the most tokens that may come back, thought and answer; `thinking` is how many of
    them are for the thought, 0 where the model is not to think.
    `task` and `attempt` (from 1; 0 is unknown) never reach a model: a script chooses its reply
    by them.
    """

    system: str
    user: str
    temperature: float = 0.2
    seed: int = 0
    reply: int = 2048
    thinking: int = 0
    stop: tuple[str, ...] = ()
    grammar: str = ""
    task: str = ""
    attempt: int = 0
    tools: tuple[ToolSpec, ...] = ()
    history: tuple[Exchange, ...] = ()


_REFLECTION = ".reflection"
"""Ends what asking about a task afterwards is called: no task has a name with a dot."""


def name_reflection(task: str) -> str:
    return f"{task}{_REFLECTION}"


def is_reflection(name: str) -> bool:
    return name.endswith(_REFLECTION)


@dataclass(frozen=True, slots=True)
class FailedModel:
    """A model that could not answer, or only thought, why, and the tokens its tries spent.

    `place` is where it runs, as `bot.models.places` says; empty where nobody noted it.
    """

    model: str
    why: str
    tokens_in: int = 0
    tokens_out: int = 0
    tokens_cached: int = 0
    tokens_thought: int = 0
    place: str = ""


@dataclass(frozen=True, slots=True)
class Reply:
    """`text` is the answer and `thought` what the model thought before it; either may be empty.

    `tokens_cached` counts those of `tokens_in` the server says it already had, `tokens_thought`
    those of `tokens_out` that were thought.
    `stop`: `end` the model finished, `length` it reached a limit, `cut` the watch ended it;
    `cut_why` then names the stall; `unknown` the server did not say.
    `events` are those of a CLI's stream.
    `calls` are those of tools that the API knows as such; `wire` is what it has to have back with
    their results, empty where that is the text and the calls alone.
    """

    text: str
    tokens_in: int
    tokens_out: int
    seconds: float
    model: str
    stop: StopReason = "end"
    cut_why: str = ""
    tokens_cached: int = 0
    thought: str = ""
    tokens_thought: int = 0
    events: tuple[Event, ...] = ()
    failures: tuple[FailedModel, ...] = field(default=())
    calls: tuple[ToolCall, ...] = ()
    wire: str = ""


class ModelError(Exception):
    """A model that cannot answer now. `retryable`: the same model may answer a little later.

    `wait` is in seconds, as the server asked. The tokens are what the failed call spent;
    `unmeasured`: it may have spent any number of them, and nobody says how many.
    `failures` is filled where a whole chain failed. `window` is the server's own, in tokens,
    where it said so.
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
        unmeasured: bool = False,
        failures: tuple[FailedModel, ...] = (),
        cause: Cause = "",
        window: int = 0,
    ) -> None:
        why = replace_surrogates(why)
        super().__init__(f"{model}: {why}")
        self.model = model
        self.why = why
        self.retryable = retryable
        self.wait = wait
        self.tokens_in = tokens_in
        self.tokens_out = tokens_out
        self.unmeasured = unmeasured
        self.failures = failures
        self.cause = cause
        self.window = window


def is_retryable_status(status: int) -> bool:
    """Whether a request that got this HTTP status may succeed when it is sent again later."""
    return status in RETRYABLE_STATUSES or status >= FIRST_SERVER_ERROR_STATUS


def find_cause(status: int) -> Cause:
    """What an HTTP status says of whose fault it is."""
    if status in _SETTINGS_STATUSES:
        return "settings"
    return "outage" if is_retryable_status(status) else ""


def replace_surrogates(text: str) -> str:
    """Text from a server's JSON, with a question mark for each lone surrogate.

    JSON may escape one, and UTF-8 cannot encode it: https://www.rfc-editor.org/rfc/rfc8259#section-8.2
    """
    return text.encode(errors="replace").decode()


class Model(Protocol):
    """One model of a chain. `name` is what the ledger shows, as `script:replies.md`."""

    name: str

    def ask(self, prompt: Prompt, watch: Watch) -> Reply: ...

    def close(self) -> None: ...
