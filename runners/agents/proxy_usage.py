"""What a model's answer says that it took, in each of the three protocols."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from bot.models.agent_cli.agent import Wire
from bot.models.agent_cli.protocol import nested_value
from bot.models.token_estimate import bounded_count, estimate_tokens

_ENDS = frozenset({"response.completed", "response.failed", "response.incomplete"})


@dataclass(slots=True)
class AnswerUsage:
    """Of one answer, so far. `events` counts pieces of a stream: each holds a token or more."""

    tokens_in: int = 0
    tokens_out: int = 0
    cached: int = 0
    events: int = 0

    @property
    def tokens(self) -> int:
        """So far, of an answer that may go on: the question's are told at the end by some."""
        return self.tokens_in + max(self.tokens_out, self.events)

    def read_line(self, wire: Wire, line: bytes) -> None:
        """A line of a stream of server-sent events."""
        # https://html.spec.whatwg.org/multipage/server-sent-events.html
        if line.startswith(b"data:"):
            self.events += 1
            self.read_json(wire, line.removeprefix(b"data:"))

    def read_json(self, wire: Wire, text: bytes) -> None:
        """An event, or the whole answer. What is no JSON tells nothing, as `[DONE]`."""
        try:
            event = json.loads(text)
        except (ValueError, RecursionError):
            return
        if isinstance(event, dict):
            _READERS[wire](event, self)

    def settle(self, asked: str) -> None:
        """Estimate what nobody told: an answer that broke off was paid for, too."""
        self.tokens_in = self.tokens_in or estimate_tokens(asked)
        self.tokens_out = max(self.tokens_out or self.events, 1)
        self.cached = min(self.cached, self.tokens_in)

    def note(self, tokens_in: int, tokens_out: int, cached: int) -> None:
        """Later events of a stream count what earlier ones did."""
        self.tokens_in = max(self.tokens_in, tokens_in)
        self.tokens_out = max(self.tokens_out, tokens_out)
        self.cached = max(self.cached, cached)


def _read_chat(event: Mapping[str, object], usage: AnswerUsage) -> None:
    # https://platform.openai.com/docs/api-reference/chat/object
    told = event.get("usage")
    usage.note(
        bounded_count(nested_value(told, "prompt_tokens")),
        bounded_count(nested_value(told, "completion_tokens")),
        bounded_count(nested_value(told, "prompt_tokens_details", "cached_tokens")),
    )


def _read_responses(event: Mapping[str, object], usage: AnswerUsage) -> None:
    # https://platform.openai.com/docs/api-reference/responses-streaming
    told = event.get("usage")
    if event.get("type") in _ENDS:
        told = nested_value(event, "response", "usage")
    usage.note(
        bounded_count(nested_value(told, "input_tokens")),
        bounded_count(nested_value(told, "output_tokens")),
        bounded_count(nested_value(told, "input_tokens_details", "cached_tokens")),
    )


def _read_messages(event: Mapping[str, object], usage: AnswerUsage) -> None:
    # `input_tokens` are those that were neither read from the cache nor written to it.
    # https://docs.anthropic.com/en/docs/build-with-claude/prompt-caching
    told = nested_value(event, "message", "usage") or event.get("usage")
    cached = bounded_count(nested_value(told, "cache_read_input_tokens"))
    written = bounded_count(nested_value(told, "cache_creation_input_tokens"))
    fresh = bounded_count(nested_value(told, "input_tokens"))
    usage.note(fresh + cached + written, bounded_count(nested_value(told, "output_tokens")), cached)


_READERS = {"chat": _read_chat, "responses": _read_responses, "messages": _read_messages}
