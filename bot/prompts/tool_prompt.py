"""What a model that works by tools is told: the five tools, and how to do a task with them."""

import json
from collections.abc import Mapping, Sequence

from pydantic import JsonValue

from bot.models.tool_calls import ToolSpec

MAX_TURNS = 20
"""Replies of one attempt."""
MAX_READ_LINES = 300
"""Of one call to read."""
TOOL_SYSTEM = (
    "You are an expert programmer. You work on a repository by tools alone, a few calls at a time."
)
READ, SEARCH, EDIT, CHECK, DONE = "read", "search", "edit", "check", "done"


def _text(told: str) -> dict[str, JsonValue]:
    return {"type": "string", "description": told}


def _number(told: str) -> dict[str, JsonValue]:
    return {"type": "integer", "description": told}


def _make_spec(
    name: str,
    description: str,
    example: Mapping[str, JsonValue],
    required: Sequence[str] = (),
    /,
    **properties: JsonValue,
) -> ToolSpec:
    schema: dict[str, JsonValue] = {
        "type": "object",
        "properties": properties,
        "required": list(required),
        # Without it some servers' grammars let a model make up keys of its own:
        # https://platform.openai.com/docs/guides/structured-outputs
        "additionalProperties": False,
    }
    return ToolSpec(name, description, json.dumps(schema), json.dumps(dict(example)))


def list_tools(path: str, checks: Sequence[str]) -> tuple[ToolSpec, ...]:
    """The tools of a task that writes `path`; `checks` are those it may run, as a plan has them."""
    first = checks[0] if checks else ""
    return (
        _make_spec(
            READ,
            f"Read lines of a file of the repository, {MAX_READ_LINES} at most at a time.",
            {"path": path, "first": 1, "last": 80},
            ("path",),
            path=_text("from the root of the repository"),
            first=_number("the first line, from 1"),
            last=_number("the last line"),
        ),
        _make_spec(
            SEARCH,
            "Find lines in the repository's files.",
            {"text": "def withdraw"},
            ("text",),
            text=_text("what to look for, as it stands there"),
            regex={"type": "boolean", "description": "whether `text` is a regular expression"},
            path=_text("only in this file or folder, or in paths like src/*.py"),
        ),
        _make_spec(
            EDIT,
            "Change a file: replace lines, which must stand there exactly once, or give the whole"
            " new file as `content`.",
            {"path": path, "search": "old lines", "replace": "new lines"},
            ("path",),
            path=_text("the file to change"),
            search=_text("the old lines, copied exactly from the file"),
            replace=_text("the lines that take their place"),
            content=_text("the complete file, in place of search and replace"),
        ),
        _make_spec(
            CHECK,
            f"Run a check on the files as they are now: {'; '.join(checks) or 'there is none'}.",
            {"name": first},
            ("name",),
            name=_text("which check, as named above"),
        ),
        _make_spec(DONE, "Say that the task is done: its checks pass.", {}),
    )


def describe_way(path: str, checks: Sequence[str]) -> str:
    """The end of the prompt, in place of the form of one reply."""
    proof = f", run {' and '.join(f'`{each}`' for each in checks)}" if checks else ""
    return (
        f"Do this in small steps: read what you need to know, edit {path}{proof}, and mend what"
        f" fails. You may change nothing but {path}. You have {MAX_TURNS} turns. Call done when"
        " the checks pass: they are run once more then, and only that counts."
    )
