"""One prompt from nothing: the same parts always give the same bytes, and they fit the window."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.models.model import Prompt
from bot.models.token_estimate import estimate_tokens
from bot.prompts.budget import Part, TaskTooLargeError, call_tokens, fit, part
from bot.prompts.file_sections import View
from bot.prompts.file_view import view
from bot.prompts.inputs import TaskPromptInput
from bot.prompts.line_spans import Span
from bot.prompts.neighbours import bodies, neighbours
from bot.prompts.reference_files import READS, bound, reads, unread
from bot.prompts.sections import DRAFT, answers, changing, failed, stable, tests_shown
from bot.prompts.skeleton import skeleton
from bot.prompts.strategies import FORMS, Form
from bot.text.escape import fence_text

SYSTEM = "You are an expert programmer. You reply with code."
PYTHON = (".py", ".pyi")
POINT = "name the functions or lines of the file that it is about"
_REPLY_SLACK = 200
BODIES = 0.5
"""Share of the room that is left beside all else that bodies of neighbours may take."""


@dataclass(frozen=True, slots=True)
class Context:
    """What one call sends, part by part, and what was left out of it, in the order it went.

    `spans` are the sections of the file that are shown, none where it is shown whole. `tokens` are
    those of the call without the reply. `drafted`: an earlier try stands in the file's place.
    """

    prompt: Prompt
    parts: tuple[Part, ...]
    dropped: tuple[str, ...]
    tokens: int
    window: int
    spans: tuple[Span, ...] = ()
    drafted: bool = False


def compose(asked: TaskPromptInput) -> Context:
    """Ask for one task from one angle, the most stable part first so that prefix caches hit.

    Parts go in the order of `parts.DROPPED` until the call fits; raises `TaskTooLarge` when the
    task and its own code alone do not.
    """
    red = failed(asked)
    tests = [one for one in tests_shown(asked, red) if one.text]
    before, after = list(stable(asked)), list(changing(asked, red, tests))
    task = [*answers(asked), part("task", f"Task: {asked.task.text.strip()}", "what is to be done")]
    rest = [*before, *task, *after]
    spare = _room(asked, [each.text for each in rest]) - bound(asked)
    room = _room(asked, [each.less or each.text for each in rest if each.less or not each.worth])
    seen = _seen(asked, tests, room, spare)
    form, file = _subject(asked, seen, tests)
    around = list(_around(asked, seen, spare)) if file else []
    form_part = part("form", FORMS[form].format(path=asked.path), "how the reply is to look")
    reply = _reply_room(asked, seen)
    others = [*rest, *around, *file, form_part]
    told = reads(asked, _reads_room(asked, [each for each in others if each.text], reply))
    parts = [*before, *told.parts, *task, *around, *file, *after, form_part]
    fitted = fit(parts, lambda user: call_tokens(SYSTEM, user, asked.count), asked.window - reply)
    if fitted.tokens > asked.window - reply:
        hint = "split it" if seen.spans else f"split it, or {POINT}"
        raise TaskTooLargeError(asked.task.id, fitted.tokens + reply, asked.window, hint)
    dropped = _dropped(asked, fitted.dropped, told.cut)
    prompt = Prompt(
        SYSTEM,
        fitted.text,
        temperature=asked.strategy.temperature,
        seed=asked.seed,
        reply=reply,
        task=asked.task.id,
        attempt=asked.attempt,
    )
    return Context(
        prompt, fitted.parts, dropped, fitted.tokens, asked.window, seen.spans, asked.drafted
    )


def _dropped(asked: TaskPromptInput, gone: Sequence[str], cut: Sequence[str]) -> tuple[str, ...]:
    """What went, then what is there in part. A question is not asked without what it reads."""
    for path, _ in asked.reads if asked.task.kind == "query" else ():
        if f"read {path}" in gone:
            raise unread(asked, path)
    return (*gone, *(f"{each}, all but some of it" for each in cut if each not in gone))


def _room(asked: TaskPromptInput, texts: Sequence[str], reply: int | None = None) -> int:
    """Tokens that are left beside these."""
    reply = _reply_room(asked, View("")) if reply is None else reply
    return asked.window - reply - call_tokens(SYSTEM, "\n\n".join(texts), estimate_tokens)


def _reads_room(asked: TaskPromptInput, others: Sequence[Part], reply: int) -> int:
    """What nothing else needs, and no less than the share of it that goes before lesser parts."""
    dearer = [each.text for each in others if not each.worth or each.worth > READS]
    most = _room(asked, dearer, reply)
    if asked.task.kind == "query":
        return most
    return max(_room(asked, [each.text for each in others], reply), min(bound(asked), most))


def _seen(asked: TaskPromptInput, tests: Sequence[Part], room: int, spare: int) -> View:
    if asked.content is None or not asked.path or asked.drafted:
        return View("")
    return view(asked, room, spare, [each.text for each in tests])


def _subject(asked: TaskPromptInput, seen: View, tests: Sequence[Part]) -> tuple[Form, list[Part]]:
    """How the file is shown, and what form of it is asked for."""
    path, content = asked.path, asked.content
    if asked.drafted:
        text = fence_text(f"{path}, {DRAFT}", asked.draft)
        return "mend", [part("file", text, "the best try so far, in the place of the file")]
    form = _form(asked, seen)
    if not path:
        return form, []
    if content is None:
        return form, [part("file", f"{path} does not exist yet.", "the one file to write")]
    if seen.spans:
        why = "the sections that the task and its failure point at"
        return form, [part("file", seen.text, why)]
    said = [asked.task.text, "\n".join(each.text for each in tests)]
    if form == "anew" and (bare := skeleton(content, said)):
        return form, [part("file", fence_text(path, bare), "the one file to write, without bodies")]
    form = "file" if form == "anew" else form
    return form, [part("file", seen.text, "the one file to write")]


def _form(asked: TaskPromptInput, seen: View) -> Form:
    """Ask for a whole file only where the answer has room for it, for parts only of Python."""
    wanted, python = asked.strategy.form, asked.path.endswith(PYTHON)
    if asked.task.kind == "query":
        return "answer"
    if asked.content is None:
        return "file"
    if seen.spans:
        parts = wanted != "edit" and python and seen.whole and asked.file_context.mergeable
        return "parts" if parts else "sections"
    if wanted == "parts" and python:
        return "parts"
    if wanted == "edit" or estimate_tokens(asked.content) > asked.reply:
        return "edit"
    return "anew" if wanted == "anew" and python else "file"


def _around(asked: TaskPromptInput, seen: View, spare: int) -> Iterator[Part]:
    known = asked.file_context
    if seen.index:
        index = f"{asked.path} by its lines:\n{seen.index}"
        yield part("line index", index, "what the file holds, as only sections are shown")
    found = neighbours(asked.path, known.outline, seen.spans, known.calls)
    full = bodies(found, known.read, int((spare - estimate_tokens(seen.text)) * BODIES))
    yield part("neighbours", found.text, "what the code calls, and who calls it")
    yield part("neighbours' bodies", full, "there is room for what the code calls")


def _reply_room(asked: TaskPromptInput, seen: View) -> int:
    """A small file needs a small answer; what runs on past that is not one."""
    shown = asked.draft if asked.drafted else seen.text if seen.spans else asked.content
    return (
        asked.reply
        if shown is None
        else min(asked.reply, 2 * estimate_tokens(shown) + _REPLY_SLACK)
    )
