"""Reads a reviewer's answer: places with what is wrong there, what would prove it, and its test.

The answer is hostile, as is all that a model writes after it has read a diff: whatever is not of
the form is no finding, and every text of it is bounded.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from bot.review.model import (
    MAX_PROOF_CHARACTERS,
    MAX_SAID_CHARACTERS,
    MAX_TEST_CHARACTERS,
    Fault,
    ProposedTest,
)
from bot.text.invisible import strip_hidden

MAX_ANSWER_CHARACTERS = 64_000
MAX_NAMED = 50
"""Places that are read of one answer; of more, only how many."""
# Models begin lines with a bullet, a number or a word, and put the place in bold or backticks,
# though they are asked not to.
_PLACE = re.compile(
    r"[ \t]{0,8}(?:[-*+>#]{1,6}[ \t]{1,4}|\d{1,2}[.)][ \t]{1,4})?"
    r"(?:FINDING:?[ \t]{1,4})?[*_`]{0,4}"
    r"([^\s`*:]{1,300}):(?:L|line )?(\d{1,6})(?:-\d{1,6})?[*_`]{0,4}:?[*_`]{0,4}"
    r"[ \t]{1,8}[-\u2013\u2014:]?[ \t]{0,4}(\S.*)"
)
_PROOF = re.compile(
    r"[ \t]{0,8}(?:[-*+][ \t]{1,4})?[*_]{0,3}PROOF[*_]{0,3}:[*_]{0,3}[ \t]*(.*)", re.IGNORECASE
)
_FENCE = re.compile(r"[ \t]{0,8}(`{3,}|~{3,})[ \t]{0,4}([^`]{0,400})")
_FILE = re.compile(r"\bfile=[\"']?([^\s\"']{1,300})")


@dataclass(frozen=True, slots=True)
class Answer:
    """`says_none`: that nothing is wrong. `rest`: an answer without any place, as it stands."""

    faults: tuple[Fault, ...] = ()
    says_none: bool = False
    rest: str = ""


@dataclass(slots=True)
class _Draft:
    path: str
    line: int
    said: list[str]
    proof: list[str] = field(default_factory=list)
    test: ProposedTest | None = None
    in_proof: bool = False

    def hear(self, text: str) -> None:
        (self.proof if self.in_proof else self.said).append(text)

    def finish(self) -> Fault:
        return Fault(
            self.path,
            self.line,
            _bound(self.said, MAX_SAID_CHARACTERS),
            _bound(self.proof, MAX_PROOF_CHARACTERS),
            test=self.test,
        )


def read_answer(text: str) -> Answer:
    lines = text[:MAX_ANSWER_CHARACTERS].splitlines()
    drafts = list(_read_drafts(lines))
    if drafts:
        return Answer(tuple(draft.finish() for draft in drafts[:MAX_NAMED]))
    none = any(map(_says_none, lines))
    return Answer(says_none=none, rest="" if none else text[:MAX_ANSWER_CHARACTERS].strip())


def _read_drafts(lines: Sequence[str]) -> Iterator[_Draft]:
    draft: _Draft | None = None
    at = 0
    while at < len(lines):
        line = lines[at]
        proof = _PROOF.fullmatch(line) if draft else None
        # Some begin the test on the line of its proof.
        if fence := _FENCE.fullmatch(proof[1] if proof else line):
            end = _find_end(lines, at, fence[1])
            if draft:
                draft.in_proof |= proof is not None
                draft.test = draft.test or _read_test(fence[2], lines[at + 1 : end])
            at = end + 1
            continue
        if place := _PLACE.fullmatch(line):
            if draft:
                yield draft
            draft = _Draft(place[1].removeprefix("./"), int(place[2]), [place[3]])
        elif draft and proof:
            draft.in_proof = True
            draft.hear(proof[1])
        elif draft and not _says_none(line):  # some end every answer with it
            draft.hear(line)
        at += 1
    if draft:
        yield draft


def _says_none(line: str) -> bool:
    """As a reviewer is asked to; models add marks and a sentence."""
    return line.strip(" \t*_`.#-") == "NONE"


def _find_end(lines: Sequence[str], at: int, mark: str) -> int:
    """Of the block that begins there; one that is never closed goes on to the end."""
    for end in range(at + 1, len(lines)):
        bare = lines[end].strip()
        if bare and set(bare) == {mark[0]} and len(bare) >= len(mark):
            return end
    return len(lines)


def _read_test(info: str, lines: Sequence[str]) -> ProposedTest | None:
    """None for code that is only quoted, and for a file that is too long to be one test."""
    named = _FILE.search(info)
    body = "\n".join(lines).strip("\n")
    if not named or not body.strip() or len(body) > MAX_TEST_CHARACTERS:
        return None
    return ProposedTest(named[1].removeprefix("./"), f"{body}\n")


def _bound(lines: Sequence[str], most: int) -> str:
    text = " ".join(" ".join(strip_hidden(line).split()) for line in lines).strip(" *_`")
    return text if len(text) <= most else f"{text[: most - 2].rstrip()} …"
