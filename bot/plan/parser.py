"""Parsing `job.md` to a Job: all that can be read is read, and every fault reported at once."""

import functools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.errors import Fault, PlanError
from bot.plan.code_blocks import FORMS, read_info
from bot.plan.fields import read_keys
from bot.plan.front_matter import EXAMPLE, read_header
from bot.plan.keys import MAX_PLAN_BYTES, PHASE_KEYS, TASK_KEYS
from bot.plan.markdown import (
    Document,
    Section,
    Span,
    TooManyPartsError,
    find_hidden_text,
    parse_document,
    split_lines,
)
from bot.plan.model import Block, Job, Phase, Task
from bot.text.invisible import make_printable

MAX_FAULTS = 100
_LIKE_SECTION = re.compile(r"(?:phase|task)s?\b", re.IGNORECASE)
_LIKE_KEY = re.compile(rf" {{0,3}}[-+*][ \t]+(?:{'|'.join((*TASK_KEYS, *PHASE_KEYS))})[ \t]*:")
_HEADINGS = ("h1", "h2", "h3")


@dataclass(frozen=True, slots=True)
class Reading:
    """A job as far as it could be read, and what was wrong with its text."""

    job: Job
    faults: tuple[Fault, ...]


def parse_job(text: str, *, where: str = "job.md") -> Job:
    """Read the plan's form only; `validate.load_job` checks its sense too. Raises PlanError."""
    reading = read_job(text)
    raise_faults(reading.faults, where)
    return reading.job


# A page asks for the same plan several times, and for that of a job that runs again and again.
@functools.lru_cache(maxsize=32)
def peek_job(text: str) -> Job:
    """The job as far as it can be read, whatever is wrong with it, to learn its base commit.

    `validate.load_job` then reports every fault at once. Never build what this returns.
    """
    return read_job(text).job


def peek_title(text: str) -> str:
    """The job's title, without reading its tasks; empty where the plan cannot be read."""
    return "" if _find_unreadable(text) else read_header(split_lines(text), []).title


def raise_faults(faults: Sequence[Fault], where: str) -> None:
    """Raise PlanError where there are faults, each once and at most the first hundred."""
    if not faults:
        return
    ordered = sorted(set(faults))
    if rest := ordered[MAX_FAULTS:]:
        more = Fault(rest[0].line, f"{len(rest)} more faults", "Fix those above first.")
        ordered = [*ordered[:MAX_FAULTS], more]
    raise PlanError(ordered, where=where)


def read_job(text: str) -> Reading:
    if why := _find_unreadable(text):
        return Reading(Job("", ()), (why,))
    faults: list[Fault] = []
    header = read_header(split_lines(text), faults)
    try:
        plan = parse_document(text, header.end)
    except TooManyPartsError as exc:
        fault = Fault(header.end + exc.line + 1, exc.what, "Split the job.")
        return Reading(Job("", ()), (fault,))
    intro, *parts = plan.sections
    faults.extend(_find_stray_parts(plan, intro, first=True))
    phases, hidden = _read_phases(plan, parts, faults)
    job = Job(
        header.title,
        phases,
        header.checks,
        header.issue,
        header.base,
        _read_prose(plan, intro, intro.start, intro.spans),
        hidden,
        "".join(plan.lines[: header.end]),
        plan.join_lines(intro.start, intro.end),
        header.lines,
    )
    faults.extend(find_hidden_text(plan, _exact_lines(plan)))
    return Reading(job, tuple(faults))


def _find_unreadable(text: str) -> Fault | None:
    # A character has at least one byte, so the first test spares encoding a huge text. A model's
    # JSON can bring half a surrogate pair, which has no UTF-8, hence "replace":
    # https://www.rfc-editor.org/rfc/rfc8259#section-8.2
    if len(text) > MAX_PLAN_BYTES or len(text.encode("utf-8", "replace")) > MAX_PLAN_BYTES:
        return Fault(1, f"the plan is larger than {MAX_PLAN_BYTES >> 20} MiB", "Split the job.")
    if not text.strip():
        return Fault(1, "the plan is empty", EXAMPLE)
    # Markdown shows U+FFFD for it, so a page would not show what is written to the file:
    # https://spec.commonmark.org/0.31.2/#insecure-characters
    if "\0" in text:
        line = len(split_lines(text[: text.index("\0") + 1]))
        return Fault(line, "a NUL character", "A plan is text; give no binary content.")
    return None


def _read_phases(
    plan: Document, parts: Sequence[Section], faults: list[Fault]
) -> tuple[tuple[Phase, ...], tuple[Task, ...]]:
    """The phases, and the tests that are held back: they stand behind all of them."""
    phases: list[Phase] = []
    hidden: list[Task] = []
    for section in parts:
        faults.extend(_find_stray_parts(plan, section))
        task = None if section.kind == "phase" else _read_task(plan, section, faults)
        if task and task.hidden:
            hidden.append(task)
            continue
        if hidden:
            what = f"what is held back as `{make_printable(hidden[-1].id)}` stands before the rest"
            faults.append(Fault(section.start + 1, what, "Put `hidden: yes` at the plan's end."))
        if not task:
            phases.append(_read_phase(plan, section, faults))
            continue
        if not phases:
            hint = "Put a heading `## Phase: TITLE` before it."
            faults.append(
                Fault(task.line, f"task `{make_printable(task.id)}` is in no phase", hint)
            )
            # With a phase made up for it, the faults inside the task are reported in the same run.
            phases.append(Phase("(none)", (), line=task.line))
        last = phases[-1]
        phases[-1] = Phase(
            last.title, (*last.tasks, task), last.epochs, last.done, last.line, last.text,
            last.source,
        )  # fmt: skip
    return tuple(phases), tuple(hidden)


