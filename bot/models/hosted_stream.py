"""Read a hosted model's stream: its text, when to cut it off, and the tokens it cost."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bot.models.model import Prompt, Watch
from bot.models.token_estimate import bounded_count, estimate_call_tokens, estimate_tokens

if TYPE_CHECKING:
    from pydantic_ai.messages import ModelResponseStreamEvent
    from pydantic_ai.models import StreamedResponse


class WatchFailedError(Exception):
    """The watch raised: its error is passed on, and is not taken for the server's."""

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
    """The stream so far, part by part; `thought` is reasoning: counted, and no part of the text."""

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
        """The server's own count of a stream that ended; else at least our estimate."""
        # A chat server sends its count in the last chunk, if at all: a cut stream has none.
        # https://platform.openai.com/docs/api-reference/chat-streaming
        tokens_in = self.reported_in or estimate_call_tokens(prompt.system, prompt.user)
        estimated = estimate_tokens(self.text) + estimate_tokens(self.thought)
        complete = self.ended and self.reported_out > 0
        tokens_out = self.reported_out if complete else max(self.reported_out, estimated)
        return TokenUsage(tokens_in, tokens_out, min(self.cached, tokens_in))


async def read_stream(
    stream: "StreamedResponse", watch: Watch, reply: StreamedReply, max_characters: int
) -> None:
    """Read to the end, to a cut, or to `max_characters`, which only a server without limits passes.

    Raises ConnectionError for a reply that broke off, PermissionError for a refused one.
    """
    try:
        async for event in stream:
            if not _add_event(event, reply):
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


def _add_event(event: "ModelResponseStreamEvent", reply: StreamedReply) -> bool:
    """Add one event to the reply; True where that brought text or reasoning."""
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
    """A stream without a finish reason broke off: half an edit must not pass for a whole one."""
    # Only a stream's last chunk has a reason: stop, length, content_filter or a tool call.
    # https://platform.openai.com/docs/api-reference/chat-streaming
    reason = stream.finish_reason
    if reason in {None, "error"}:
        raise ConnectionError("the reply broke off")
    if reason == "content_filter":
        raise PermissionError("the provider's content filter refused to answer")
    reply.ended = True
    reply.full = reason == "length"
