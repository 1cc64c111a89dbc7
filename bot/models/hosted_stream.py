"""Read a hosted model's stream: its text, when to cut it off, and the tokens it cost."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bot.models.hosted_tools import ReadCalls
from bot.models.hosted_wire import WireWatch
from bot.models.model import Prompt, StopReason, Watch
from bot.models.reasoning import (
    SplitReply,
    ThoughtWatch,
    begins_with_mark,
    split_reasoning,
)
from bot.models.token_estimate import bounded_count, estimate_call_tokens, estimate_tokens
from bot.models.tool_text import list_texts

if TYPE_CHECKING:
    from pydantic_ai.messages import ModelResponseStreamEvent
    from pydantic_ai.models import StreamedResponse

_NO_REASON = "without a `finish_reason`"
"""What the library says of a chat's stream that named no reason for its end."""


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
    thought: int


@dataclass(frozen=True, slots=True)
class SplitStream:
    """`opened_by_template`: the text has the end of a thought and not its beginning."""

    thought: str
    answer: str
    closed: bool
    opened_by_template: bool


@dataclass(slots=True)
class StreamedReply:
    """The stream so far, part by part; `thought` came in a field of its own.

    `arguments` are those of calls as they come, `called` the whole calls at its end.
    """

    parts: dict[int, str] = field(default_factory=dict)
    arguments: dict[int, str] = field(default_factory=dict)
    called: ReadCalls = field(default_factory=ReadCalls)
    thought: str = ""
    watch: ThoughtWatch = field(default_factory=ThoughtWatch)
    cut_why: str = ""
    full: bool = False
    ended: bool = False
    stop: StopReason = "end"
    wire: WireWatch = field(default_factory=WireWatch)
    reported_in: int = 0
    reported_out: int = 0
    reported_thought: int = 0
    cached: int = 0

    @property
    def text(self) -> str:
        return "".join(self.parts[index] for index in sorted(self.parts))

    @property
    def has_text(self) -> bool:
        return bool(self.text.strip() or self.thought.strip() or self.arguments)

    @property
    def called_text(self) -> str:
        """The calls as far as they have come, as the text of a fence."""
        told = "\n".join(self.arguments[index] for index in sorted(self.arguments))
        return f"\n```\n{told}" if self.arguments else ""

    @property
    def length(self) -> int:
        return len(self.text) + len(self.thought) + sum(map(len, self.arguments.values()))

    def split(self, *, template_opens: bool = False) -> "SplitStream":
        """The thought and the answer of what came.

        `template_opens`: a text without any mark of a thought is one that was not ended.
        """
        found = split_reasoning(self.text)
        if template_opens and not found.thought and found.closed:
            found = SplitReply(self.text, "", closed=False)
        thought = "\n\n".join(filter(None, (self.thought, found.thought)))
        by_template = bool(found.thought) and not begins_with_mark(self.text)
        return SplitStream(thought, found.answer, found.closed, by_template)

    def token_usage(self, prompt: Prompt, *, template_opens: bool = False) -> TokenUsage:
        """The server's own count; of a stream that was cut off at least our estimate."""
        # A chat server sends its count in the last chunk, if at all: a cut stream has none, and
        # others say at its beginning what they do not know yet.
        # https://platform.openai.com/docs/api-reference/chat-streaming
        # https://docs.anthropic.com/en/api/messages-streaming
        user = "\n\n".join(list_texts(prompt))
        tokens_in = self.reported_in or estimate_call_tokens(prompt.system, user)
        split = self.split(template_opens=template_opens)
        thought, answer = estimate_tokens(split.thought), estimate_tokens(split.answer)
        answer += estimate_tokens(self.called_text)
        estimated = sum(map(estimate_tokens, (self.text, self.thought, self.called_text)))
        known = self.reported_out > 0 and (self.ended or 2 * self.reported_out >= estimated)
        tokens_out = self.reported_out if known else max(self.reported_out, estimated)
        # llama-server counts thought and answer together: each has its share of that.
        share = round(tokens_out * thought / max(thought + answer, 1))
        thought = min(self.reported_thought or share, tokens_out)
        return TokenUsage(tokens_in, tokens_out, min(self.cached, tokens_in), thought)


