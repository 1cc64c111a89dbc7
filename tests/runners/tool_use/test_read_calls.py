"""Which calls a reply holds, in the forms in which models write them."""

import json
import time

import pytest

from bot.models.tool_calls import MAX_CALLS, ToolCall
from runners.tool_use.read_calls import (
    CallError,
    Done,
    EditFile,
    ReadLines,
    RunCheck,
    find_calls,
    parse_call,
)

EDIT = "a.py\n<<<<<<< SEARCH\nx = 1\n=======\nx = 2\n>>>>>>> REPLACE"
READ = '{"tool": "read", "path": "a.py"}'


@pytest.mark.parametrize(
    "text",
    [
        f"```json\n{READ}\n```",
        f"I will look.\n\n```\n{READ}\n```\n",
        READ,
        '<tool_call>\n{"name": "read", "arguments": {"path": "a.py"}}\n</tool_call>',
        '```json\n{"name": "read", "arguments": {"path": "a.py"}}\n```',
        '```json\n{"tool": "read", "args": {"path": "a.py"}}\n```',
        '```json\n{"function": "read", "parameters": {"path": "a.py"}}\n```',
        '```json\n{"name": "read", "arguments": "{\\"path\\": \\"a.py\\"}"}\n```',
        f'```json\n{READ}\n```\n\nResult of read:\nx = 1\n\n```json\n{{"tool": "done"}}\n```',
    ],
)  # fmt: skip
def test_a_call_in_a_text_is_read_in_each_usual_form(text: str) -> None:
    """What the model made up as its answer, and did with that, is none of it."""
    (call,) = find_calls(text, ())
    assert parse_call(call) == ReadLines("a.py")


def test_an_edit_in_a_text_is_a_call_and_stands_before_the_others() -> None:
    calls = find_calls(f'{EDIT}\n\n```json\n{{"tool": "check", "name": "test"}}\n```', ())
    edit, check = map(parse_call, calls)
    assert isinstance(edit, EditFile)
    assert (EDIT in edit.reply, check) == (True, RunCheck("test"))


@pytest.mark.parametrize("text", [EDIT, "```python\nx = 2\n```", '```json\n{"version": 2}\n```'])
def test_a_fence_that_is_no_call_may_be_an_edit(text: str) -> None:
    (call,) = find_calls(text, ())
    action = parse_call(call)
    assert isinstance(action, EditFile)
    assert action.reply == text


@pytest.mark.parametrize("text", ["", "I am done.", "\ud800", "{", "x" * 2_000_000, "```\n```"])
def test_a_text_without_a_call_has_none(text: str) -> None:
    assert find_calls(text, ()) == ()


@pytest.mark.parametrize(
    "text",
    [
        "".join(f"<tool_call>{{{n}" for n in range(60_000)),
        "".join(f'```json\n{{"tool": "read", "path": "{n}"}}\n```\n' for n in range(20_000)),
    ],
    ids=["never closed", "without end"],
)
def test_a_reply_of_calls_without_end_is_read_at_once(text: str) -> None:
    began = time.process_time()
    assert len(find_calls(text, ())) <= MAX_CALLS
    assert time.process_time() - began < 5


def test_there_are_no_more_calls_than_are_done() -> None:
    fence = f"```json\n{READ}\n```\n"
    assert len(find_calls(fence * 50, ())) == MAX_CALLS


def test_calls_of_the_api_stand_for_all_of_the_reply_and_get_ids_of_their_own() -> None:
    native = (ToolCall("read", "{}", "a"), ToolCall("read", "{}", "a"), ToolCall("done", "", ""))
    ids = [call.id for call in find_calls(EDIT, native)]
    assert (len(set(ids)), "" in ids) == (3, False)


@pytest.mark.parametrize(
    ("name", "arguments", "why"),
    [
        ("fly", "{}", "there is no tool 'fly'"),
        ("read", "{", "no JSON"),
        ("read", "[]", "must be a JSON object"),
        ("read", "[" * 5000, "nested too deep"),
        ("read", "{}", "path"),
        ("read", '{"path": 1}', "path"),
        ("read", '{"path": "a", "first": "x"}', "first"),
        ("search", '{"text": ""}', "text"),
        ("search", json.dumps({"text": "x" * 501}), "text"),
        ("edit", json.dumps({"content": "x" * 300_000}), "characters"),
    ],
)
def test_what_is_wrong_with_a_call_is_said(name: str, arguments: str, why: str) -> None:
    with pytest.raises(CallError, match=why):
        parse_call(ToolCall(name, arguments))


def test_small_slips_in_a_call_are_forgiven() -> None:
    """A number in quotes, a line end within a text, a null, a key that nobody knows, no JSON."""
    told = '{"path": "a.py", "first": "3", "last": null, "reason": "to\nsee"}'
    assert parse_call(ToolCall("read", told)) == ReadLines("a.py", 3)
    assert parse_call(ToolCall("done", "")) == Done()
