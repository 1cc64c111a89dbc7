"""What a model that works by tools is offered, asks for and is answered, turn by turn."""

from dataclasses import dataclass

MAX_CALLS = 8
"""Of one reply; those behind them are answered with a refusal."""
MAX_ARGUMENT_CHARACTERS = 256 << 10
"""Of one call: more than any file that a task writes."""


@dataclass(frozen=True, slots=True)
class ToolSpec:
    """`parameters` is a JSON schema of an object, written as JSON, as every API of tools takes it.

    `example` is the arguments of a call, for models that are told of it in words.
    """

    name: str
    description: str
    parameters: str
    example: str


@dataclass(frozen=True, slots=True)
class ToolCall:
    """`arguments` are as the model wrote them: JSON of an object, if it is one.

    `id` is the server's, or one of ours where it gave none; a call that stood in a text has none.
    """

    name: str
    arguments: str
    id: str = ""


@dataclass(frozen=True, slots=True)
class Exchange:
    """One reply of the model and what it was answered.

    `results` are of `calls`, in their order; of a reply without calls `answer` is what was said.
    `wire` is the reply as the model's API has to have it back, a signed thought included; empty
    where nobody needs that. `thought` came before the text.
    """

    text: str = ""
    calls: tuple[ToolCall, ...] = ()
    results: tuple[str, ...] = ()
    answer: str = ""
    thought: str = ""
    wire: str = ""
