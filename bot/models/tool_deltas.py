"""Calls of tools in a chat's stream, put in the form that the protocol has.

By it the first piece of a call has an index, an id and a name, and further pieces have the index
alone: https://platform.openai.com/docs/api-reference/chat-streaming
Servers leave the index out (https://github.com/ollama/ollama/issues/7881), give each call the same
one (https://github.com/ollama/ollama/issues/15457, and gateways of Gemini), leave the id out or
empty, say id and name with every piece, or send arguments as an object. A reader that goes by the
index alone makes one call of them all.
"""

import json
import re
from dataclasses import dataclass, field
from typing import Any

_EVENT = re.compile(rb"^data:[ ]?(\{.*\})[ ]?$", re.MULTILINE)
_MARK = b'"tool_calls"'
MAX_CALLS = 64
"""Of one answer that are told apart; what comes behind them is one more."""


@dataclass(slots=True)
class _OpenCall:
    number: int
    index: int | None
    id: str
    name: str
    arguments: str = ""

    @property
    def is_whole(self) -> bool:
        try:
            return isinstance(json.loads(self.arguments), dict)
        except (ValueError, RecursionError):
            return False


@dataclass(slots=True)
class ToolDeltas:
    """The calls of one answer so far."""

    calls: list[_OpenCall] = field(default_factory=list)

    def fix_events(self, events: bytes) -> bytes:
        """The same events, those with calls written anew."""
        if _MARK not in events:
            return events
        return _EVENT.sub(lambda found: b"data: " + self._fix_event(found[1]), events)

    def _fix_event(self, body: bytes) -> bytes:
        if _MARK not in body:
            return body
        try:
            told = json.loads(body)
            for choice in told["choices"]:
                self._fix_delta(choice["delta"])
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            return body
        return json.dumps(told).encode()

    def _fix_delta(self, delta: dict[str, Any]) -> None:
        pieces = delta.get("tool_calls")
        if not isinstance(pieces, list):
            return
        delta["tool_calls"] = [
            self._fix_piece(piece) for piece in pieces if isinstance(piece, dict)
        ]

    def _fix_piece(self, piece: dict[str, Any]) -> dict[str, Any]:
        function = piece.get("function")
        function = function if isinstance(function, dict) else {}
        name, call_id = _as_text(function.get("name")), _as_text(piece.get("id"))
        index = piece.get("index")
        index = index if isinstance(index, int) and not isinstance(index, bool) else None
        arguments = function.get("arguments")
        told = arguments if isinstance(arguments, str) else json.dumps(arguments or {})
        told = "" if arguments is None else told
        call = self._find_open(index, call_id, name)
        begins = call is None
        if call is None:
            call = _OpenCall(len(self.calls), index, call_id, name)
            self.calls.append(call)
        call.arguments += told
        rest = {key: piece[key] for key in piece if key not in {"index", "id", "function"}}
        head = {"id": call_id or None, "type": "function"} if begins else {"id": None}
        said = {"name": name if begins else None, "arguments": told}
        return {**rest, "index": call.number, **head, "function": said}

    def _find_open(self, index: int | None, call_id: str, name: str) -> _OpenCall | None:
        """The call that the piece goes on with; None where it begins one."""
        if len(self.calls) > MAX_CALLS:
            return self.calls[-1]
        for call in reversed(self.calls):
            if call_id and call.id == call_id:
                return call
            same = call.index == index if index is not None else call is self.calls[-1]
            if same:
                return None if _begins_another(call, call_id, name) else call
        return None


def _begins_another(call: _OpenCall, call_id: str, name: str) -> bool:
    """Whether a piece for the place of `call` is of another one."""
    if call_id and call.id:
        return True
    # Without ids: one whose arguments are whole takes no more, and is not named again.
    return bool(name) and (name != call.name or call.is_whole)


def _as_text(value: object) -> str:
    return value if isinstance(value, str) else ""
