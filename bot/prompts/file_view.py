"""How the task's own file is shown: whole where that is well, else in sections."""

from collections.abc import Sequence

from bot.code import Outline
from bot.models.token_estimate import estimate_tokens
from bot.prompts.file_sections import SHORT, View, sections
from bot.prompts.inputs import TaskPromptInput
from bot.prompts.line_spans import LONE_RETURN, lines_of
from bot.prompts.relevant_lines import Said, pointed
from bot.text.escape import fence_text

COMFORT = 0.5
"""Share of the room that a long file may take and still be shown whole."""


def view(asked: TaskPromptInput, room: int, spare: int, tests: Sequence[str]) -> View:
    """`room` is what the file may have, in tokens, `spare` what is left for it beside all else.

    `tests` are the sources in view.

    The whole file where it fits and is short, where it fits comfortably, or where it fits and
    nothing points at a part of it. One that cannot be shown in sections either is shown whole, and
    does not fit.
    """
    path, text, task = asked.path, asked.content or "", asked.task
    whole = View(fence_text(path, text))
    needs = estimate_tokens(whole.text)
    if needs <= room and (len(lines_of(text)) <= SHORT or needs <= room * COMFORT):
        return whole
    lines = lines_of(text)
    # A lone carriage return ends a line for the edits, and none for the outline.
    known = Outline() if LONE_RETURN.search(text) else asked.file_context.outline
    old = [line for block in task.blocks if block.kind == "edit" for line in lines_of(block.text)]
    found = pointed(path, lines, known, Said(task.text, asked.digest, tests, old))
    if needs <= room and not found.sure:
        return whole
    return sections(path, text, known, found, spare=spare) or whole