def _read_phase(plan: Document, section: Section, faults: list[Fault]) -> Phase:
    keys = read_keys(plan, section, PHASE_KEYS, faults)
    return Phase(
        title=section.title,
        tasks=(),
        epochs=keys.get_number("epochs", 1),
        done=keys.get_checks("done"),
        line=section.start + 1,
        text=_read_prose(plan, section, section.start + 1, _own_spans(section)),
        source=plan.join_lines(section.start, section.end),
    )


def _read_task(plan: Document, section: Section, faults: list[Fault]) -> Task:
    keys = read_keys(plan, section, TASK_KEYS, faults)
    spans, (bites, waiver) = _own_spans(section), keys.get_bites()
    blocks = [b for span in spans if (b := _read_block(plan, span, faults))]
    return Task(
        id=section.title,
        kind="query" if keys.get_choice("kind", ("code", "query")) == "query" else "code",
        file=keys.get_word("file"),
        reads=keys.get_words("reads"),
        after=keys.get_words("after"),
        checks=keys.get_checks("check"),
        bites=bites,
        waiver=waiver,
        guard=keys.get_flag("guard"),
        carry=keys.get_flag("carry"),
        hidden=keys.get_flag("hidden"),
        text=_read_prose(plan, section, section.start + 1, spans),
        blocks=tuple(blocks),
        line=section.start + 1,
        keys=keys.lines,
        source=plan.join_lines(section.start, section.end),
    )


def _own_spans(section: Section) -> tuple[Span, ...]:
    """Spans without the list of keys."""
    return section.spans[1:] if section.spans and section.spans[0].items else section.spans


def _read_block(plan: Document, span: Span, faults: list[Fault]) -> Block | None:
    info = read_info(span.info) if span.kind == "fence" and not span.nested else None
    if not info:
        return None
    if info.fault:
        faults.append(Fault(span.start + 1, info.fault, FORMS))
    # As many blanks as the fence has are removed from each of its lines:
    # https://spec.commonmark.org/0.31.2/#fenced-code-blocks
    if plan.lines[span.start].startswith(" "):
        what = "the fence of an exact block is indented"
        faults.append(Fault(span.start + 1, what, "Begin it at the margin: every byte counts."))
    # From the lines, not from the token: the parser makes LF of CRLF before it reads anything.
    # https://github.com/executablebooks/markdown-it-py/blob/master/markdown_it/rules_core/normalize.py
    text = plan.join_lines(span.start + 1, span.end - 1)
    return Block(info.kind, info.path, text, info.language, span.start + 1)


def _read_prose(plan: Document, section: Section, start: int, spans: Sequence[Span]) -> str:
    """What is neither key nor exact block, with one newline as line end and no blanks around."""
    pieces, first = [], start if spans == section.spans else section.spans[0].end
    exact = [s for s in spans if _is_exact(s)] if section.kind == "task" else []
    for span in exact:
        pieces.append(plan.join_lines(first, span.start))
        first = span.end
    pieces.append(plan.join_lines(first, section.end))
    clean = (re.sub(r"\r\n?", "\n", piece) for piece in pieces)
    return "\n\n".join(kept for piece in clean if (kept := _trim_blank_lines(piece)))


def _trim_blank_lines(text: str) -> str:
    """Without blank lines around; the first line keeps its indent, which may make it code."""
    # Four blanks before the first line make code: https://spec.commonmark.org/0.31.2/#indented-code-blocks
    return re.sub(r"\A(?:[ \t]*\n)+", "", text.rstrip()).removeprefix("\ufeff")


def _is_exact(span: Span) -> bool:
    return span.kind == "fence" and not span.nested and read_info(span.info) is not None


def _exact_lines(plan: Document) -> frozenset[int]:
    """Lines of exact content, counted from 0."""
    tasks = (section for section in plan.sections if section.kind == "task")
    exact = (span for section in tasks for span in section.spans if _is_exact(span))
    return frozenset(line for span in exact for line in range(span.start + 1, span.end - 1))


def _find_stray_parts(plan: Document, section: Section, *, first: bool = False) -> Iterator[Fault]:
    """Headings, keys and fences that look like parts of the plan but would be read as prose."""
    for span in section.spans if first else _own_spans(section):
        line = span.start + 1
        if span.kind == "fence":
            yield from _find_stray_fences(section, span)
        elif span.kind in _HEADINGS and (not first or _LIKE_SECTION.match(span.content)):
            hint = "Write `## Phase: TITLE`, `### Task: ID`, or `####` for a heading of your own."
            yield Fault(
                line, f"the heading `{make_printable(span.content)}` is no phase or task", hint
            )
        for start, _ in span.items if not first else ():
            if _LIKE_KEY.match(plan.lines[start]):
                what = f"a key below the text: `{make_printable(plan.lines[start].rstrip())}`"
                yield Fault(start + 1, what, "Keys stand directly under the heading.")


def _find_stray_fences(section: Section, span: Span) -> Iterator[Fault]:
    line = span.start + 1
    if not span.closed:
        yield Fault(line, "a fence that is never closed", "Close it with as many marks.")
    exact = read_info(span.info)
    if exact and section.kind != "task":
        yield Fault(line, "an exact block outside any task", "Move it into a task.")
    elif exact and span.nested:
        yield Fault(line, "an exact block in a list or quotation", "Begin it at the margin.")
