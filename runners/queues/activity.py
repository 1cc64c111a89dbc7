"""What a worker's builds do now, as it tells with its heartbeat, for whoever looks elsewhere."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from runners.activity_file import (
    SeenActivities,
    format_activities,
    parse_activities,
    read_activities,
)
from runners.progress import Activity
from runners.queues.server_watch import ServerState, format_states, parse_states

MAX_TOLD = 32
"""Of one build: lanes, and what runs beside them."""
MAX_TEXT_CHARACTERS = 120
MAX_LENGTH = 64 << 10
_SERVERS = "servers"
"""No ticket's key."""


@dataclass(frozen=True, slots=True)
class BuildActivity:
    """`ticket` is the key of the one that is built."""

    ticket: str
    seen: SeenActivities


def format_activity(folders: Mapping[str, Path], servers: tuple[ServerState, ...] = ()) -> str:
    """By ticket, what stands in the folder of its job; without what models say and checks print.

    Beside them, what the worker's model servers do.
    """
    told: dict[str, object] = {
        key: format_activities(_shorten(read_activities(path))) for key, path in folders.items()
    }
    if servers:
        told[_SERVERS] = format_states(servers)
    text = json.dumps(told)
    return text if len(text) <= MAX_LENGTH else "{}"


def parse_activity(text: str) -> list[BuildActivity]:
    """Nothing where it is none of ours."""
    builds = {key: value for key, value in _read(text).items() if key != _SERVERS}
    return [BuildActivity(key, parse_activities(value)) for key, value in builds.items()]


def parse_servers(text: str) -> tuple[ServerState, ...]:
    """Nothing where it is none of ours."""
    return parse_states(_read(text).get(_SERVERS))


def _read(text: str) -> dict[str, object]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _shorten(seen: SeenActivities) -> SeenActivities:
    running = tuple(map(_without_tail, seen.running[:MAX_TOLD]))
    return replace(seen, running=running, lanes=seen.lanes[:MAX_TOLD])


def _without_tail(each: Activity) -> Activity:
    note = each.note[:MAX_TEXT_CHARACTERS]
    return replace(each, tail="", text=each.text[:MAX_TEXT_CHARACTERS], note=note)
