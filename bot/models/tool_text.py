"""Tools for models that know none: described in words, and a conversation written as messages."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Literal

from bot.models.model import Prompt
from bot.models.tool_calls import Exchange, ToolCall, ToolSpec

Message = tuple[Literal["system", "user", "assistant"], str]
_HOW = (
    "You have these tools. To use one, write a JSON object in a fence, as in the examples; then"
    " stop, and you are told what came of it."
)


def describe_tools(tools: Sequence[ToolSpec]) -> str:
    """How a model that has no calls of its own writes them; empty without tools."""
    if not tools:
        return ""
    each = (f"{tool.name}: {tool.description}\n{_fence(_show_example(tool))}" for tool in tools)
    return "\n\n".join((_HOW, *each))


def _show_example(tool: ToolSpec) -> str:
    return json.dumps({"tool": tool.name, **json.loads(tool.example)})


def show_call(call: ToolCall) -> str:
    """A call as it would stand in a text."""
    try:
        arguments = json.loads(call.arguments)
    except (ValueError, RecursionError):
        arguments = None
    told = arguments if isinstance(arguments, dict) else {"arguments": call.arguments}
    return _fence(json.dumps({"tool": call.name, **told}, ensure_ascii=False))


def _fence(text: str) -> str:
    return f"```json\n{text}\n```"


def list_messages(prompt: Prompt) -> list[Message]:
    """The whole conversation in words, the description of the tools at the end of the first."""
    begin = "\n\n".join(filter(None, (prompt.user, describe_tools(prompt.tools))))
    messages: list[Message] = [("system", prompt.system), ("user", begin)]
    for exchange in prompt.history:
        messages.append(("assistant", _show_reply(exchange)))
        messages.append(("user", _show_results(exchange)))
    return messages


def _show_reply(exchange: Exchange) -> str:
    # What stood in the text as a call has no id, and is not said twice.
    native = (show_call(call) for call in exchange.calls if call.id)
    return "\n\n".join(filter(None, (exchange.text.strip(), *native))) or "(nothing)"


def _show_results(exchange: Exchange) -> str:
    if not exchange.calls:
        return exchange.answer
    named = zip(exchange.calls, exchange.results, strict=True)
    return "\n\n".join(f"Result of {call.name}:\n{result}" for call, result in named)


def flatten_prompt(prompt: Prompt) -> Prompt:
    """The same as one question, for a model that is asked without any conversation."""
    if not (prompt.tools or prompt.history):
        return prompt
    (_, system), (_, first), *rest = list_messages(prompt)
    titles = {"assistant": "You wrote:", "user": "You were answered:", "system": ""}
    told = [first, *(f"{titles[role]}\n{text}" for role, text in rest)]
    return replace(prompt, system=system, user="\n\n".join(told), tools=(), history=())


def list_texts(prompt: Prompt) -> Iterator[str]:
    """All that is sent beside the system text, for counting tokens."""
    return (text for _, text in list_messages(prompt)[1:])
