"""How the task's own file is shown: whole where that is well, else in sections."""

from collections.abc import Sequence

from bot.code import Outline
from bot.models.token_estimate import estimate_tokens
from bot.prompts.file_sections import SHORT_FILE_LINES, FileView, show_sections
from bot.prompts.inputs import TaskPromptInput
from bot.prompts.line_spans import LONE_RETURN, split_lines
from bot.prompts.relevant_lines import MentionSources, find_relevant_lines
from bot.text.escape import fence_text

COMFORTABLE_SHARE = 0.5
"""Share of the room that a long file may take and still be shown whole."""


def show_file(request: TaskPromptInput, room: int, spare: int, tests: Sequence[str]) -> FileView:
    """`room` is what the file may have, in tokens, `spare` what is left for it beside all else.

    `tests` are the sources in view.

    The whole file where it fits and is short, where it fits comfortably, or where it fits and
    nothing points at a part of it. One that cannot be shown in sections either is shown whole, and
    does not fit.
    """
    path, text, task = request.path, request.content or "", request.task
    whole = FileView(fence_text(path, text))
    needs = estimate_tokens(whole.text)
    if needs <= room and (
        len(split_lines(text)) <= SHORT_FILE_LINES or needs <= room * COMFORTABLE_SHARE
    ):
        return whole
    lines = split_lines(text)
    # A lone carriage return ends a line for the edits, and none for the outline.
    known = Outline() if LONE_RETURN.search(text) else request.file_context.outline
    old = [
        line for block in task.blocks if block.kind == "edit" for line in split_lines(block.text)
    ]
    found = find_relevant_lines(
        path, lines, known, MentionSources(task.text, request.digest, tests, old)
    )
    if needs <= room and not found.sure:
        return whole
    return show_sections(path, text, known, found, spare=spare) or whole
