"""A lesson as a rule that a command can enforce, where its form allows that.

A rule is data, whoever wrote it: what is run follows from it in `rule_check` alone, so nothing that
a model or a comment says becomes a part of a command.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

RuleKind = Literal["forbid", "require", "begin"]
MAX_TEXTS = 4
MAX_TEXT_CHARACTERS = 120


@dataclass(frozen=True, slots=True)
class Rule:
    """Of each file in the lesson's scope: none of `texts` stands in it, or one, or it begins so.

    `texts` are taken literally, of one line each; a word is not met within a longer one.
    """

    kind: RuleKind
    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NoRule:
    """`why` is one sentence without an end."""

    why: str


_CODE = r"`([^`]+)`"
_FILES = (
    r"(?:every|each|all|an?|the)(?: [\w-]+){0,3}? (?:files?|modules?|scripts?|headers?)"
    r"(?: with [\w-]+)?"
)
_FEW_WORDS = r"(?: [\w-]+){0,3}"
# What holds in some places only cannot be told by looking for a text.
_CONDITION = re.compile(
    r"\b(?:unless|except|only|outside|inside|when|whenever|where|if|but|while|until|before|after|"
    r"sometimes|usually|should|prefer\w*)\b",
    re.IGNORECASE,
)
_MORE = rf"{_FEW_WORDS}(?:[.,;:][^`]*)?"
_FORMS: tuple[tuple[RuleKind, str], ...] = (
    ("forbid", rf"use {_CODE}(?:,| and|;)? (?:never|not|instead of|rather than) (?:use )?{_CODE}"),
    (
        "forbid",
        rf"(?:never|do not|don't|avoid|no){_FEW_WORDS} {_CODE}(?: or {_CODE})?{_MORE}",
    ),
    ("begin", rf"{_FILES} (?:must )?(?:begins?|starts?) with (?:the line )?{_CODE}"),
    ("begin", rf"the first line of {_FILES} is {_CODE}"),
    (
        "require",
        rf"{_FILES} (?:must )?(?:contains?|has|have|imports?|defines?){_FEW_WORDS} {_CODE}",
    ),
)
"""What the words of a lesson are, without the full stop at their end; a code span is a text."""
# `use A, not B` names what is wanted first.
_WANTED_FIRST = re.compile(r"use ", re.IGNORECASE)


def derive_rule(lesson: str) -> Rule | NoRule:
    """The rule that the lesson's words state, if they are of a form that leaves no doubt."""
    if "`" not in lesson:
        return NoRule("it names nothing in backticks that a command could look for")
    if found := _CONDITION.search(_strip_code(lesson)):
        return NoRule(f"it holds under a condition (`{found[0]}`), which a pattern cannot tell")
    for kind, form in _FORMS:
        if match := re.fullmatch(form, lesson.removesuffix("."), re.IGNORECASE):
            texts = [text for text in match.groups() if text]
            if kind == "forbid" and _WANTED_FIRST.match(lesson):
                texts = texts[1:]
            return make_rule(kind, [_strip_call(text) for text in texts])
    return NoRule("its words are of no form from which a command follows")


def make_rule(kind: RuleKind, texts: list[str]) -> Rule | NoRule:
    """Checks what is to be looked for, wherever it comes from."""
    faults: dict[str, Callable[[str], bool]] = {
        "what it names is empty": lambda text: not text.strip(),
        "what it names has more than one line": lambda text: not text.isprintable(),
        f"what it names is longer than {MAX_TEXT_CHARACTERS} characters": lambda text: (
            len(text) > MAX_TEXT_CHARACTERS
        ),
        "what it names is a single sign, which stands anywhere": lambda text: len(text) == 1,
    }
    if not 1 <= len(texts) <= (MAX_TEXTS if kind == "forbid" else 1):
        return NoRule("it names too many texts, or none")
    for why, is_fault in faults.items():
        if any(map(is_fault, texts)):
            return NoRule(why)
    return Rule(kind, tuple(texts))


def _strip_code(lesson: str) -> str:
    return re.sub(_CODE, "", lesson)


def _strip_call(text: str) -> str:
    """`print()` stands for each call of it."""
    return text[:-1] if text.endswith("()") and len(text) > 2 else text  # noqa: PLR2004
