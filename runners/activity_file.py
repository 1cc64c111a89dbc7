"""What is under way in a job, in a file of its folder: for `bricklayer watch`, in another process.

It is replaced as a whole, so a reader never sees a half, and locks nothing.
"""

import json
import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from runners.progress import Activity

ACTIVITY_FILE = "activity.json"
MAX_BYTES = 1 << 20
VERSION = 1
_FIELDS = {field.name: field.type for field in fields(Activity)}


@dataclass(frozen=True, slots=True)
class SeenActivities:
    """`lanes`: each with its task, empty for none. `pid` is the process that wrote it."""

    running: tuple[Activity, ...] = ()
    lanes: tuple[tuple[str, str], ...] = ()
    pid: int = 0


def write_activities(folder: Path, running: Sequence[Activity], lanes: Mapping[str, str]) -> None:
    """A disk that is full, or a folder that is gone, must not end a build."""
    data = format_activities(SeenActivities(tuple(running), tuple(lanes.items()), os.getpid()))
    draft = folder / f".{ACTIVITY_FILE}.part"
    with suppress(OSError):
        draft.unlink(missing_ok=True)
        # What a model says is for the owner's eyes, as its evidence is.
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            json.dump(data, file)
        # https://man7.org/linux/man-pages/man2/rename.2.html
        draft.replace(folder / ACTIVITY_FILE)


def read_activities(folder: Path) -> SeenActivities:
    """Nothing where there is no such file, or none that is ours."""
    try:
        with (folder / ACTIVITY_FILE).open("rb") as file:
            found = json.loads(file.read(MAX_BYTES))
    except (OSError, ValueError, RecursionError):
        return SeenActivities()
    return parse_activities(found)


def format_activities(seen: SeenActivities) -> dict[str, object]:
    """As JSON has it, and `parse_activities` takes it."""
    return {
        "v": VERSION,
        "pid": seen.pid,
        "lanes": dict(seen.lanes),
        "running": [asdict(each) for each in seen.running],
    }


def parse_activities(found: object) -> SeenActivities:
    """Nothing where it is none of ours."""
    if not isinstance(found, dict) or found.get("v") != VERSION:
        return SeenActivities()
    running, lanes = found.get("running"), found.get("lanes")
    states = [_read_one(each) for each in running] if isinstance(running, list) else []
    places = lanes.items() if isinstance(lanes, dict) else ()
    pid = found.get("pid")
    return SeenActivities(
        tuple(state for state in states if state),
        tuple((name, str(task)) for name, task in places),
        pid if isinstance(pid, int) else 0,
    )


def _read_one(found: object) -> Activity | None:
    if not isinstance(found, dict):
        return None
    known = {name: value for name, value in found.items() if name in _FIELDS}
    try:
        state = Activity(**known)
        float(state.began), float(state.heard), float(state.first), int(state.tokens)
    except (TypeError, ValueError):
        return None
    return state
