"""One prompt from nothing: the same parts always give the same bytes, and they fit the window."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from bot.code import outline_file
from bot.models.model import Prompt
from bot.models.token_estimate import estimate_tokens
from bot.prompts.budget import (
    FittedParts,
    Part,
    TaskTooLargeError,
    count_call_tokens,
    fit_parts,
    make_part,
)
from bot.prompts.file_part import describe_form, make_dropped_parts, make_file_parts
from bot.prompts.file_sections import FileView, show_file
from bot.prompts.ingredients import NO_DRAW, Draw
from bot.prompts.inputs import TaskPromptInput
from bot.prompts.line_spans import Span
from bot.prompts.neighbours import find_neighbours, show_bodies
from bot.prompts.reference_files import (
    READS_PRIORITY,
    no_room_error,
    reserve_tokens,
    show_references,
)
from bot.prompts.task_parts import (
    answer_parts,
    changing_parts,
    example_part,
    select_failures,
    stable_parts,
    test_parts,
)

SYSTEM = "You are an expert programmer. You reply with code."
POINT_HINT = "name the functions or lines of the file that it is about, or split it"
BODIES_SHARE = 0.5
"""Share of the room that is left beside all else that bodies of neighbours may take."""


@dataclass(frozen=True, slots=True)
class TaskPrompt:
    """What one call sends, part by part, and what was left out of it, in the order it went.

    `spans` are the sections of the file that are shown, none where it is shown whole. `tokens` are
    those of the call without the reply. `drafted`: an earlier attempt stands in the file's place;
    `edits_draft`: and an edit of it is asked for. `ingredients` are what it may do without.
    """

    prompt: Prompt
    parts: tuple[Part, ...]
    dropped: tuple[str, ...]
    tokens: int
    window: int
    spans: tuple[Span, ...] = ()
    drafted: bool = False
    edits_draft: bool = False
    ingredients: Draw = NO_DRAW


def compose_prompt(request: TaskPromptInput) -> TaskPrompt:
    """Ask for one task by one strategy, the most stable part first.

    Parts go in the order of `DROP_ORDER` until the call fits; raises `TaskTooLargeError` when the
    task and its own code alone do not.
    """
    # Servers keep what they read of a prompt's beginning, as far as the next call begins alike:
    # `cache_prompt` in https://github.com/ggml-org/llama.cpp/blob/master/tools/server/README.md
    asked, request = request, _put_draft(request)
    edits_draft = request is not asked
    failures = select_failures(request)
    tests = [item for item in test_parts(request, failures) if item.text]
    before, after = list(stable_parts(request)), list(changing_parts(request, failures, tests))
    task = [
        *answer_parts(request),
        make_part("task", _describe_task(request), "what is to be done"),
    ]
    rest = [*before, *task, *after]
    spare_tokens = _count_room(request, [each.text for each in rest]) - reserve_tokens(request)
    max_tokens = _count_room(
        request, [each.reduced or each.text for each in rest if each.reduced or not each.priority]
    )
    view = _show_own_file(request, tests, max_tokens, spare_tokens)
    form, file = make_file_parts(request, view, tests, edits_draft=edits_draft)
    file += make_dropped_parts(asked)
    neighbours = list(_neighbour_parts(request, view, spare_tokens)) if file else []
    form_part = make_part("form", describe_form(form, request, view), "how the reply is to look")
    others = [*rest, *neighbours, *file, form_part]
    references = show_references(
        request, _references_room(request, [each for each in others if each.text])
    )
    task = [example_part(request), *task]
    parts = [*before, *references.parts, *task, *neighbours, *file, *after, form_part]
    fitted = _fit_call(request, parts, view)
    dropped = _list_dropped(request, fitted.dropped, references.cut)
    prompt = _make_prompt(request, fitted.text)
    return TaskPrompt(
        prompt,
        fitted.parts,
        dropped,
        fitted.tokens,
        request.window,
        view.spans,
        drafted=request.drafted or edits_draft,
        edits_draft=edits_draft,
    )


def _describe_task(request: TaskPromptInput) -> str:
    words = request.task.text.strip()
    return (
        f"Task: {words or f'do what the job asks for in {request.path}, so that its check passes.'}"
    )


def _put_draft(request: TaskPromptInput) -> TaskPromptInput:
    """With the draft in the file's place, where it is too large to be asked for whole."""
    if request.strategy.draft != "instead" or request.drafted or not request.draft:
        return request
    outline = outline_file(request.path, request.draft.encode(errors="replace"))
    known = replace(request.file_context, outline=outline)
    return replace(request, content=request.draft, file_context=known)


