"""Which tools a reply asks for: calls of its API, or JSON and edits that stand in its text."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Annotated

from pydantic import Field, JsonValue, TypeAdapter, ValidationError

from bot.models.tool_calls import MAX_ARGUMENT_CHARACTERS, MAX_CALLS, ToolCall
from bot.prompts.tool_prompt import CHECK, DONE, EDIT, READ, SEARCH
from runners.edits.model import EditError
from runners.edits.reply_limits import check_reply
from runners.edits.reply_text import Fence, parse_fences

MAX_TEXT_CHARACTERS = 500
"""Of what is searched for."""
_PATH = Annotated[str, Field(max_length=4096)]
_OPENED, _CLOSED = "<tool_call>", "</tool_call>"
"""As Hermes and Qwen write calls in a text: https://qwen.readthedocs.io/en/latest/framework/function_call.html"""
_JSON_FENCES = frozenset({"", "json", "tool", "tool_call", "tool_code"})
_EDIT_MARK = re.compile(r"^(?:<{5,9} ?SEARCH|\*\*\* Begin Patch|@@ )", re.MULTILINE)
# Who is to stop after a call may write on, and make up what it was answered.
_MADE_UP = re.compile(r"^(?:Result of \w+:|You were answered:)", re.MULTILINE)
_NAME_KEYS = ("tool", "tool_name", "function", "name")
_ARGUMENT_KEYS = ("arguments", "args", "parameters", "input")


class CallError(Exception):
    """The call cannot be read; the text says to the model what is wrong with it."""


@dataclass(frozen=True, slots=True)
class ReadLines:
    path: _PATH
    first: int = 1
    last: int | None = None


@dataclass(frozen=True, slots=True)
class SearchText:
    text: Annotated[str, Field(min_length=1, max_length=MAX_TEXT_CHARACTERS)]
    regex: bool = False
    path: _PATH = ""


@dataclass(frozen=True, slots=True)
class EditFile:
    """Lines that are replaced, or the whole new file. `reply` is a text with edits instead."""

    path: _PATH = ""
    search: str | None = None
    replace: str | None = None
    content: str | None = None
    reply: str = ""


@dataclass(frozen=True, slots=True)
class RunCheck:
    name: Annotated[str, Field(max_length=4096)]


@dataclass(frozen=True, slots=True)
class Done:
    pass


Action = ReadLines | SearchText | EditFile | RunCheck | Done
_ACTIONS: Mapping[str, TypeAdapter[Action]] = {
    READ: TypeAdapter(ReadLines),
    SEARCH: TypeAdapter(SearchText),
    EDIT: TypeAdapter(EditFile),
    CHECK: TypeAdapter(RunCheck),
    DONE: TypeAdapter(Done),
}


def find_calls(text: str, native: tuple[ToolCall, ...]) -> tuple[ToolCall, ...]:
    """What the reply asks for, in order. Beyond MAX_CALLS it is left out of what is read in text.

    Ids are made unique, since results are matched by them: some servers send none, or one for all.
    """
    if native:
        return tuple(_with_own_ids(native))
    return tuple(_find_in_text(text))[:MAX_CALLS]


def parse_call(call: ToolCall) -> Action:
    """Raises CallError."""
    adapter = _ACTIONS.get(call.name)
    if adapter is None:
        known = ", ".join(_ACTIONS)
        raise CallError(f"there is no tool {call.name[:60]!r}; the tools are: {known}")
    if len(call.arguments) > MAX_ARGUMENT_CHARACTERS:
        most = f"{MAX_ARGUMENT_CHARACTERS:,}"
        raise CallError(f"the arguments are {len(call.arguments):,} characters, of {most} at most")
    try:
        # An empty text is what servers send for a call without arguments.
        found = json.loads(call.arguments or "{}", strict=False)
    except (ValueError, RecursionError) as exc:
        why = getattr(exc, "msg", "it is nested too deep")
        raise CallError(f"the arguments of {call.name} are no JSON: {why}") from exc
    if not isinstance(found, dict):
        raise CallError(f"the arguments of {call.name} must be a JSON object")
    try:
        # What it knows no key for is passed over: some models give a reason with each call.
        action = adapter.validate_python(
            {key: found[key] for key in found if found[key] is not None}
        )
    except ValidationError as exc:
        first = exc.errors(include_url=False, include_input=False)[0]
        where = ".".join(map(str, first["loc"]))
        raise CallError(f"{call.name}: {where}: {first['msg']}") from exc
    return action


def _with_own_ids(calls: tuple[ToolCall, ...]) -> Iterator[ToolCall]:
    seen: set[str] = set()
    for number, call in enumerate(calls, 1):
        name = call.id if call.id and call.id not in seen else f"call-{number}"
        seen.add(name)
        yield replace(call, id=name)


def _find_in_text(text: str) -> Iterator[ToolCall]:
    text = text[: found.start()] if (found := _MADE_UP.search(text)) else text
    try:
        check_reply(text)
    except EditError:
        return
    calls, rest = list[ToolCall](), text
    for body in _list_json(text):
        if len(calls) == MAX_CALLS:
            break
        if call := _read_object(body):
            calls.append(call)
            rest = rest.replace(body, "", 1)
    if _EDIT_MARK.search(rest) or (not calls and _has_fence(rest)):
        yield ToolCall(EDIT, json.dumps({"reply": rest}))
    yield from calls


def _list_json(text: str) -> Iterator[str]:
    """Texts that may be calls, where they stand one after another."""
    if tagged := list(_list_tagged(text)):
        yield from tagged
        return
    fences = [fence for fence in parse_fences(text.split("\n")) if fence.closed]
    fenced = [body for fence in fences if (body := _json_body(fence))]
    if fenced:
        yield from fenced
    elif (bare := text.strip()).startswith("{") and bare.endswith("}"):
        yield bare


def _list_tagged(text: str) -> Iterator[str]:
    at = 0
    while (start := text.find(_OPENED, at)) >= 0 and (end := text.find(_CLOSED, start)) >= 0:
        body = text[start + len(_OPENED) : end].strip()
        if body.startswith("{") and body.endswith("}"):
            yield body
        at = end + len(_CLOSED)


def _json_body(fence: Fence) -> str:
    body = "\n".join(fence.body)
    return body if fence.language in _JSON_FENCES and body.lstrip().startswith("{") else ""


def _has_fence(text: str) -> bool:
    return any(fence.body for fence in parse_fences(text.split("\n")))


def _read_object(body: str) -> ToolCall | None:
    """A call in a text; None for any other JSON, which may be a file's content."""
    try:
        found = json.loads(body, strict=False)
    except (ValueError, RecursionError):
        # One that says which tool it is meant for is answered with what is wrong.
        named = re.match(r'\s*\{\s*"(?:tool|name)"\s*:\s*"(\w{1,20})"', body)
        return ToolCall(named[1], body) if named and named[1] in _ACTIONS else None
    if not isinstance(found, dict):
        return None
    key = next((key for key in _NAME_KEYS if isinstance(found.get(key), str)), "")
    nested = next((key for key in _ARGUMENT_KEYS if key in found), "")
    if not key or not (found[key] in _ACTIONS or nested or key == "tool"):
        return None
    arguments: JsonValue = (
        found[nested] if nested else {name: found[name] for name in found if name != key}
    )
    told = arguments if isinstance(arguments, str) else json.dumps(arguments)
    return ToolCall(found[key], told)
