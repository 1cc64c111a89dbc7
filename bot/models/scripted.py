"""Replies from a file, for tests and the demo; always shown as `script`, never as a model.

    ## reply: fix-withdraw
    Text of the reply, to the next such heading.

    ## reply: fix-withdraw, attempt 2
    ## reply: cover-withdraw, fail 429, wait 0.5
    ## reply: /regular expression on the user text/
    ## reply: *

A key is a task's id, an expression, or `*` for every task nothing else names; they are tried in
that order. Replies of a key go to its attempts 1, 2, ... as they stand in the file; `attempt 3` or
`attempt 2-4` names them instead; several for one attempt are its turns, where it works by tools.
`fail` and `crash` come before the reply that follows them. Text before the first heading is a
comment. What surprised it at a task, a script says under `## reply: TASK.reflection`; one that does
not was surprised by nothing.
"""

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from bot.config.paths import resolve_path
from bot.errors import UserError
from bot.models.model import (
    LOOK_SECONDS,
    ModelError,
    Prompt,
    Reply,
    Watch,
    find_cause,
    is_reflection,
    is_retryable_status,
)
from bot.models.reasoning import split_reasoning
from bot.models.spec import Spec
from bot.models.token_estimate import (
    estimate_call_tokens,
    estimate_tokens,
    tokens_of_weight,
    weigh_text,
)
from bot.models.tool_text import flatten_prompt

_HEADING = re.compile(r"^##[ \t]+reply:[ \t]*(?P<rest>.*?)[ \t]*$", re.MULTILINE)
_KEY = re.compile(r"^(?P<key>/.*/|[^,]+?)(?:[ \t]*,[ \t]*(?P<directives>.*))?$")
_TASK = re.compile(r"^[ \t#>*-]*Task:[ \t]*`?(?P<id>[A-Za-z0-9._-]+)", re.MULTILINE)
_MAX_WAIT_SECONDS = 3600.0

Action = Literal["say", "fail", "crash", "garbage", "repeat"]
DIRECTIVES = (
    "attempt N, attempt N-M, fail STATUS, wait SECONDS, crash, slow SECONDS, garbage, repeat"
)


@dataclass(frozen=True, slots=True)
class ScriptedReply:
    """One reply of the file. `first` and `last` bound its attempts; 0 where none are named."""

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
    """Raises UserError with the line of the first heading that cannot be read."""
    headings = list(_HEADING.finditer(text))
    if not headings:
        raise UserError("no reply in it", where=where, hint="Write `## reply: TASK` above each.")
    ends = [*(heading.start() for heading in headings[1:]), len(text)]
    lines = []
    for heading, end in zip(headings, ends, strict=True):
        place = f"{where}:{text.count(chr(10), 0, heading.start()) + 1}"
        lines.append(_parse_heading(heading["rest"], text[heading.end() : end].strip("\n"), place))
    return tuple(lines)


def choose_reply(
    lines: tuple[ScriptedReply, ...], prompt: Prompt, calls: int
) -> ScriptedReply | None:
    """The reply for a prompt, or None when the script has none left.

    `calls` counts the replies this prompt's task and attempt had before, so that a failure before
    a reply comes once. The attempt decides which reply it is, so that a bot that was killed and
    started again gets the same one. Of an attempt by tools, those that are named for it are its
    turns, one after another, and `calls` counts within the turn.
    """
    candidates = _replies_for(lines, prompt)
    exact = [
        line for line in candidates if line.first and line.first <= prompt.attempt <= line.last
    ]
    if exact and prompt.tools:
        turns = _group_by_attempt(exact)
        group = turns[min(len(prompt.history), len(turns) - 1)]
        return group[min(calls, len(group) - 1)]
    if exact:
        return exact[min(calls, len(exact) - 1)]
    groups = _group_by_attempt([line for line in candidates if not line.first])
    if prompt.attempt:
        group = groups[prompt.attempt - 1] if prompt.attempt <= len(groups) else []
        return group[min(calls, len(group) - 1)] if group else None
    flat = [line for group in groups for line in group]
    return flat[calls] if calls < len(flat) else None


def task_id_of(prompt: Prompt) -> str:
    """The id of a prompt's task: its field, else its `Task: ID` line."""
    match = None if prompt.task else _TASK.search(prompt.user)
    return match["id"] if match else prompt.task


def _replies_for(lines: tuple[ScriptedReply, ...], prompt: Prompt) -> list[ScriptedReply]:
    task = task_id_of(prompt)
    named = [line for line in lines if line.key == task]
    if named or is_reflection(task):
        return named
    matching = [line for line in lines if _matches(line.key, prompt.user)]
    return matching or [line for line in lines if line.key == "*"]


def _matches(key: str, user: str) -> bool:
    return key.startswith("/") and re.search(key[1:-1], user, re.MULTILINE) is not None


def _group_by_attempt(lines: list[ScriptedReply]) -> list[list[ScriptedReply]]:
    """Each reply with the failures before it; failures at the end are a group of their own."""
    groups: list[list[ScriptedReply]] = [[]]
    for line in lines:
        groups[-1].append(line)
        if not line.is_failure:
            groups.append([])
    return [group for group in groups if group]


