"""Calls of tools over real HTTP, streamed as badly as servers do it."""

import json
from typing import Any

import pytest
from fake_models.server import ModelServer, ReceivedRequest, ScriptedAnswer

from bot.config.tiers import TierSettings
from bot.models.hosted import HostedModel
from bot.models.model import Prompt, Reply
from bot.models.spec import parse_spec
from bot.models.tool_calls import Exchange, ToolCall
from bot.prompts.tool_prompt import list_tools

KINDS = ("openai-chat:scripted", "anthropic:scripted", "openai-responses:scripted")
TOOLS = list_tools("a.py", ["test"])
READ, DONE = '{"path": "a.py"}', "{}"


def open_model(server: ModelServer, kind: str = KINDS[0]) -> HostedModel:
    url = server.url.removesuffix("/v1") if kind.startswith("anthropic") else server.url
    return HostedModel(parse_spec(kind), TierSettings(models=(kind,), base_url=url))


def ask(model: HostedModel, *history: Exchange) -> Reply:
    prompt = Prompt("You build.", "Fix it.", tools=TOOLS, history=history)
    return model.ask(prompt, lambda *_: "")


def piece(
    index: int | None, call_id: str | None, name: str | None, arguments: object
) -> dict[str, Any]:
    function: dict[str, object] = {"arguments": arguments}
    told: dict[str, Any] = {"function": function}
    if name is not None:
        function["name"] = name
    if index is not None:
        told["index"] = index
    if call_id is not None:
        told["id"] = call_id
    return told


def deltas(*pieces: object) -> tuple[dict[str, Any], ...]:
    return tuple({"tool_calls": each if isinstance(each, list) else [each]} for each in pieces)


