"""The three wire formats the stand-in speaks, as server-sent events and as one JSON body."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fake_models.server import ScriptedAnswer

Body = dict[str, Any]
MODEL = "scripted"
TOKENS_IN, TOKENS_OUT = 1234, 56
"""What the stand-in claims to have counted, so that a test can tell a report from an estimate."""


@dataclass(frozen=True)
class Wire:
    start: Callable[["ScriptedAnswer", Body], Iterator[str]]
    piece: Callable[[str], str]
    end: Callable[["ScriptedAnswer", Body], Iterator[str]]
    whole: Callable[["ScriptedAnswer", Body], Body]


def _data(event: Body, *, named: bool = False) -> str:
    name = f"event: {event['type']}\n" if named else ""
    return f"{name}data: {json.dumps(event)}\n\n"


def chat_wire() -> Wire:  # noqa: C901 a format is read best in one place
    head = {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": MODEL}

    def chunk(delta: Body, finish: str | None = None) -> str:
        return _data({**head, "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]})

    def tool_call(act: "ScriptedAnswer") -> Body:
        name, arguments = act.tool or ("", {})
        function = {"name": name, "arguments": json.dumps(arguments)}
        return {"index": 0, "id": "call_1", "type": "function", "function": function}

    def usage(act: "ScriptedAnswer") -> Body:
        details = {"cached_tokens": act.cached}
        total = TOKENS_IN + TOKENS_OUT
        counted = {"prompt_tokens": TOKENS_IN, "completion_tokens": TOKENS_OUT}
        return {**counted, "total_tokens": total, "prompt_tokens_details": details}

    def start(act: "ScriptedAnswer", _: Body) -> Iterator[str]:
        yield chunk({"role": "assistant", "content": ""})
        if act.tool:
            yield chunk({"tool_calls": [tool_call(act)]})

    def finish(act: "ScriptedAnswer") -> str:
        if act.tool:
            return "tool_calls"
        return {"end": "stop", "length": "length", "refused": "content_filter"}[act.stop]

    def end(act: "ScriptedAnswer", body: Body) -> Iterator[str]:
        yield chunk({}, finish(act))
        if act.usage and (body.get("stream_options") or {}).get("include_usage"):
            yield _data({**head, "choices": [], "usage": usage(act)})
        yield "data: [DONE]\n\n"

    def whole(act: "ScriptedAnswer", _: Body) -> Body:
        message: Body = {"role": "assistant", "content": "".join(act.split_pieces())}
        if act.tool:
            message["tool_calls"] = [tool_call(act)]
        choice = {"index": 0, "message": message, "finish_reason": finish(act)}
        return {**head, "object": "chat.completion", "choices": [choice], "usage": usage(act)}

    return Wire(start, lambda piece: chunk({"content": piece}), end, whole)


def anthropic_wire() -> Wire:  # noqa: C901 a format is read best in one place
    def usage(act: "ScriptedAnswer") -> Body:
        read = {"cache_read_input_tokens": act.cached, "cache_creation_input_tokens": 0}
        return {"input_tokens": TOKENS_IN - act.cached, "output_tokens": 1, **read}

    def message(act: "ScriptedAnswer", content: list[Body], stop: str | None) -> Body:
        head = {"id": "m1", "type": "message", "role": "assistant", "model": MODEL}
        tail = {"stop_reason": stop, "stop_sequence": None, "usage": usage(act)}
        return {**head, "content": content, **tail}

    def block(act: "ScriptedAnswer") -> Body:
        if act.tool:
            return {"type": "tool_use", "id": "toolu_1", "name": act.tool[0], "input": {}}
        return {"type": "text", "text": ""}

    def stop(act: "ScriptedAnswer") -> str:
        if act.tool:
            return "tool_use"
        return {"end": "end_turn", "length": "max_tokens", "refused": "refusal"}[act.stop]

    def event(kind: str, **rest: object) -> str:
        return _data({"type": kind, **rest}, named=True)

    def delta(of: Body) -> str:
        return event("content_block_delta", index=0, delta=of)

    def start(act: "ScriptedAnswer", _: Body) -> Iterator[str]:
        yield event("message_start", message=message(act, [], None))
        yield event("content_block_start", index=0, content_block=block(act))
        if act.tool:
            yield delta({"type": "input_json_delta", "partial_json": json.dumps(act.tool[1])})

    def end(act: "ScriptedAnswer", _: Body) -> Iterator[str]:
        yield event("content_block_stop", index=0)
        counted = {"output_tokens": TOKENS_OUT} if act.usage else {"output_tokens": 0}
        yield event(
            "message_delta", delta={"stop_reason": stop(act), "stop_sequence": None}, usage=counted
        )
        yield event("message_stop")

    def whole(act: "ScriptedAnswer", _: Body) -> Body:
        text = {"type": "text", "text": "".join(act.split_pieces())}
        tool = {**block(act), "input": act.tool[1]} if act.tool else text
        return message(act, [tool], stop(act))

    return Wire(start, lambda piece: delta({"type": "text_delta", "text": piece}), end, whole)


def responses_wire() -> Wire:
    said: list[str] = []

    def item(act: "ScriptedAnswer", status: str) -> Body:
        if act.tool:
            name, arguments = act.tool
            call = {"type": "function_call", "id": "fc_1", "call_id": "call_1", "status": status}
            return {**call, "name": name, "arguments": json.dumps(arguments)}
        text = {"type": "output_text", "text": "".join(said), "annotations": []}
        content = [text] if status == "completed" else []
        message = {"type": "message", "id": "msg_1", "status": status, "role": "assistant"}
        return {**message, "content": content}

    def response(act: "ScriptedAnswer", status: str) -> Body:
        done = status == "completed"
        counted = {
            "input_tokens": TOKENS_IN,
            "input_tokens_details": {"cached_tokens": act.cached},
            "output_tokens": TOKENS_OUT,
            "output_tokens_details": {"reasoning_tokens": 0},
            "total_tokens": TOKENS_IN + TOKENS_OUT,
        }
        head = {"id": "resp_1", "object": "response", "created_at": 1, "model": MODEL}
        output = [item(act, status)] if done else []
        usage = counted if done and act.usage else None
        rest = {"parallel_tool_calls": True, "tool_choice": "auto", "tools": []}
        return {**head, "status": status, "output": output, "usage": usage, "error": None, **rest}

    def event(kind: str, **rest: object) -> str:
        return _data({"type": kind, "sequence_number": 0, **rest}, named=True)

    def start(act: "ScriptedAnswer", _: Body) -> Iterator[str]:
        yield event("response.created", response=response(act, "in_progress"))
        yield event("response.output_item.added", output_index=0, item=item(act, "in_progress"))

    def piece(text: str) -> str:
        said.append(text)
        return event(
            "response.output_text.delta",
            item_id="msg_1",
            output_index=0,
            content_index=0,
            delta=text,
        )

    def end(act: "ScriptedAnswer", _: Body) -> Iterator[str]:
        yield event("response.output_item.done", output_index=0, item=item(act, "completed"))
        yield event("response.completed", response=response(act, "completed"))

    def whole(act: "ScriptedAnswer", _: Body) -> Body:
        said.extend(act.split_pieces())
        return response(act, "completed")

    return Wire(start, piece, end, whole)
