"""Which version of Bricklayer a model was asked by: what was measured by one is none of another.

What counts is the source of what composes a prompt, and of what makes files of an answer. What
carries the work is not counted: queues, git, the sandbox, what people see. Of the last 400 changes,
25 at a time, 11 of 16 make another version; 9 would with `bot/prompts` and `bot/failures` alone,
and 15 with all of `runners/build` and `bot/models`, so that nearly no result outlived an upgrade.
"""

import hashlib
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

ROOMS = (
    "bot/code",
    "bot/failures",
    "bot/prompts",
    "runners/edits",
    "runners/stalls",
    "runners/tool_use",
)
"""With all that is in them."""
PARTS = {
    "bot/coaching": ("read_coaching", "read_guidance"),
    "bot/models": (
        *("llama_generation", "llama_prompt", "llama_request", "profiles", "reasoning"),
        *("thought_channels", "thought_tags", "tool_calls", "tool_deltas", "tool_text"),
    ),
    "runners/build": (
        *("attempt_prompt", "attempt_strategy", "candidate_count", "drafts", "examples"),
        *("executor_prompt", "file_context", "ingredients", "prompt_sources", "second_turn"),
        *("turn_tools",),
    ),
    "runners/checks": ("failure_digest",),
}
"""Rooms of which only these modules do."""
_SUFFIXES = (".py", ".scm")


@cache
def digest_asking() -> str:
    """By the files as they lie there, so that each Python on each machine says the same."""
    found = hashlib.sha256()
    for path, file in sorted(list_asking().items()):
        body = file.read_bytes()
        found.update(f"{path} {len(body)}\n".encode() + body)
    return found.hexdigest()[:12]


def list_asking() -> dict[str, Traversable]:
    """Each file that counts, by its path in the repository."""
    listed = {path: file for room in ROOMS for path, file in _walk(room, _find(room))}
    for room, names in PARTS.items():
        listed |= {f"{room}/{name}.py": _find(room) / f"{name}.py" for name in names}
    return listed


def _find(room: str) -> Traversable:
    package, *folders = room.split("/")
    return files(package).joinpath(*folders)


def _walk(path: str, folder: Traversable) -> Iterator[tuple[str, Traversable]]:
    for each in folder.iterdir():
        within = f"{path}/{each.name}"
        if each.is_dir():
            yield from _walk(within, each)
        elif each.name.endswith(_SUFFIXES):
            yield within, each
