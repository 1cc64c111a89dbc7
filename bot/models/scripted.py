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
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from bot.config.paths import resolve_path
from bot.errors import UserError
from bot.models.model import ModelError, Prompt, Reply, Watch
from bot.models.spec import Spec
from bot.models.token_estimate import (
    estimate_call_tokens,
    estimate_tokens,
    tokens_of_weight,
    weigh_text,
)

_HEADING = re.compile(r"^##[ \t]+reply:[ \t]*(?P<rest>.*?)[ \t]*$", re.MULTILINE)
_KEY = re.compile(r"^(?P<key>/.*/|[^,]+?)(?:[ \t]*,[ \t]*(?P<words>.*))?$")
_TASK = re.compile(r"^[ \t#>*-]*Task:[ \t]*`?(?P<id>[A-Za-z0-9._-]+)", re.MULTILINE)
_MAX_WAIT_SECONDS = 3600.0

Action = Literal["say", "fail", "crash", "garbage", "repeat"]
DIRECTIVES = (
    "attempt N, attempt N-M, fail STATUS, wait SECONDS, crash, slow SECONDS, garbage, repeat"
)


@dataclass(frozen=True, slots=True)
class ScriptedReply:
    """One reply of the file. `first` and `last` bound its attempts; 0 where nothing is said."""

    key: str
    text: str
    act: Action = "say"
    status: int = 0
    wait: float = 0.0
    slow: float = 0.0
    first: int = 0
    last: int = 0

    @property
    def is_failure(self) -> bool:
        return self.act in {"fail", "crash"}


def parse_script(text: str, *, where: str = "script") -> tuple[ScriptedReply, ...]:
    """Raises UserError with the line of the first heading that says something unknown."""
    heads = list(_HEADING.finditer(text))
    if not heads:
        raise UserError("no reply in it", where=where, hint="Write `## reply: TASK` above each.")
    ends = [*(head.start() for head in heads[1:]), len(text)]
    lines = []
    for head, end in zip(heads, ends, strict=True):
        at = f"{where}:{text.count(chr(10), 0, head.start()) + 1}"
        lines.append(_parse_heading(head["rest"], text[head.end() : end].strip("\n"), at))
    return tuple(lines)


def choose_reply(
    lines: tuple[ScriptedReply, ...], prompt: Prompt, calls: int
) -> ScriptedReply | None:
    """The reply for a prompt, or None when the script has none left.

    `calls` counts what this prompt's task and attempt got already, so that a fall before a reply
    is met once. The attempt decides which reply it is: a bot that was killed goes on where it was.
    """
    mine = _replies_for(lines, prompt)
    said = [one for one in mine if one.first and one.first <= prompt.attempt <= one.last]
    if said:
        return said[min(calls, len(said) - 1)]
    groups = _group_by_attempt([one for one in mine if not one.first])
    if prompt.attempt:
        group = groups[prompt.attempt - 1] if prompt.attempt <= len(groups) else []
        return group[min(calls, len(group) - 1)] if group else None
    flat = [one for group in groups for one in group]
    return flat[calls] if calls < len(flat) else None


def task_id_of(prompt: Prompt) -> str:
    """The task a prompt is about: as it says of itself, else its `Task: ID` line."""
    found = None if prompt.task else _TASK.search(prompt.user)
    return found["id"] if found else prompt.task


def _replies_for(lines: tuple[ScriptedReply, ...], prompt: Prompt) -> list[ScriptedReply]:
    task = task_id_of(prompt)
    named = [one for one in lines if one.key == task]
    matching = [one for one in lines if _matches(one.key, prompt.user)]
    return named or matching or [one for one in lines if one.key == "*"]


def _matches(key: str, user: str) -> bool:
    return key.startswith("/") and re.search(key[1:-1], user, re.MULTILINE) is not None


def _group_by_attempt(lines: list[ScriptedReply]) -> list[list[ScriptedReply]]:
    """Each reply with the falls that come before it; falls at the end stand alone."""
    groups: list[list[ScriptedReply]] = [[]]
    for line in lines:
        groups[-1].append(line)
        if not line.is_failure:
            groups.append([])
    return [group for group in groups if group]


