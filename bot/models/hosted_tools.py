"""Tools in the form that a provider's API has for them, by the library that speaks each of them."""

import json
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bot.models.model import Prompt, replace_surrogates
from bot.models.server_refusals import MAX_SEARCHED_CHARACTERS, find_message
from bot.models.tool_calls import Exchange, ToolCall
from bot.models.tool_text import list_messages

if TYPE_CHECKING:
    from pydantic_ai.messages import ModelMessage, ModelResponse, ModelResponsePart
    from pydantic_ai.models import ModelRequestParameters

TOOLS = "tools"
"""The key of a request, as it stands among those that a server refused."""
TOOL_KEYS = frozenset({TOOLS, "tool_choice", "parallel_tool_calls"})
# llama-server without --jinja, and its older versions: 500
# https://github.com/ggml-org/llama.cpp/issues/10920; vLLM without a parser: 400
# https://docs.vllm.ai/en/stable/features/tool_calling.html; Ollama, for a model whose template has
# none: 400 https://github.com/ollama/ollama/issues/8517; OpenRouter: 404
_NO_TOOLS = re.compile(
    r"unsupported param: tools|tools param requires|--?enable-auto-tool-choice"
    r"|(?:does|do) not support (?:tool|function)|not support(?:ed)? tool|support tool use"
    r"|tool(?:s| calls?| calling| use) (?:is|are) not (?:supported|available|enabled)",
    re.IGNORECASE,
)

# https://platform.openai.com/docs/api-reference/chat/create#chat-create-tools
_NO_NAME, MAX_NAME_CHARACTERS = re.compile(r"[^A-Za-z0-9_-]"), 64
"""What no API takes back in the name of a function, though a model may have written it."""


@dataclass(frozen=True, slots=True)
class ReadCalls:
    """The calls of a reply, and the reply as the API has to have it back."""

    calls: tuple[ToolCall, ...] = ()
    wire: str = ""


def refuses_tools(error: Exception) -> bool:
    """Whether the server has no tools, or this model none."""
    if not getattr(error, "status_code", 0):
        return False
    body = getattr(error, "body", None)
    told = (find_message(body) or str(body or error))[:MAX_SEARCHED_CHARACTERS]
    return bool(_NO_TOOLS.search(told))


def make_parameters(prompt: Prompt) -> "ModelRequestParameters":
    from pydantic_ai.models import ModelRequestParameters  # noqa: PLC0415 takes most of a second
    from pydantic_ai.tools import ToolDefinition  # noqa: PLC0415 the same

    tools = [
        # Never strict: that asks for every property of a call, and ours may be left out.
        ToolDefinition(
            name=tool.name,
            parameters_json_schema=json.loads(tool.parameters),
            description=tool.description,
            strict=False,
        )
        for tool in prompt.tools
    ]
    return ModelRequestParameters(function_tools=tools)


def make_messages(prompt: Prompt, *, native: bool) -> list["ModelMessage"]:
    """The conversation; `native`: calls and results as such, and not in words."""
    from pydantic_ai import messages as m  # noqa: PLC0415 takes most of a second to import

    if not native:
        (_, system), *rest = list_messages(prompt)
        return [
            m.ModelResponse([m.TextPart(text)])
            if role == "assistant"
            else m.ModelRequest.user_text_prompt(text, instructions=system or None)
            for role, text in rest
        ]
    instructions = prompt.system or None
    told: list[ModelMessage] = [
        m.ModelRequest.user_text_prompt(prompt.user, instructions=instructions)
    ]
    for exchange in prompt.history:
        told += _make_exchange(exchange, instructions)
    return told


