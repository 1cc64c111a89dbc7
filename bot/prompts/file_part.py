"""The file a task is about as its prompt shows it, and the form of the answer that fits that."""

from collections.abc import Sequence

from bot.models.token_estimate import estimate_tokens
from bot.plan import format_check
from bot.prompts.budget import Part, make_part
from bot.prompts.dropped_code import show_dropped_code
from bot.prompts.fenced_code import fence_code, fence_language
from bot.prompts.file_sections import FileView
from bot.prompts.inputs import TaskPromptInput
from bot.prompts.python_skeleton import make_skeleton
from bot.prompts.strategies import FORMS, Form
from bot.prompts.task_parts import DRAFT, PASSING
from bot.prompts.tool_prompt import describe_way

PYTHON = (".py", ".pyi")
WHOLE_FORMS: frozenset[Form] = frozenset({"file", "rewrite", "fix"})
MAX_FIRST_LINE_CHARACTERS = 120


def make_file_parts(
    request: TaskPromptInput, view: FileView, tests: Sequence[Part], *, edits_draft: bool
) -> tuple[Form, list[Part]]:
    """How the file is shown, and what form of it is asked for."""
    path, content = request.path, request.content
    if request.drafted:
        return _draft_part(request, tests)
    form = _choose_form(request, view)
    if not path:
        return form, []
    if content is None:
        return form, [make_part("file", f"{path} does not exist yet.", "the one file to write")]
    title = f"This is {DRAFT}:\n\n" if edits_draft else ""
    if view.spans:
        why = "the sections that the task and its failure point at"
        return form, [make_part("file", f"{title}{view.text}", why)]
    mentions = [request.task.text, "\n".join(each.text for each in tests)]
    if form == "rewrite" and (bare := make_skeleton(content, mentions)):
        return form, [
            make_part("file", fence_code(path, bare), "the one file to write, without bodies")
        ]
    form = "file" if form == "rewrite" else form
    return form, [make_part("file", f"{title}{view.text}", "the one file to write")]


def _draft_part(request: TaskPromptInput, tests: Sequence[Part]) -> tuple[Form, list[Part]]:
    """The best attempt in the file's place, without the bodies to write anew where that is asked.

    Those are what the failing test speaks of: the task and the tests that pass may speak of what is
    right by now.
    """
    failing = [each.text for each in tests if not each.name.endswith(PASSING)]
    mentions = ["\n".join(failing), request.task.text]
    bare = make_skeleton(request.draft, mentions) if request.leaves_bodies_out else ""
    text = fence_code(request.path, bare or request.draft, f"{request.path}, {DRAFT}")
    part = make_part("file", text, "the best attempt so far, in the place of the file")
    return "rewrite" if bare else "fix", [part]


def make_dropped_parts(asked: TaskPromptInput) -> list[Part]:
    """What a draft in the file's place lost of the file: nothing else would show it any more."""
    if asked.strategy.draft != "instead" or not asked.draft or not asked.content:
        return []
    lost = show_dropped_code(asked.content, asked.draft, asked.file_context.outline.symbols)
    text = fence_code(asked.path, lost, f"{asked.path}, as it was before that version")
    why = "what the attempt in the place of the file dropped of it"
    return [make_part("original", text, why, kind="draft")] if lost else []


def _choose_form(request: TaskPromptInput, view: FileView) -> Form:
    """A whole file only where the answer has room for it; else its definitions, else blocks.

    Small models cannot copy old lines exactly, but write a function anew.
    """
    content = request.content
    if request.task.kind == "query" or request.strategy.form == "tools":
        return "answer" if request.task.kind == "query" else "tools"
    if content is None:
        return "file"
    if request.answers_definitions and (view.whole or not view.spans):
        return "definitions"
    if view.spans:
        return "sections"
    if request.strategy.form == "edit" or estimate_tokens(content) > request.most_whole:
        return "edit"
    return "rewrite" if request.leaves_bodies_out and request.path.endswith(PYTHON) else "file"


def describe_form(form: Form, request: TaskPromptInput, view: FileView) -> str:
    path = request.path
    if form == "tools":
        return describe_way(path, [format_check(each) for each in request.task.checks])
    language = fence_language(path)
    text = FORMS[form].format(path=path, fence=f"```{language}" if language else "code")
    if form == "definitions" and len(view.meant) == 1:
        return f"{text} Most likely that is `{view.meant[0]}` alone."
    first = _first_line(request) if form in WHOLE_FORMS else ""
    return f"{text} It begins like this:\n{first}" if first else text


def _first_line(request: TaskPromptInput) -> str:
    """Of the file to give back. The test stands nearer than the file, and is copied without it."""
    text = request.draft if request.drafted else request.content or ""
    first = next((line.rstrip() for line in text.split("\n") if line.strip()), "")
    return first if len(first) <= MAX_FIRST_LINE_CHARACTERS and "`" not in first else ""