async def read_stream(
    stream: "StreamedResponse", watch: Watch, reply: StreamedReply, max_characters: int
) -> None:
    """Read to the end, to a cut, or to `max_characters`, which only a server without limits passes.

    Raises ConnectionError for a reply that broke off, PermissionError for a refused one.
    """
    from pydantic_ai.exceptions import ModelAPIError  # noqa: PLC0415 loaded before, and slow to

    _replace_usage(stream)
    try:
        async for event in stream:
            if not _add_event(event, reply):
                continue
            reply.cut_why = ask_watch(watch, reply)
            reply.full = reply.length > max_characters
            if reply.cut_why or reply.full:
                reply.stop = "length"
                await stream.cancel()
                return
        _check_finish_reason(stream, reply)
    except ModelAPIError as exc:
        if _NO_REASON not in exc.message:
            raise
        if not (reply.wire.said_done and reply.has_text):
            raise ConnectionError("the reply broke off") from None
        # It ended in good order, and nothing says whether the model had come to its end.
        reply.ended = reply.full = True
        reply.stop = "unknown"
    finally:
        usage = stream.usage
        reply.reported_in = bounded_count(usage.input_tokens)
        reply.reported_out = bounded_count(usage.output_tokens)
        reply.cached = bounded_count(usage.cache_read_tokens)
        reply.reported_thought = bounded_count((usage.details or {}).get("reasoning_tokens"))


def _replace_usage(stream: "StreamedResponse") -> None:
    """Each count of a chat stream is of all of it so far; by default the library adds them up.

    Some servers send one with every chunk: https://ai.google.dev/gemini-api/docs/openai
    """
    settings = getattr(stream, "_model_settings", None)
    if isinstance(settings, dict):
        stream._model_settings = {**settings, "openai_continuous_usage_stats": True}  # type: ignore[attr-defined]  # noqa: SLF001 the request is sent: only the reading of its answer follows from it


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
        case m.PartStartEvent(index=index, part=m.ToolCallPart() as part):
            reply.arguments[index] = f"{part.tool_name} {part.args or ''}"
        case m.PartDeltaEvent(index=index, delta=m.ToolCallPartDelta(args_delta=str(more))):
            reply.arguments[index] = reply.arguments.get(index, "") + more
        case _:
            return False
    return True


def ask_watch(watch: Watch, reply: StreamedReply) -> str:
    """What the watch says of what came so far. Raises WatchFailedError."""
    text = reply.text
    at = reply.watch.find_answer(text)
    answer, thought = text[at:] + reply.called_text, reply.thought or text[:at]
    try:
        return watch(answer, (), thought) if thought else watch(answer)
    except Exception as exc:
        raise WatchFailedError(exc) from exc


# What servers say in place of the reasons that the protocol has:
# https://huggingface.co/docs/text-generation-inference/reference/api_reference
# https://docs.mistral.ai/api/#tag/chat
_FOREIGN_REASONS = {
    **dict.fromkeys(("eos", "eos_token", "stop_sequence", "end_turn", "complete"), "stop"),
    **dict.fromkeys(("max_tokens", "max_length", "model_length"), "length"),
}


def _read_reason(stream: "StreamedResponse") -> str:
    details = stream.provider_details or {}
    return str(details.get("finish_reason", "")).lower()


def _check_finish_reason(stream: "StreamedResponse", reply: StreamedReply) -> None:
    """A stream without a finish reason broke off: half an edit must not pass for a whole one."""
    # Only a stream's last chunk has a reason: stop, length, content_filter or a tool call.
    # https://platform.openai.com/docs/api-reference/chat-streaming
    reason = stream.finish_reason or _FOREIGN_REASONS.get(_read_reason(stream))
    if reason in {None, "error"}:
        raise ConnectionError("the reply broke off")
    if reason == "content_filter":
        raise PermissionError("the provider's content filter refused to answer")
    reply.ended = True
    reply.full = reason == "length"
    reply.stop = "length" if reply.full else "end"
