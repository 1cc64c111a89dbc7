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
"""The usage the stand-in reports, which no estimate comes to."""


@dataclass(frozen=True)
class Wire:
    start: Callable[["ScriptedAnswer", Body], Iterator[str]]
    piece: Callable[[str], str]
    end: Callable[["ScriptedAnswer", Body], Iterator[str]]
    complete_body: Callable[["ScriptedAnswer", Body], Body]
    deltas: Callable[["ScriptedAnswer"], Iterator[str]] | None = None


def _data(event: Body, *, named: bool = False) -> str:
    name = f"event: {event['type']}\n" if named else ""
    return f"{name}data: {json.dumps(event)}\n\n"


def chat_wire() -> Wire:  # noqa: C901 one format in one place
    head = {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": MODEL}

    def chunk(delta: Body, finish: str | None = None) -> str:
        return _data({**head, "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]})

    def tool_call(answer: "ScriptedAnswer") -> Body:
        name, arguments = answer.tool or ("", {})
        function = {"name": name, "arguments": json.dumps(arguments)}
        return {"index": 0, "id": "call_1", "type": "function", "function": function}

    def usage(answer: "ScriptedAnswer") -> Body:
        if answer.reported is not None:
            return answer.reported
        details = {"cached_tokens": answer.cached}
        total = TOKENS_IN + TOKENS_OUT
        counted = {"prompt_tokens": TOKENS_IN, "completion_tokens": TOKENS_OUT}
        return {**counted, "total_tokens": total, "prompt_tokens_details": details}

    def start(answer: "ScriptedAnswer", _: Body) -> Iterator[str]:
        yield chunk({"role": "assistant", "content": ""})
        if answer.tool:
            yield chunk({"tool_calls": [tool_call(answer)]})

    def deltas(answer: "ScriptedAnswer") -> Iterator[str]:
        for number, delta in enumerate(answer.deltas, 1):
            counted = {"usage": _count_so_far(answer, number)} if answer.usage_in_each else {}
            choice = {"index": 0, "delta": delta, "finish_reason": None}
            yield _data({**head, "choices": [choice], **counted})

    def finish(answer: "ScriptedAnswer") -> str:
        if answer.finish:
            return answer.finish
        if answer.tool:
            return "tool_calls"
        return {"end": "stop", "length": "length", "refused": "content_filter"}[answer.stop]

    def end(answer: "ScriptedAnswer", body: Body) -> Iterator[str]:
        if not answer.no_reason:
            yield chunk({}, finish(answer))
        if answer.usage and (body.get("stream_options") or {}).get("include_usage"):
            yield _data({**head, "choices": [], "usage": usage(answer)})
        yield "data: [DONE]\n\n"

    def complete_body(answer: "ScriptedAnswer", _: Body) -> Body:
        message: Body = {"role": "assistant", "content": "".join(answer.split_pieces())}
        if answer.tool:
            message["tool_calls"] = [tool_call(answer)]
        choice = {"index": 0, "message": message, "finish_reason": finish(answer)}
        return {**head, "object": "chat.completion", "choices": [choice], "usage": usage(answer)}

    return Wire(start, lambda piece: chunk({"content": piece}), end, complete_body, deltas)


def _count_so_far(answer: "ScriptedAnswer", events: int) -> Body:
    """What has been counted by then: every event is a token."""
    return {**(answer.reported or {}), "completion_tokens": events, "total_tokens": events}


def anthropic_wire() -> Wire:  # noqa: C901 one format in one place
    def usage(answer: "ScriptedAnswer") -> Body:
        read = {"cache_read_input_tokens": answer.cached, "cache_creation_input_tokens": 0}
        return {"input_tokens": TOKENS_IN - answer.cached, "output_tokens": 1, **read}

    def message(answer: "ScriptedAnswer", content: list[Body], stop: str | None) -> Body:
        head = {"id": "m1", "type": "message", "role": "assistant", "model": MODEL}
        tail = {"stop_reason": stop, "stop_sequence": None, "usage": usage(answer)}
        return {**head, "content": content, **tail}

    def block(answer: "ScriptedAnswer") -> Body:
        if answer.tool:
            return {"type": "tool_use", "id": "toolu_1", "name": answer.tool[0], "input": {}}
        return {"type": "text", "text": ""}

    def stop(answer: "ScriptedAnswer") -> str:
        if answer.tool:
            return "tool_use"
        return {"end": "end_turn", "length": "max_tokens", "refused": "refusal"}[answer.stop]

    def event(kind: str, **rest: object) -> str:
        return _data({"type": kind, **rest}, named=True)

    def delta(of: Body) -> str:
        return event("content_block_delta", index=0, delta=of)

    def start(answer: "ScriptedAnswer", _: Body) -> Iterator[str]:
        yield event("message_start", message=message(answer, [], None))
        yield event("content_block_start", index=0, content_block=block(answer))
        if answer.tool:
            yield delta({"type": "input_json_delta", "partial_json": json.dumps(answer.tool[1])})

    def end(answer: "ScriptedAnswer", _: Body) -> Iterator[str]:
        yield event("content_block_stop", index=0)
        counted = {"output_tokens": TOKENS_OUT} if answer.usage else {"output_tokens": 0}
        yield event(
            "message_delta",
            delta={"stop_reason": stop(answer), "stop_sequence": None},
            usage=counted,
        )
        yield event("message_stop")

    def complete_body(answer: "ScriptedAnswer", _: Body) -> Body:
        text = {"type": "text", "text": "".join(answer.split_pieces())}
        tool = {**block(answer), "input": answer.tool[1]} if answer.tool else text
        return message(answer, [tool], stop(answer))

    return Wire(
        start, lambda piece: delta({"type": "text_delta", "text": piece}), end, complete_body
    )


def responses_wire() -> Wire:
    pieces: list[str] = []

    def item(answer: "ScriptedAnswer", status: str) -> Body:
        if answer.tool:
            name, arguments = answer.tool
            call = {"type": "function_call", "id": "fc_1", "call_id": "call_1", "status": status}
            return {**call, "name": name, "arguments": json.dumps(arguments)}
        text = {"type": "output_text", "text": "".join(pieces), "annotations": []}
        content = [text] if status == "completed" else []
        message = {"type": "message", "id": "msg_1", "status": status, "role": "assistant"}
        return {**message, "content": content}

    def response(answer: "ScriptedAnswer", status: str) -> Body:
        done = status == "completed"
        counted = {
            "input_tokens": TOKENS_IN,
            "input_tokens_details": {"cached_tokens": answer.cached},
            "output_tokens": TOKENS_OUT,
            "output_tokens_details": {"reasoning_tokens": 0},
            "total_tokens": TOKENS_IN + TOKENS_OUT,
        }
        head = {"id": "resp_1", "object": "response", "created_at": 1, "model": MODEL}
        output = [item(answer, status)] if done else []
        usage = counted if done and answer.usage else None
        rest = {"parallel_tool_calls": True, "tool_choice": "auto", "tools": []}
        return {**head, "status": status, "output": output, "usage": usage, "error": None, **rest}

    def event(kind: str, **rest: object) -> str:
        return _data({"type": kind, "sequence_number": 0, **rest}, named=True)

    def start(answer: "ScriptedAnswer", _: Body) -> Iterator[str]:
        yield event("response.created", response=response(answer, "in_progress"))
        yield event("response.output_item.added", output_index=0, item=item(answer, "in_progress"))

    def piece(text: str) -> str:
        pieces.append(text)
        return event(
            "response.output_text.delta",
            item_id="msg_1",
            output_index=0,
            content_index=0,
            delta=text,
        )

    def end(answer: "ScriptedAnswer", _: Body) -> Iterator[str]:
        yield event("response.output_item.done", output_index=0, item=item(answer, "completed"))
        yield event("response.completed", response=response(answer, "completed"))

    def complete_body(answer: "ScriptedAnswer", _: Body) -> Body:
        pieces.extend(answer.split_pieces())
        return response(answer, "completed")

    return Wire(start, piece, end, complete_body)
