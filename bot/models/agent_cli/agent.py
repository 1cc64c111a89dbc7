"""A CLI that does a task itself, with its tools: how it is started in a sandbox without network.

Its one way out is a proxy of ours, which it takes for its model's server.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from bot.models.agent_cli.protocol import Cli

Wire = Literal["chat", "responses", "messages"]
"""The protocol it speaks: OpenAI's Chat Completions or Responses, or Anthropic's Messages."""
PLACEHOLDER_KEY = "sk-not-a-key"
"""What a CLI is told, as none starts without a key. The proxy puts the real one in its place."""


@dataclass(frozen=True, slots=True)
class AgentCall:
    """One run. `home` and `base_url` are as the sandbox sees them; sizes are in tokens."""

    model: str
    base_url: str
    home: str
    context: int
    answer: int


@dataclass(frozen=True, slots=True)
class AgentCommand:
    """Its arguments, variables, and the files that stand in its home before.

    It reads its task from stdin.
    """

    arguments: tuple[str, ...]
    env: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AgentCli:
    """`server` is where its model is asked unless the settings name an address.

    `key_env` is the variable that usually holds the key for it. `natives` are places of the
    program itself, from the folder of its package: what npm puts on PATH may only start it.
    """

    cli: Cli
    wire: Wire
    build_command: Callable[[AgentCall], AgentCommand]
    server: str = ""
    key_env: str = ""
    natives: tuple[str, ...] = ()