def _parse_heading(rest: str, text: str, where: str) -> ScriptedReply:
    match = _KEY.match(rest)
    if match is None:
        raise UserError("a reply for nothing", where=where, hint="Name a task, /expression/ or *.")
    line = ScriptedReply(match["key"], text)
    if line.key.startswith("/"):
        _require_expression(line.key[1:-1], where)
    fields: dict[str, object] = {}
    for word in filter(None, (part.strip() for part in (match["directives"] or "").split(","))):
        fields |= _parse_directive(word, where)
    return ScriptedReply(line.key, text, **fields)  # type: ignore[arg-type]  # _parse_directive gives each field its type


def _parse_directive(word: str, where: str) -> dict[str, object]:
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
        f"unknown word {word!r} in a reply's heading", where=where, hint=f"Known: {DIRECTIVES}."
    )


def _require_expression(pattern: str, where: str) -> None:
    try:
        re.compile(pattern)
    except re.error as exc:
        raise UserError(f"not an expression: {exc}", where=where, hint="Fix it.") from exc


_NOISE = "\x00\ufffd\x1b[31m" + "".join(map(chr, range(0x80, 0xA0))) + "{]}<|\\"


class ScriptModel:
    """`script:FILE`. The file is read once, when the tier is opened."""

    def __init__(self, spec: Spec) -> None:
        path = resolve_path(spec.name, where=str(spec))
        self.name = f"script:{path.name}"
        self._lines = parse_script(_read_script(path), where=str(path))
        self._calls: dict[tuple[str, int, int], int] = {}

    def ask(self, prompt: Prompt, watch: Watch) -> Reply:
        began = time.monotonic()
        turn = len(prompt.history)
        key = (task_id_of(prompt) or prompt.user, prompt.attempt, turn)
        calls = self._calls.get(key, 0)
        self._calls[key] = calls + 1
        if is_reflection(prompt.task) and not _replies_for(self._lines, prompt):
            return Reply("NONE", tokens_in=0, tokens_out=0, seconds=0.0, model=self.name)
        line = choose_reply(self._lines, prompt, calls)
        prompt = flatten_prompt(prompt)
        if line is None:
            which = f"task {task_id_of(prompt)}" if task_id_of(prompt) else "this prompt"
            raise ModelError(
                self.name, f"no reply left for {which}, attempt {prompt.attempt or '?'}"
            )
        if line.is_failure:
            raise self._to_error(line)
        text, cut_why = _stream_reply(line, watch, prompt.reply)
        complete = line.act != "repeat"
        split = split_reasoning(text)
        return Reply(
            text=split.answer,
            thought=split.thought,
            tokens_thought=estimate_tokens(split.thought),
            tokens_in=estimate_call_tokens(prompt.system, prompt.user),
            tokens_out=estimate_tokens(text),
            seconds=time.monotonic() - began,
            model=self.name,
            stop="cut" if cut_why else "end" if complete else "length",
            cut_why=cut_why,
        )

    def close(self) -> None:
        self._calls.clear()

    def _to_error(self, line: ScriptedReply) -> ModelError:
        if line.act == "crash":
            why = "the model's process died"
            return ModelError(self.name, why, retryable=True, cause="outage")
        return ModelError(
            self.name,
            f"HTTP {line.status}",
            retryable=is_retryable_status(line.status),
            wait=line.wait,
            cause=find_cause(line.status),
        )


def _stream_reply(line: ScriptedReply, watch: Watch, max_tokens: int) -> tuple[str, str]:
    text = ""
    for piece, pause in _split_pieces(line, max_tokens):
        if why := _sleep_watched(pause, text, watch):
            return text, why
        text += piece
        if why := watch(text):
            return text, why
    return text, ""


def _sleep_watched(seconds: float, text: str, watch: Watch) -> str:
    """A watch is called while nothing comes, too."""
    while seconds > LOOK_SECONDS:
        time.sleep(LOOK_SECONDS)
        seconds -= LOOK_SECONDS
        if why := watch(text):
            return why
    time.sleep(seconds)
    return ""


def _split_pieces(line: ScriptedReply, max_tokens: int) -> Iterator[tuple[str, float]]:
    """The reply as a stream would bring it: line by line, `repeat` up to the limit.

    Each with the seconds before it.
    """
    if line.act == "garbage":
        yield _NOISE * 8, 0.0
        return
    rows = line.text.splitlines(keepends=True) or [""]
    if line.act != "repeat":
        for row in rows:
            yield row, line.slow / len(rows)
        return
    weight = 0
    loop = f"{line.text}\n"
    while tokens_of_weight(weight) < max_tokens:
        weight += weigh_text(loop)
        yield loop, line.slow


def _read_script(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError as exc:
        hint = "Name a file of replies after `script:`."
        raise UserError("no such file of replies", where=str(path), hint=hint) from exc
    except (OSError, UnicodeDecodeError) as exc:
        raise UserError(f"cannot be read: {exc}", where=str(path), hint="Fix it.") from exc
