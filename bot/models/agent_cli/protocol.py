"""What the modules of the agent CLIs have in common: how each is started and its events read."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from bot.models.model import replace_surrogates

MAX_EVENTS = 500
MAX_EVENT_CHARACTERS = 2000
"""The part of one event's text that is kept."""


@dataclass(frozen=True, slots=True)
class CliRequest:
    """One call of a CLI. `home` is temporary and its own; `model` may be empty."""

    system: str
    user: str
    model: str
    base_url: str
    home: Path


@dataclass(frozen=True, slots=True)
class CliCommand:
    """How to run the CLI once. `files` are written under its temporary home before."""

    arguments: tuple[str, ...]
    stdin: str
    env: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class CliReply:
    """The CLI's event stream so far; its module fills this, event by event.

    `parts` are the reply, in the order they began. `failed` is the error as the CLI reports it.
    `resets_at` is when a used-up quota is free again, in seconds since 1970, as the CLI says it.
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
    resets_at: int = 0

    @property
    def text(self) -> str:
        return "\n\n".join(part for part in self.parts.values() if part)

    def record_event(self, kind: str, text: object = "", **fields: object) -> None:
        """Keep a small record of an event, for the stall signals."""
        if len(self.events) < MAX_EVENTS:
            shortened = {
                name: replace_surrogates(str(value)[:MAX_EVENT_CHARACTERS])
                for name, value in fields.items()
            }
            optional_text = (
                {"text": replace_surrogates(str(text)[:MAX_EVENT_CHARACTERS])} if text != "" else {}
            )
            self.events.append({"kind": kind, **shortened, **optional_text})


@dataclass(frozen=True, slots=True)
class Cli:
    """`login`: files below the login's folder -> their place below the temporary home.

    `login_env` are the variables that may hold a login; a configured key is set as `key_env`.
    """

    binary: str
    package: str
    build_command: Callable[[CliRequest], CliCommand]
    read_event: Callable[[dict[str, object], CliReply], None]
    login: Mapping[str, str]
    login_env: tuple[str, ...]
    key_env: str
    folder_env: tuple[str, str]
    """The variable that names the login's folder, and its default below the person's home."""
    retries_itself: bool = False
    """The CLI retries by itself, so that the chain does not."""


def nested_value(event: object, *path: str) -> object:
    """The value at a path of keys in JSON of unknown shape; None where there is none."""
    for name in path:
        event = event.get(name) if isinstance(event, dict) else None
    return event


def text_or_empty(value: object) -> str:
    """A string from JSON of unknown shape; empty for any other value, which may be unhashable."""
    return value if isinstance(value, str) else ""