STREAMS = {
    "as the protocol says": deltas(
        piece(0, "a", "read", ""),
        piece(0, None, None, '{"path": '),
        piece(0, None, None, '"a.py"}'),
        piece(1, "b", "done", ""),
        piece(1, None, None, "{}"),
    ),
    "without any index": deltas(
        piece(None, "a", "read", '{"path":'),
        piece(None, None, None, ' "a.py"}'),
        piece(None, "b", "done", "{}"),
    ),
    "each with the same index": deltas(
        piece(0, "a", "read", READ),
        piece(0, "b", "done", "{}"),
    ),
    "the same index and no ids": deltas(
        piece(0, "", "read", READ),
        piece(0, "", "done", ""),
    ),
    "the same tool twice, with no ids": deltas(
        piece(0, None, "read", READ),
        piece(0, None, "read", READ),
    ),
    "all at once in one event": deltas([piece(0, "a", "read", READ), piece(1, "b", "done", "{}")]),
    "all at once without an index": deltas(
        [piece(None, "a", "read", READ), piece(None, "b", "done", "{}")]
    ),
    "id and name in every piece": deltas(
        piece(0, "a", "read", '{"path": '),
        piece(0, "a", "read", '"a.py"}'),
        piece(1, "b", "done", "{}"),
    ),
    "empty id and name in later pieces": deltas(
        piece(0, "a", "read", '{"path": '),
        piece(0, "", "", '"a.py"}'),
        piece(1, "b", "done", None),
    ),
    "arguments as an object": deltas(
        piece(0, "a", "read", {"path": "a.py"}),
        piece(1, "b", "done", {}),
    ),
    "one id for all": deltas(piece(0, "a", "read", READ), piece(1, "a2", "done", "{}")),
    "pieces of two calls by turns": deltas(
        piece(0, "a", "read", '{"path": '),
        piece(1, "b", "done", "{"),
        piece(0, None, None, '"a.py"}'),
        piece(1, None, None, "}"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("finish", ["tool_calls", "stop"])
@pytest.mark.parametrize("stream", STREAMS)
def test_calls_are_read_however_a_server_streams_them(
    model_server: ModelServer, stream: str, finish: str
) -> None:
    """Each call with its own name, arguments and id, whatever the stream says of the rest."""
    model_server.answers = [ScriptedAnswer(deltas=STREAMS[stream], finish=finish)]
    reply = ask(open_model(model_server))
    names = [call.name for call in reply.calls]
    assert names == (["read", "read"] if "twice" in stream else ["read", "done"])
    assert json.loads(reply.calls[0].arguments) == {"path": "a.py"}
    assert len({call.id for call in reply.calls} - {""}) == 2
    assert reply.stop == "end"


@pytest.mark.parametrize("kind", KINDS)
def test_a_call_and_its_result_go_back_as_the_api_has_them(
    model_server: ModelServer, kind: str
) -> None:
    """The tools are offered by name; the second request has the call and the result, by its id."""
    model_server.answers = [ScriptedAnswer(tool=("read", {"path": "a.py"})), ScriptedAnswer("ok")]
    model = open_model(model_server, kind)
    reply = ask(model)
    (call,) = reply.calls
    assert (call.name, json.loads(call.arguments)) == ("read", {"path": "a.py"})
    ask(model, Exchange(calls=reply.calls, results=("the file",), wire=reply.wire))
    first, second = model_server.requests
    assert first.tool_names() == {"read", "search", "edit", "check", "done"}
    sent = json.dumps(second.body)
    assert sent.count(call.id) == 2
    assert "the file" in sent


def test_ids_that_a_server_uses_again_are_made_unique(model_server: ModelServer) -> None:
    """In one conversation each call has an id of its own, since APIs refuse one that comes twice."""
    model_server.answers = [ScriptedAnswer(tool=("done", {}))]
    model = open_model(model_server)
    first = ask(model)
    again = ask(model, Exchange(calls=first.calls, results=("x",), wire=first.wire))
    assert first.calls[0].id != again.calls[0].id


@pytest.mark.parametrize(
    ("status", "message"),
    [
        (500, "Unsupported param: tools"),
        (500, "tools param requires --jinja flag"),
        (400, '"auto" tool choice requires --enable-auto-tool-choice and --tool-call-parser'),
        (400, "registry.ollama.ai/library/codellama:7b does not support tools"),
        (404, "No endpoints found that support tool use. Try disabling tools."),
        (422, "tools: Extra inputs are not permitted"),
    ],
)
def test_a_server_without_tools_is_told_of_them_in_words(
    model_server: ModelServer, status: int, message: str
) -> None:
    """It is asked once more at once, and from then on without tools; the answer's text is kept."""

    def choose(request: ReceivedRequest) -> ScriptedAnswer:
        if request.body.get("tools"):
            return ScriptedAnswer(message, status=status)
        return ScriptedAnswer('```json\n{"tool": "done"}\n```')

    model_server.choose_answer = choose
    model = open_model(model_server)
    reply = ask(model)
    assert (reply.calls, '"tool": "done"' in reply.text) == ((), True)
    history = Exchange(text=reply.text, calls=(ToolCall("done", "{}"),), results=("red",))
    ask(model, history)
    assert len(model_server.requests) == 3
    messages = model_server.requests[-1].body["messages"]
    assert [each["role"] for each in messages] == ["system", "user", "assistant", "user"]
    assert '{"tool": "search"' in messages[1]["content"]
    assert "red" in messages[3]["content"]


@pytest.mark.parametrize("key", ["reasoning_content", "reasoning"])
def test_a_thought_goes_back_in_the_field_it_came_in(model_server: ModelServer, key: str) -> None:
    """DeepSeek and others refuse a conversation of calls without the thoughts between them."""
    thought = ({key: "I must "}, {key: "read it."})
    calls = deltas(piece(0, "a", "read", READ))
    model_server.answers = [
        ScriptedAnswer(deltas=(*thought, *calls), finish="tool_calls"),
        ScriptedAnswer("ok"),
    ]
    model = open_model(model_server)
    reply = ask(model)
    assert reply.thought == "I must read it."
    ask(model, Exchange(calls=reply.calls, results=("x",), thought=reply.thought, wire=reply.wire))
    sent = model_server.requests[-1].body["messages"][2]
    assert sent[key] == "I must read it."
    assert sent["tool_calls"][0]["function"]["name"] == "read"


def test_arguments_of_64_kb_come_whole(model_server: ModelServer) -> None:
    content = "x = 1\n" * 11_000
    text = json.dumps({"path": "a.py", "content": content})
    cut = [text[at : at + 4096] for at in range(0, len(text), 4096)]
    pieces = [piece(0, "a", "edit", ""), *(piece(0, None, None, each) for each in cut)]
    model_server.answers = [ScriptedAnswer(deltas=deltas(*pieces), finish="tool_calls")]
    prompt = Prompt("You build.", "Fix it.", tools=TOOLS, reply=40_000)
    reply = open_model(model_server).ask(prompt, lambda *_: "")
    assert json.loads(reply.calls[0].arguments)["content"] == content
    assert reply.tokens_out > 0


def test_arguments_that_are_no_json_go_back_as_an_empty_object(model_server: ModelServer) -> None:
    """The call is kept as it was written, to be answered; no API takes it back so."""
    broken = '{"path": "a.py"'
    model_server.answers = [
        ScriptedAnswer(deltas=deltas(piece(0, "a", "read", broken)), finish="length"),
        ScriptedAnswer("ok"),
    ]
    model = open_model(model_server)
    reply = ask(model)
    assert (reply.calls[0].arguments, reply.stop) == (broken, "length")
    ask(model, Exchange(calls=reply.calls, results=("cut off",), wire=reply.wire))
    sent = model_server.requests[-1].body["messages"][2]
    assert sent["tool_calls"][0]["function"]["arguments"] == "{}"


def test_a_key_that_a_call_has_in_it_is_struck_out(
    model_server: ModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = "sk-very-secret-0123456789"
    monkeypatch.setenv("OPENAI_API_KEY", key)
    model_server.answers = [ScriptedAnswer(tool=("read", {"path": key}))]
    reply = ask(open_model(model_server))
    assert key not in reply.calls[0].arguments + reply.wire


def anthropic_stream(*blocks: tuple[dict[str, Any], dict[str, Any]]) -> bytes:
    """Each block as it begins, and what comes of it."""
    usage = {"input_tokens": 9, "output_tokens": 1}
    head = {"id": "m", "type": "message", "role": "assistant", "model": "m", "content": []}
    message = {**head, "stop_reason": None, "stop_sequence": None, "usage": usage}
    events: list[dict[str, Any]] = [{"type": "message_start", "message": message}]
    for index, (block, delta) in enumerate(blocks):
        at = {"index": index}
        events.append({"type": "content_block_start", **at, "content_block": block})
        events.append({"type": "content_block_delta", **at, "delta": delta})
        if block["type"] == "thinking":
            signed = {"type": "signature_delta", "signature": "signed-by-them"}
            events.append({"type": "content_block_delta", **at, "delta": signed})
        events.append({"type": "content_block_stop", **at})
    end = {"stop_reason": "tool_use", "stop_sequence": None}
    events.append({"type": "message_delta", "delta": end, "usage": {"output_tokens": 5}})
    events.append({"type": "message_stop"})
    return "".join(f"event: {e['type']}\ndata: {json.dumps(e)}\n\n" for e in events).encode()


def test_a_signed_thought_goes_back_before_the_calls_that_followed_it(
    model_server: ModelServer,
) -> None:
    """Anthropic refuses results of calls whose reply does not begin with its own signed thought.

    https://docs.anthropic.com/en/docs/build-with-claude/extended-thinking
    """
    thought = ({"type": "thinking", "thinking": ""}, {"type": "thinking_delta", "thinking": "Hm."})
    calls = [
        (
            {"type": "tool_use", "id": f"toolu_{n}", "name": "read", "input": {}},
            {"type": "input_json_delta", "partial_json": READ},
        )
        for n in range(2)
    ]
    model_server.answers = [ScriptedAnswer(body=anthropic_stream(thought, *calls))]
    model = open_model(model_server, KINDS[1])
    reply = ask(model)
    assert (reply.thought, len(reply.calls)) == ("Hm.", 2)
    model_server.answers = [ScriptedAnswer("ok")]
    ask(model, Exchange(calls=reply.calls, results=("one", "two"), wire=reply.wire))
    said, answered = model_server.requests[-1].body["messages"][1:3]
    kinds = [block["type"] for block in said["content"]]
    assert kinds == ["thinking", "tool_use", "tool_use"]
    assert said["content"][0]["signature"] == "signed-by-them"
    assert [block["type"] for block in answered["content"]] == ["tool_result", "tool_result"]
