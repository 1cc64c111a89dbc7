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

MAX_TOLD = 32
"""Of one build: lanes, and what runs beside them."""
MAX_TEXT_CHARACTERS = 120
MAX_LENGTH = 64 << 10


@dataclass(frozen=True, slots=True)
class BuildActivity:
    """`ticket` is the key of the one that is built."""

    ticket: str
    seen: SeenActivities


def format_activity(folders: Mapping[str, Path]) -> str:
    """By ticket, what stands in the folder of its job; without what models say and checks print."""
    told = {
        key: format_activities(_shorten(read_activities(path))) for key, path in folders.items()
    }
    text = json.dumps(told)
    return text if len(text) <= MAX_LENGTH else "{}"


def parse_activity(text: str) -> list[BuildActivity]:
    """Nothing where it is none of ours."""
    try:
        found = json.loads(text)
    except ValueError:
        return []
    if not isinstance(found, dict):
        return []
    return [BuildActivity(str(key), parse_activities(value)) for key, value in found.items()]


def _shorten(seen: SeenActivities) -> SeenActivities:
    running = tuple(map(_without_tail, seen.running[:MAX_TOLD]))
    return replace(seen, running=running, lanes=seen.lanes[:MAX_TOLD])


def _without_tail(each: Activity) -> Activity:
    note = each.note[:MAX_TEXT_CHARACTERS]
    return replace(each, tail="", text=each.text[:MAX_TEXT_CHARACTERS], note=note)
