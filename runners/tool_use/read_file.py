"""The tool that reads lines of a file."""

from collections.abc import Collection

from bot.git.repo import Repo
from bot.prompts.tool_prompt import MAX_READ_LINES
from runners.tool_use.read_calls import ReadLines
from runners.tool_use.readable import UnreadableError, read_tracked_text
from runners.tool_use.turns import ToolResult

MAX_LINE_CHARACTERS = 1_000
"""Of a line that is shown; what is minified is no code that anybody edits."""


def read_lines(
    repo: Repo, tree: str, asked: ReadLines, room: int, exact: Collection[str]
) -> ToolResult:
    """`room` is in characters; `exact` are the files that the task writes."""
    try:
        path, text = read_tracked_text(repo, tree, asked.path, exact)
    except UnreadableError as exc:
        return ToolResult(f"read {asked.path}: not shown", str(exc), failed=True)
    lines = text.split("\n")
    if lines[-1] == "":
        lines.pop()
    first = max(asked.first, 1)
    last = min(asked.last or len(lines), len(lines), first + MAX_READ_LINES - 1)
    if first > last:
        told = f"{path} has {len(lines)} lines: there is nothing from {first} to {asked.last}"
        return ToolResult(f"read {path} {first}-{asked.last}: no such lines", told, failed=True)
    shown = _fit_lines(lines[first - 1 : last], room)
    last = first + len(shown) - 1
    head = f"{path}, lines {first}-{last} of {len(lines)}:"
    return ToolResult(f"read {path} {first}-{last}", "\n".join((head, *shown)))


def _fit_lines(lines: list[str], room: int) -> list[str]:
    """As many as there is room for, at least one."""
    shown = list[str]()
    for line in lines:
        cut = line if len(line) <= MAX_LINE_CHARACTERS else _cut_line(line)
        room -= len(cut) + 1
        if shown and room < 0:
            break
        shown.append(cut)
    return shown


def _cut_line(line: str) -> str:
    left_out = len(line) - MAX_LINE_CHARACTERS
    return f"{line[:MAX_LINE_CHARACTERS]} [{left_out:,} more characters of this line]"