def _fit_call(request: TaskPromptInput, parts: Sequence[Part], view: FileView) -> FittedParts:
    most = request.window - request.reply
    fitted = fit_parts(parts, lambda user: count_call_tokens(SYSTEM, user, request.count), most)
    if fitted.tokens > most:
        needs = fitted.tokens + request.reply
        hint = _advise(request, view)
        raise TaskTooLargeError(request.task.id, needs, request.window, hint)
    return fitted


def _advise(request: TaskPromptInput, view: FileView) -> str:
    """What makes the task smaller: a split helps only where it is about several places."""
    if estimate_tokens(request.task.text) > estimate_tokens(view.text):
        return "split it"
    if not view.spans:
        return POINT_HINT
    return "split it, or name fewer lines" if view.named else "name its lines"


def _make_prompt(request: TaskPromptInput, user: str) -> Prompt:
    return Prompt(
        SYSTEM,
        user,
        temperature=request.strategy.temperature,
        seed=request.seed,
        reply=request.reply,
        thinking=request.thinking,
        task=request.task.id,
        attempt=request.attempt,
    )


def _list_dropped(
    request: TaskPromptInput, gone: Sequence[str], cut: Sequence[str]
) -> tuple[str, ...]:
    """What went, then what is there in part. A question is not asked without what it reads."""
    for path, _ in request.reads if request.task.kind == "query" else ():
        if f"read {path}" in gone:
            raise no_room_error(request, path)
    return (*gone, *(f"{each}, all but some of it" for each in cut if each not in gone))


def _count_room(request: TaskPromptInput, texts: Sequence[str]) -> int:
    """Tokens that are left beside these."""
    spent = count_call_tokens(SYSTEM, "\n\n".join(texts), estimate_tokens)
    return request.window - request.reply - spent


def _references_room(request: TaskPromptInput, others: Sequence[Part]) -> int:
    """What nothing else needs, and no less than the share of it that goes before lesser parts."""
    higher = [each.text for each in others if not each.priority or each.priority > READS_PRIORITY]
    most = _count_room(request, higher)
    if request.task.kind == "query":
        return most
    return max(
        _count_room(request, [each.text for each in others]),
        min(reserve_tokens(request), most),
    )


def _show_own_file(
    request: TaskPromptInput, tests: Sequence[Part], max_tokens: int, spare_tokens: int
) -> FileView:
    if request.content is None or not request.path or request.drafted:
        return FileView("")
    return show_file(request, max_tokens, spare_tokens, [each.text for each in tests])


def _neighbour_parts(request: TaskPromptInput, view: FileView, spare_tokens: int) -> Iterator[Part]:
    known = request.file_context
    if view.index:
        index = f"{request.path} by its lines:\n{view.index}"
        yield make_part("line index", index, "what the file holds, as only sections are shown")
    found = find_neighbours(request.path, known.outline, view.spans, known.calls)
    full = show_bodies(
        found, known.read, int((spare_tokens - estimate_tokens(view.text)) * BODIES_SHARE)
    )
    yield make_part("neighbours", found.text, "what the code calls, and who calls it")
    yield make_part("neighbours' bodies", full, "there is room for what the code calls")
