"""Listening to a hosted model's stream: what it said, when to cut it, and what it cost."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bot.models.model import Prompt, Watch
from bot.models.token_estimate import bounded_count, estimate_call_tokens, estimate_tokens

if TYPE_CHECKING:
    from pydantic_ai.messages import ModelResponseStreamEvent
    from pydantic_ai.models import StreamedResponse


class WatchFailedError(Exception):
    """The watch itself failed: ours to see, not the server's fault."""

    def __init__(self, error: Exception) -> None:
        super().__init__(str(error))
        self.error = error


@dataclass(frozen=True, slots=True)
class Spent:
    tokens_in: int
    tokens_out: int
    cached: int


@dataclass(slots=True)
class Said:
    """What the stream has brought so far, part by part; `thought` is paid for and not shown."""

    parts: dict[int, str] = field(default_factory=dict)
    thought: str = ""
    cut_why: str = ""
    full: bool = False
    ended: bool = False
    reported_in: int = 0
    reported_out: int = 0
    cached: int = 0

    @property
    def text(self) -> str:
        return "".join(self.parts[index] for index in sorted(self.parts))

    def spent(self, prompt: Prompt) -> Spent:
        """The server's count where it gave one to the end, else never less than our estimate."""
        tokens_in = self.reported_in or estimate_call_tokens(prompt.system, prompt.user)
        counted = estimate_tokens(self.text) + estimate_tokens(self.thought)
        whole = self.ended and self.reported_out > 0
        tokens_out = self.reported_out if whole else max(self.reported_out, counted)
        return Spent(tokens_in, tokens_out, min(self.cached, tokens_in))


async def listen(stream: "StreamedResponse", watch: Watch, said: Said, most: int) -> None:
    """Read to the end, to a cut, or to `most` characters, where no honest server would go on.

    Raises ConnectionError for a reply that broke off, PermissionError for one refused.
    """
    try:
        async for event in stream:
            if not _hear(event, said):
                continue
            said.cut_why = _look(watch, said.text)
            said.full = len(said.text) + len(said.thought) > most
            if said.cut_why or said.full:
                await stream.cancel()
                return
        _judge_end(stream, said)
    finally:
        usage = stream.usage
        said.reported_in = bounded_count(usage.input_tokens)
        said.reported_out = bounded_count(usage.output_tokens)
        said.cached = bounded_count(usage.cache_read_tokens)


def _hear(event: "ModelResponseStreamEvent", said: Said) -> bool:
    """Take in one event; True when there is more text or thought than before."""
    from pydantic_ai import messages as m  # noqa: PLC0415 loaded before, and slow to

    match event:
        case m.PartStartEvent(index=index, part=m.TextPart(content=content)) if content:
            said.parts[index] = content
        case m.PartDeltaEvent(index=index, delta=m.TextPartDelta(content_delta=more)) if more:
            said.parts[index] = said.parts.get(index, "") + more
        case m.PartStartEvent(part=m.ThinkingPart(content=content)) if content:
            said.thought += content
        case m.PartDeltaEvent(delta=m.ThinkingPartDelta(content_delta=more)) if more:
            said.thought += more
        case _:
            return False
    return True


def _look(watch: Watch, text: str) -> str:
    try:
        return watch(text)
    except Exception as exc:
        raise WatchFailedError(exc) from exc


def _judge_end(stream: "StreamedResponse", said: Said) -> None:
    """A stream that stops without saying why broke off: half an edit must not pass as whole."""
    reason = stream.finish_reason
    if reason in {None, "error"}:
        raise ConnectionError("the reply broke off")
    if reason == "content_filter":
        raise PermissionError("the provider's content filter refused to answer")
    said.ended = True
    said.full = reason == "length"
