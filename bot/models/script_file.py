"""Replies from a file, for tests and the demo: never a model, and always shown as `script`.

    ## reply: fix-withdraw
    Text of the reply, to the next such heading.

    ## reply: fix-withdraw, attempt 2
    ## reply: cover-withdraw, fail 429, wait 0.5
    ## reply: /regular expression on the user text/
    ## reply: *

A key is a task's id, an expression, or `*` for every task nothing else names; they are tried in
that order. Replies of a key go to its attempts 1, 2, ... as they stand in the file; `attempt 3` or
`attempt 2-4` says it outright. `fail` and `crash` are met before the reply that follows them. Text
before the first heading is a comment.
"""

import re
from dataclasses import dataclass
from typing import Literal

from bot.errors import UserError
from bot.models.model import Prompt

_HEADING = re.compile(r"^##[ \t]+reply:[ \t]*(?P<rest>.*?)[ \t]*$", re.MULTILINE)
_KEY = re.compile(r"^(?P<key>/.*/|[^,]+?)(?:[ \t]*,[ \t]*(?P<words>.*))?$")
_TASK = re.compile(r"^[ \t#>*-]*Task:[ \t]*`?(?P<id>[A-Za-z0-9._-]+)", re.MULTILINE)
_HOURS = 3600.0

Act = Literal["say", "fail", "crash", "garbage", "repeat"]
DIRECTIVES = (
    "attempt N, attempt N-M, fail STATUS, wait SECONDS, crash, slow SECONDS, garbage, repeat"
)


@dataclass(frozen=True, slots=True)
class Line:
    """One reply of the file. `first` and `last` bound its attempts; 0 where nothing is said."""

    key: str
    text: str
    act: Act = "say"
    status: int = 0
    wait: float = 0.0
    slow: float = 0.0
    first: int = 0
    last: int = 0

    @property
    def failures(self) -> bool:
        return self.act in {"fail", "crash"}


def parse_script(text: str, *, where: str = "script") -> tuple[Line, ...]:
    """Raises UserError with the line of the first heading that says something unknown."""
    heads = list(_HEADING.finditer(text))
    if not heads:
        raise UserError("no reply in it", where=where, hint="Write `## reply: TASK` above each.")
    ends = [*(head.start() for head in heads[1:]), len(text)]
    lines = []
    for head, end in zip(heads, ends, strict=True):
        at = f"{where}:{text.count(chr(10), 0, head.start()) + 1}"
        lines.append(_line(head["rest"], text[head.end() : end].strip("\n"), at))
    return tuple(lines)


def choose(lines: tuple[Line, ...], prompt: Prompt, calls: int) -> Line | None:
    """The reply for a prompt, or None when the script has none left.

    `calls` counts what this prompt's task and attempt got already, so that a fall before a reply
    is met once. The attempt decides which reply it is: a bot that was killed goes on where it was.
    """
    mine = _of(lines, prompt)
    said = [one for one in mine if one.first and one.first <= prompt.attempt <= one.last]
    if said:
        return said[min(calls, len(said) - 1)]
    groups = _groups([one for one in mine if not one.first])
    if prompt.attempt:
        group = groups[prompt.attempt - 1] if prompt.attempt <= len(groups) else []
        return group[min(calls, len(group) - 1)] if group else None
    flat = [one for group in groups for one in group]
    return flat[calls] if calls < len(flat) else None


def task_of(prompt: Prompt) -> str:
    """The task a prompt is about: as it says of itself, else its `Task: ID` line."""
    found = None if prompt.task else _TASK.search(prompt.user)
    return found["id"] if found else prompt.task


def _of(lines: tuple[Line, ...], prompt: Prompt) -> list[Line]:
    task = task_of(prompt)
    named = [one for one in lines if one.key == task]
    matching = [one for one in lines if _matches(one.key, prompt.user)]
    return named or matching or [one for one in lines if one.key == "*"]


def _matches(key: str, user: str) -> bool:
    return key.startswith("/") and re.search(key[1:-1], user, re.MULTILINE) is not None


def _groups(lines: list[Line]) -> list[list[Line]]:
    """Each reply with the falls that come before it; falls at the end stand alone."""
    groups: list[list[Line]] = [[]]
    for line in lines:
        groups[-1].append(line)
        if not line.failures:
            groups.append([])
    return [group for group in groups if group]


def _line(rest: str, text: str, at: str) -> Line:
    found = _KEY.match(rest)
    if found is None:
        raise UserError("a reply for nothing", where=at, hint="Name a task, /expression/ or *.")
    line = Line(found["key"], text)
    if line.key.startswith("/"):
        _compiles(line.key[1:-1], at)
    facts: dict[str, object] = {}
    for word in filter(None, (one.strip() for one in (found["words"] or "").split(","))):
        facts |= _fact(word, at)
    return Line(line.key, text, **facts)  # type: ignore[arg-type]  # _fact gives each field its type


def _fact(word: str, at: str) -> dict[str, object]:
    name, _, value = word.partition(" ")
    if word in {"crash", "garbage", "repeat"}:
        return {"act": word}
    if name == "attempt" and (span := re.fullmatch(r"(\d{1,4})(?:-(\d{1,4}))?", value)):
        return {"first": int(span[1]), "last": int(span[2] or span[1])}
    if name == "fail" and re.fullmatch(r"[45]\d\d", value):
        return {"act": "fail", "status": int(value)}
    if name in {"wait", "slow"} and re.fullmatch(r"\d{1,4}(\.\d+)?", value):
        return {name: min(float(value), _HOURS)}
    raise UserError(
        f"unknown word {word!r} in a reply's heading", where=at, hint=f"Known: {DIRECTIVES}."
    )


def _compiles(pattern: str, at: str) -> None:
    try:
        re.compile(pattern)
    except re.error as exc:
        raise UserError(f"not an expression: {exc}", where=at, hint="Mend it.") from exc