def _parse_heading(rest: str, text: str, at: str) -> ScriptedReply:
    found = _KEY.match(rest)
    if found is None:
        raise UserError("a reply for nothing", where=at, hint="Name a task, /expression/ or *.")
    line = ScriptedReply(found["key"], text)
    if line.key.startswith("/"):
        _require_expression(line.key[1:-1], at)
    facts: dict[str, object] = {}
    for word in filter(None, (one.strip() for one in (found["words"] or "").split(","))):
        facts |= _parse_directive(word, at)
    return ScriptedReply(line.key, text, **facts)  # type: ignore[arg-type]  # _fact gives each field its type


def _parse_directive(word: str, at: str) -> dict[str, object]:
    name, _, value = word.partition(" ")
    if word in {"crash", "garbage", "repeat"}:
        return {"act": word}
    if name == "attempt" and (span := re.fullmatch(r"(\d{1,4})(?:-(\d{1,4}))?", value)):
        return {"first": int(span[1]), "last": int(span[2] or span[1])}
    if name == "fail" and re.fullmatch(r"[45]\d\d", value):
        return {"act": "fail", "status": int(value)}
    if name in {"wait", "slow"} and re.fullmatch(r"\d{1,4}(\.\d+)?", value):
        return {name: min(float(value), _MAX_WAIT_SECONDS)}
    raise UserError(
        f"unknown word {word!r} in a reply's heading", where=at, hint=f"Known: {DIRECTIVES}."
    )


def _require_expression(pattern: str, at: str) -> None:
    try:
        re.compile(pattern)
    except re.error as exc:
        raise UserError(f"not an expression: {exc}", where=at, hint="Mend it.") from exc


_NOISE = "\x00\ufffd\x1b[31m" + "".join(map(chr, range(0x80, 0xA0))) + "{]}<|\\"


class ScriptModel:
    """`script:FILE`. The file is read once, when the tier is opened."""

    def __init__(self, spec: Spec) -> None:
        path = resolve_path(spec.name, where=str(spec))
        self.name = f"script:{path.name}"
        self._lines = parse_script(_read(path), where=str(path))
        self._calls: dict[tuple[str, int], int] = {}

    def ask(self, prompt: Prompt, watch: Watch) -> Reply:
        began = time.monotonic()
        key = (task_id_of(prompt) or prompt.user, prompt.attempt)
        calls = self._calls.get(key, 0)
        self._calls[key] = calls + 1
        line = choose_reply(self._lines, prompt, calls)
        if line is None:
            which = f"task {task_id_of(prompt)}" if task_id_of(prompt) else "this prompt"
            raise ModelError(
                self.name, f"no reply left for {which}, attempt {prompt.attempt or '?'}"
            )
        if line.is_failure:
            raise self._failure(line)
        text, cut_why = _stream_reply(line, watch, prompt.reply)
        full = line.act != "repeat"
        return Reply(
            text=text,
            tokens_in=estimate_call_tokens(prompt.system, prompt.user),
            tokens_out=estimate_tokens(text),
            seconds=time.monotonic() - began,
            model=self.name,
            stop="cut" if cut_why else "end" if full else "length",
            cut_why=cut_why,
        )

    def close(self) -> None:
        self._calls.clear()

    def _failure(self, line: ScriptedReply) -> ModelError:
        if line.act == "crash":
            return ModelError(self.name, "the model's process died", retryable=True)
        retryable = line.status in {408, 429} or line.status >= 500  # noqa: PLR2004 HTTP's own numbers
        return ModelError(self.name, f"HTTP {line.status}", retryable=retryable, wait=line.wait)


def _stream_reply(line: ScriptedReply, watch: Watch, room: int) -> tuple[str, str]:
    said = ""
    for piece in _pieces(line, room):
        said += piece
        if why := watch(said):
            return said, why
    return said, ""


def _pieces(line: ScriptedReply, room: int) -> Iterator[str]:
    """The reply as a stream would bring it: line by line, `repeat` until there is no room left."""
    if line.act == "garbage":
        yield _NOISE * 8
        return
    rows = line.text.splitlines(keepends=True) or [""]
    if line.act != "repeat":
        for row in rows:
            time.sleep(line.slow / len(rows))
            yield row
        return
    weight = 0
    loop = f"{line.text}\n"
    while tokens_of_weight(weight) < room:
        time.sleep(line.slow)
        weight += weigh_text(loop)
        yield loop


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError as exc:
        hint = "Name a file of replies after `script:`."
        raise UserError("no such file of replies", where=str(path), hint=hint) from exc
    except (OSError, UnicodeDecodeError) as exc:
        raise UserError(f"cannot be read: {exc}", where=str(path), hint="Mend it.") from exc
