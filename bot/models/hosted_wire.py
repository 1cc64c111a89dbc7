"""What a server's answer says beside its events: that it came to its end, or was no stream at all.

The library's reader of events tells its caller neither.
"""

import json
import re
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.models.tool_deltas import ToolDeltas

if TYPE_CHECKING:
    from httpx2 import AsyncClient, Response

    ReadBytes = Callable[[int | None], AsyncIterator[bytes]]

# Every stream of a chat ends with `data: [DONE]`, also one that names no reason:
# https://platform.openai.com/docs/api-reference/chat/create#chat-create-stream
_DONE = b"[DONE]"
_MAX_BODY_BYTES = 16_000_000
_MAX_ERROR_BYTES = 64 << 10
"""Of the body of a refusal: its message is in the first lines."""
_MAX_STREAM_BYTES = 256 << 20
"""Of all events of one answer: some hundred bytes for each token of the longest one there is."""
_TOO_LARGE = "the server's answer is larger than any reply"
_MAX_DONE_BYTES = 32
_BLANK_LINE = re.compile(rb"\r?\n\r?\n|\r\r")
_DATA_LINE = re.compile(rb"(?:^|[\r\n])data:")
_MAX_BLANK_BYTES = 4


@dataclass(slots=True)
class WireWatch:
    """`said_done`: the stream came to its orderly end. `whole_body`: one JSON body came instead."""

    said_done: bool = False
    whole_body: bool = False
    tail: bytes = b"\n"

    def add(self, chunk: bytes) -> None:
        """Look at the end of what came: nothing follows the event that says it."""
        self.tail = (self.tail + chunk[-_MAX_DONE_BYTES:])[-_MAX_DONE_BYTES:]
        last = self.tail.replace(b"\r", b"\n").rstrip().rpartition(b"\n")[2]
        self.said_done = last.startswith(b"data:") and last[5:].strip() == _DONE


class EventFilter:
    """Passes on the events that have data, as they came.

    Others are no messages, but the library reads their empty data as JSON: `retry: 3000`.
    """

    # https://html.spec.whatwg.org/multipage/server-sent-events.html#dispatchMessage
    def __init__(self) -> None:
        self._held = bytearray()

    def add(self, chunk: bytes) -> bytes:
        """What ended with this chunk."""
        seen = max(0, len(self._held) - _MAX_BLANK_BYTES)
        self._held += chunk
        if len(self._held) > _MAX_BODY_BYTES:
            raise ConnectionError(_TOO_LARGE)
        passed = bytearray()
        start = 0
        for blank in _BLANK_LINE.finditer(self._held, seen):
            block = bytes(self._held[start : blank.end()])
            start = blank.end()
            if _DATA_LINE.search(block):
                passed += block
        del self._held[:start]
        return bytes(passed)

    def end(self) -> bytes:
        return bytes(self._held)


def watch_answers(client: "AsyncClient", watch: WireWatch) -> None:
    """Have `watch` told of each answer. A chat's JSON body becomes a stream of one event."""

    async def on_response(response: "Response") -> None:
        if response.is_error:
            # The library reads it whole: a server could send without end.
            response.aiter_bytes = _limit_body(response.aiter_bytes)  # type: ignore[method-assign,assignment]
            return
        read = response.aiter_bytes

        async def read_watched(chunk_size: int | None = None) -> AsyncIterator[bytes]:
            body = b""
            events, deltas = EventFilter(), ToolDeltas()
            size = 0
            async for chunk in read(chunk_size):
                size += len(chunk)
                if size > _MAX_STREAM_BYTES:
                    raise ConnectionError(_TOO_LARGE)
                if not body and not watch.whole_body and watch.tail == b"\n":
                    # No event begins so: https://html.spec.whatwg.org/multipage/server-sent-events.html
                    watch.whole_body = chunk.lstrip().startswith(b"{")
                if not watch.whole_body:
                    watch.add(chunk)
                    yield deltas.fix_events(events.add(chunk))
                    continue
                body += chunk
                if len(body) > _MAX_BODY_BYTES:
                    raise ConnectionError(_TOO_LARGE)
            watch.said_done |= bool(body)
            yield deltas.fix_events(_to_events(body) if body else events.end())

        response.aiter_bytes = read_watched  # type: ignore[method-assign,assignment]

    client.event_hooks = {"response": [on_response]}


def _limit_body(read: "ReadBytes") -> "ReadBytes":
    """Reads the beginning alone."""

    async def read_beginning(chunk_size: int | None = None) -> AsyncIterator[bytes]:
        left = _MAX_ERROR_BYTES
        async for chunk in read(chunk_size):
            yield chunk[:left]
            left -= len(chunk)
            if left <= 0:
                return

    return read_beginning


def _to_events(body: bytes) -> bytes:
    """The events that say the same as a chat's whole body; another body as it is."""
    try:
        said = json.loads(body)
        if "error" not in said:
            said["choices"] = [_to_delta(choice) for choice in said["choices"]]
            said["object"] = "chat.completion.chunk"
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return body
    return b"data: " + json.dumps(said).encode() + b"\n\ndata: [DONE]\n\n"


def _to_delta(choice: dict[str, object]) -> dict[str, object]:
    rest = {name: value for name, value in choice.items() if name != "message"}
    return {**rest, "delta": choice["message"]}
