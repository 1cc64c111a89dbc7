"""What a planner's reply is: a plan, what it needs to see, an answer, a question, or no work."""

import re
from dataclasses import dataclass
from typing import Literal

from bot.models.reasoning import split_reasoning
from bot.text.invisible import has_hidden

Kind = Literal["plan", "need", "answer", "question", "solved", "stale"]
# Models decorate the word they were told to begin with: `**NEED:**`, `## ANSWER:`.
_NEED = re.compile(r"\s*[*_`#]*NEED[*_`]*\s*:[*_`]*(.*)", re.IGNORECASE)
_QUESTION = re.compile(r"\s*[*_`#]*QUESTION[*_`]*\s*:[*_`]*(.*)", re.IGNORECASE)
_SETTLED = re.compile(r"\s*[*_`#]*(SOLVED|STALE)[*_`]*\s*:[*_`]*(.*)", re.IGNORECASE)
_ANSWER = re.compile(r"\s*[*_`#]*ANSWER[*_`]*\s*:[*_`]*(.*)", re.IGNORECASE)
# https://spec.commonmark.org/0.31.2/#fenced-code-blocks
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})[^`]*")
_BULLET = re.compile(r"^\s*(?:[-*+]|\d+[.)])\s+")
_KEY = re.compile(r"[a-z_]+\s*:|\s*#")
# A longer one is a sentence and no name.
_MAX_NAME_CHARS = 200


@dataclass(frozen=True, slots=True)
class PlannerReply:
    """`text` is the plan or the answer; `names` what the planner needs, as it wrote them."""

    kind: Kind
    text: str = ""
    names: tuple[str, ...] = ()


def read_reply(reply: str, start: str = "---") -> PlannerReply:
    """`start`: how the first line of a plan reads; what stands around a plan is left out.

    A plan wins over a NEED or an ANSWER beside it, but of a reply that begins with an ANSWER only
    front matter with a title is one: a lone `---` is a rule of the answer. A reply that is none of
    the three is taken for a plan, whose faults then say what is missing.
    """
    # Not `splitlines`, which also cuts at form feeds and U+2028, and a block may contain those:
    # https://docs.python.org/3.11/library/stdtypes.html#str.splitlines
    lines = split_reasoning(reply.replace("\r\n", "\n")).answer.split("\n")
    begun = [n for n, line in enumerate(lines) if _begins_plan(line, start)]
    if start == "---" and _ANSWER.match(next((line for line in lines if line.strip()), "")):
        begun = [n for n in begun if _is_front_matter(lines[n + 1 :])]
    at = begun[0] if begun else None
    if at is not None:
        return PlannerReply("plan", _unwrap_fence(lines, at))
    for number, line in enumerate(lines):
        if found := _NEED.match(line):
            return PlannerReply("need", names=_read_names([found[1], *lines[number + 1 :]]))
        if found := _QUESTION.match(line):
            text = "\n".join([found[1].strip(), *lines[number + 1 :]]).strip()
            return PlannerReply("question", text)
        if found := _SETTLED.match(line):
            text = "\n".join([found[2].strip(), *lines[number + 1 :]]).strip()
            return PlannerReply("solved" if found[1].lower() == "solved" else "stale", text)
        if found := _ANSWER.match(line):
            return PlannerReply(
                "answer", "\n".join([found[1].strip(), *lines[number + 1 :]]).strip()
            )
    return PlannerReply("plan", "\n".join(lines).strip() + "\n")


def _begins_plan(line: str, start: str) -> bool:
    return line.rstrip() == start if start == "---" else line.startswith(start)


def _is_front_matter(below: list[str]) -> bool:
    """Whether lines after a `---` are keys, a title among them, up to the next one."""
    end = next((n for n, line in enumerate(below) if line.rstrip() == "---"), 0)
    keys = [line for line in below[:end] if line.strip()]
    titled = any(line.startswith("title:") for line in keys)
    return titled and all(_KEY.match(line) for line in keys)


def _unwrap_fence(lines: list[str], at: int) -> str:
    """From line `at` to the end, or to the close of a fence that stands right before it."""
    above = next((line for line in reversed(lines[:at]) if line.strip()), "")
    body = lines[at:]
    if opening := _FENCE.fullmatch(above):
        closing = re.compile(rf" {{0,3}}{re.escape(opening[1][0])}{{{len(opening[1])},}}[ \t]*")
        ends = [n for n, line in enumerate(body) if closing.fullmatch(line)]
        # The last one: the plan has fences itself, often of the same length as the one around it.
        body = body[: ends[-1]] if ends else body
    return "\n".join(body).strip("\n") + "\n"


def _read_names(lines: list[str]) -> tuple[str, ...]:
    """Names parted by commas, or one a line."""
    words = (word for line in lines for word in _BULLET.sub("", line).split(","))
    # Names come in backticks, in bold, or as calls, however they were asked for.
    names = (word.strip().strip("`'\"*").removesuffix("()").strip() for word in words)
    kept = (
        name for name in names if name and len(name) <= _MAX_NAME_CHARS and not has_hidden(name)
    )
    return tuple(dict.fromkeys(kept))
