"""`script:FILE`: replies from a file (`bot.models.script_file`), streamed like a model's."""

import time
from collections.abc import Iterator
from pathlib import Path

from bot.config.paths import resolve_path
from bot.errors import UserError
from bot.models.model import ModelError, Prompt, Reply, Watch
from bot.models.script_file import Line, choose, parse_script, task_of
from bot.models.spec import Spec
from bot.models.token_estimate import (
    estimate_call_tokens,
    estimate_tokens,
    tokens_of_weight,
    weigh_text,
)

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
        key = (task_of(prompt) or prompt.user, prompt.attempt)
        calls = self._calls.get(key, 0)
        self._calls[key] = calls + 1
        line = choose(self._lines, prompt, calls)
        if line is None:
            which = f"task {task_of(prompt)}" if task_of(prompt) else "this prompt"
            raise ModelError(
                self.name, f"no reply left for {which}, attempt {prompt.attempt or '?'}"
            )
        if line.failures:
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

    def _failure(self, line: Line) -> ModelError:
        if line.act == "crash":
            return ModelError(self.name, "the model's process died", retryable=True)
        retryable = line.status in {408, 429} or line.status >= 500  # noqa: PLR2004 HTTP's own numbers
        return ModelError(self.name, f"HTTP {line.status}", retryable=retryable, wait=line.wait)


def _stream_reply(line: Line, watch: Watch, room: int) -> tuple[str, str]:
    said = ""
    for piece in _pieces(line, room):
        said += piece
        if why := watch(said):
            return said, why
    return said, ""


def _pieces(line: Line, room: int) -> Iterator[str]:
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
