"""Fenced blocks of a chat reply, nested ones kept whole."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

OPENER = re.compile(r"^(\s{0,8})(`{3,}|~{3,})[ \t]*([^`]*)$")
SHELL = frozenset(
    [
        "bash",
        "sh",
        "shell",
        "console",
        "zsh",
        "fish",
        "terminal",
        "shell-session",
        "shellsession",
        "powershell",
        "ps1",
        "cmd",
        "bat",
    ]
)
REACH = 5
"""Lines above a patch in which its fence may open: a name and blanks may stand between."""
NOT_CODE = SHELL | frozenset(["output", "text-output", "log", "stdout", "stderr"])


@dataclass(frozen=True, slots=True)
class Fence:
    """`first` is the opener's line, `past` the line after the closer."""

    info: str
    body: tuple[str, ...]
    first: int
    past: int
    closed: bool

    @property
    def language(self) -> str:
        word = re.match(r"[{.\s]*([\w+#.-]*)", self.info)
        return word[1].lower() if word else ""


def fences(lines: Sequence[str]) -> list[Fence]:
    found = []
    at = 0
    while at < len(lines):
        opener = OPENER.match(lines[at])
        if opener is None:
            at += 1
            continue
        past, closed = _end(lines, at + 1, opener[2])
        body = _dedented(lines[at + 1 : past - closed], opener[1])
        found.append(Fence(opener[3].strip(), tuple(body), at, past, closed))
        at = past
    return found


def closer_above(lines: Sequence[str], first: int) -> str | None:
    """What closes the fence in which a patch begins at line `first`, None when it is in none.

    Every line of a patch is marked, so a fence line of the text itself stands deeper.
    """
    for line in reversed(lines[max(0, first - REACH) : first + 1]):
        if opener := OPENER.match(line):
            return opener[1] + opener[2]
    return None


def is_fence(line: str) -> bool:
    return OPENER.match(line) is not None


def _end(lines: Sequence[str], start: int, ticks: str) -> tuple[int, bool]:
    """Past the closer of a fence that opened with `ticks`; an inner opener has a language.

    A longer run closes nothing: it is a heading's underline more often than a chat's fence.
    """
    depth = 0
    for at in range(start, len(lines)):
        mark = OPENER.match(lines[at])
        if mark is None or mark[2][0] != ticks[0]:
            continue
        if mark[3].strip():
            depth += len(mark[2]) == len(ticks)
        elif len(mark[2]) == len(ticks):
            if depth == 0:
                return at + 1, True
            depth -= 1
    return len(lines), False


def _dedented(body: Sequence[str], lead: str) -> list[str]:
    """A fence inside a list item is indented with its content."""
    if lead and all(line.startswith(lead) for line in body if line.strip()):
        return [line.removeprefix(lead) for line in body]
    return list(body)
