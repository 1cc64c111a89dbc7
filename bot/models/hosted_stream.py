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
class TokenUsage:
    tokens_in: int
    tokens_out: int
    cached: int


@dataclass(slots=True)
class StreamedReply:
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

    def token_usage(self, prompt: Prompt) -> TokenUsage:
        """The server's count where it gave one to the end, else never less than our estimate."""
        tokens_in = self.reported_in or estimate_call_tokens(prompt.system, prompt.user)
        counted = estimate_tokens(self.text) + estimate_tokens(self.thought)
        whole = self.ended and self.reported_out > 0
        tokens_out = self.reported_out if whole else max(self.reported_out, counted)
        return TokenUsage(tokens_in, tokens_out, min(self.cached, tokens_in))


async def read_stream(
    stream: "StreamedResponse", watch: Watch, reply: StreamedReply, max_characters: int
) -> None:
    """Read to the end, to a cut, or to `most` characters, where no honest server would go on.

    Raises ConnectionError for a reply that broke off, PermissionError for one refused.
    """
    try:
        async for event in stream:
            if not _take_event(event, reply):
                continue
            reply.cut_why = _call_watch(watch, reply.text)
            reply.full = len(reply.text) + len(reply.thought) > max_characters
            if reply.cut_why or reply.full:
                await stream.cancel()
                return
        _check_finish_reason(stream, reply)
    finally:
        usage = stream.usage
        reply.reported_in = bounded_count(usage.input_tokens)
        reply.reported_out = bounded_count(usage.output_tokens)
        reply.cached = bounded_count(usage.cache_read_tokens)


def _take_event(event: "ModelResponseStreamEvent", reply: StreamedReply) -> bool:
    """Take in one event; True when there is more text or thought than before."""
    from pydantic_ai import messages as m  # noqa: PLC0415 loaded before, and slow to

    match event:
        case m.PartStartEvent(index=index, part=m.TextPart(content=content)) if content:
            reply.parts[index] = content
        case m.PartDeltaEvent(index=index, delta=m.TextPartDelta(content_delta=more)) if more:
            reply.parts[index] = reply.parts.get(index, "") + more
        case m.PartStartEvent(part=m.ThinkingPart(content=content)) if content:
            reply.thought += content
        case m.PartDeltaEvent(delta=m.ThinkingPartDelta(content_delta=more)) if more:
            reply.thought += more
        case _:
            return False
    return True


def _call_watch(watch: Watch, text: str) -> str:
    try:
        return watch(text)
    except Exception as exc:
        raise WatchFailedError(exc) from exc


def _check_finish_reason(stream: "StreamedResponse", reply: StreamedReply) -> None:
    """A stream that stops without saying why broke off: half an edit must not pass as whole."""
    reason = stream.finish_reason
    if reason in {None, "error"}:
        raise ConnectionError("the reply broke off")
    if reason == "content_filter":
        raise PermissionError("the provider's content filter refused to answer")
    reply.ended = True
    reply.full = reason == "length"