def _make_exchange(exchange: Exchange, system: str | None) -> list["ModelMessage"]:
    from pydantic_ai import messages as m  # noqa: PLC0415 loaded before, and slow to

    as_calls = bool(exchange.calls) and all(call.id for call in exchange.calls)
    if not as_calls:
        named = zip(exchange.calls, exchange.results, strict=True)
        results = "\n\n".join(f"Result of {call.name}:\n{result}" for call, result in named)
        answer = m.ModelRequest.user_text_prompt(results or exchange.answer, instructions=system)
        return [_read_wire(exchange) or m.ModelResponse([m.TextPart(exchange.text or "-")]), answer]
    returns = [
        m.ToolReturnPart(call.name, result, tool_call_id=call.id)
        for call, result in zip(exchange.calls, exchange.results, strict=True)
    ]
    reply = _read_wire(exchange) or m.ModelResponse(
        [
            *([m.TextPart(exchange.text)] if exchange.text else []),
            *(m.ToolCallPart(c.name, c.arguments, tool_call_id=c.id) for c in exchange.calls),
        ]
    )
    return [reply, m.ModelRequest(returns, instructions=system)]


def _read_wire(exchange: Exchange) -> "ModelResponse | None":
    """The reply as it came; None where there is none, or another version wrote it."""
    from pydantic import TypeAdapter, ValidationError  # noqa: PLC0415 beside what is slow to load
    from pydantic_ai.messages import ModelResponse  # noqa: PLC0415 loaded before, and slow to

    if not exchange.wire:
        return None
    try:
        return TypeAdapter(ModelResponse).validate_json(exchange.wire)
    except ValidationError:
        return None


def read_calls(response: "ModelResponse", used: Collection[str]) -> ReadCalls:
    """What the reply calls; `used` are ids of earlier calls of the conversation.

    Each call's id is its own in the whole of it, since results are matched by ids: some servers
    give none, or the same ones in each reply.
    """
    from pydantic import TypeAdapter  # noqa: PLC0415 beside what is slow to load
    from pydantic_ai import messages as m  # noqa: PLC0415 loaded before, and slow to

    parts: list[ModelResponsePart] = []
    seen, calls = set(used), list[ToolCall]()
    for part in response.parts:
        if isinstance(part, m.ToolCallPart):
            call_id = _choose_id(part.tool_call_id, seen)
            seen.add(call_id)
            said = part.args or ""
            arguments = replace_surrogates(said if isinstance(said, str) else json.dumps(said))
            name = _NO_NAME.sub("_", part.tool_name)[:MAX_NAME_CHARACTERS] or "_"
            calls.append(ToolCall(name, arguments, call_id))
            # An API reads its own calls again, and refuses what is no JSON of an object.
            kept = arguments if _is_object(arguments) else "{}"
            parts.append(
                m.ToolCallPart(
                    name,
                    kept,
                    tool_call_id=call_id,
                    id=part.id,
                    provider_name=part.provider_name,
                    provider_details=part.provider_details,
                )
            )
        elif isinstance(part, m.TextPart | m.ThinkingPart):
            parts.append(replace(part, content=replace_surrogates(part.content)))
        else:
            parts.append(part)
    if not calls and not any(isinstance(part, m.ThinkingPart) for part in parts):
        return ReadCalls()
    kept_reply = replace(response, parts=parts, provider_details=None)
    wire = TypeAdapter(m.ModelResponse).dump_json(kept_reply).decode()
    return ReadCalls(tuple(calls), wire)


def list_used_ids(history: Sequence[Exchange]) -> frozenset[str]:
    return frozenset(call.id for exchange in history for call in exchange.calls if call.id)


def _choose_id(given: str, seen: Collection[str]) -> str:
    """Nine letters and digits, as Mistral's template demands of an id, where one of ours it is."""
    if given and given not in seen and not given.startswith("pyd_ai"):
        return given
    number = len(seen) + 1
    while (name := f"call{number:05d}") in seen:
        number += 1
    return name


def _is_object(arguments: str) -> bool:
    try:
        return isinstance(json.loads(arguments or "{}"), dict)
    except (ValueError, RecursionError):
        return False
