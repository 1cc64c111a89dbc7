"""The subscription CLIs. Each has a module that says how it is started and how it is heard."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from bot.models.model import replace_surrogates

MAX_EVENTS = 500
MAX_EVENT_CHARACTERS = 2000
"""Characters of one event's text that are kept."""


@dataclass(frozen=True, slots=True)
class CliRequest:
    """What a CLI is to be asked. `home` is its own, empty and temporary; `model` may be empty."""

    system: str
    user: str
    model: str
    base_url: str
    home: Path


@dataclass(frozen=True, slots=True)
class CliCommand:
    """How to run it once. `files` are written under the temporary home before."""

    arguments: tuple[str, ...]
    stdin: str
    env: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class CliReply:
    """What the CLI's event stream has told so far; its module fills it, event by event.

    `parts` are the reply, in the order they began. `failed` is the CLI's own word for its error.
    """

    parts: dict[str, str] = field(default_factory=dict)
    events: list[dict[str, object]] = field(default_factory=list)
    current: str = ""
    tokens_in: int = 0
    tokens_out: int = 0
    tokens_cached: int = 0
    full: bool = False
    ended: bool = False
    failed: str = ""
    status: int = 0

    @property
    def text(self) -> str:
        return "\n\n".join(part for part in self.parts.values() if part)

    def record_event(self, kind: str, text: object = "", **facts: object) -> None:
        """Keep a small record of an event, for the stall signals."""
        if len(self.events) < MAX_EVENTS:
            short = {
                name: replace_surrogates(str(fact)[:MAX_EVENT_CHARACTERS])
                for name, fact in facts.items()
            }
            said = (
                {"text": replace_surrogates(str(text)[:MAX_EVENT_CHARACTERS])} if text != "" else {}
            )
            self.events.append({"kind": kind, **short, **said})


@dataclass(frozen=True, slots=True)
class Cli:
    """`login`: files of the person's home that hold the CLI's login -> where its home has them.

    `login_env` are the variables a login may stand in; `key_env` is where a configured key goes.
    """

    binary: str
    package: str
    build_command: Callable[[CliRequest], CliCommand]
    read_event: Callable[[dict[str, object], CliReply], None]
    login: Mapping[str, str]
    login_env: tuple[str, ...]
    key_env: str
    folder_env: tuple[str, str]
    """The variable that moves the login's folder, and the folder it stands for."""
    retries_itself: bool = False
    """It waits and tries again by itself: what it gives up on, the chain need not retry."""


def nested_value(event: object, *path: str) -> object:
    """Walk into a stranger's JSON; None where it is not as expected."""
    for name in path:
        event = event.get(name) if isinstance(event, dict) else None
    return event


def text_or_empty(value: object) -> str:
    """A word out of a stranger's JSON, to be looked up or compared; empty for what is none."""
    return value if isinstance(value, str) else ""
