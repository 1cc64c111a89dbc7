"""What the reviewer tier found in a pull request, and what became of it: checked, and judged."""

import hashlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from bot.review.model import Fault, Proof, ProposedTest, ReviewReport, UnseenParts
from bot.ticket.authorship import BOT_MARK

Verdict = Literal["", "confirmed", "dismissed"]
"""What a person who may write said of it; empty while nobody has."""
FollowUp = Literal["", "begun", "settled", "not settled"]
"""What became of one that a check has reproduced: only such a one is worked in by itself."""
MAX_KEPT = 30
"""Findings of one job; the oldest go."""
MAX_FOLLOW_UPS = 3
"""Rounds of one job that begin because of findings, and not because of a person."""


@dataclass(frozen=True, slots=True)
class Finding:
    """`comment` is the review comment that tells it, which begins its thread; 0 where none does.

    `said` and `proof` are a model's words, not escaped. `model` found it, at the commit `head`.
    `check` and `check_paths` are what is red with the `test`. `by` is the login of who judged it.
    """

    id: str
    head: str
    model: str
    path: str
    line: int
    said: str
    proof: str = ""
    proof_state: Proof = "none"
    test: ProposedTest | None = None
    check: str = ""
    check_paths: tuple[str, ...] = ()
    comment: int = 0
    verdict: Verdict = ""
    by: str = ""
    follow_up: FollowUp = ""

    @property
    def mark(self) -> str:
        """By it its comment is found on GitHub."""
        return f"{BOT_MARK}finding {self.id} -->"


@dataclass(frozen=True, slots=True)
class Reading:
    """The last reading by the reviewer tier: of `head`, told from `base`, without `unseen`.

    `asked_head` is the head that is to be read now, told from `asked_base`, by the settings of the
    commit `asked_rules`: both stay the same for as long as it is read. `since` is when that was
    asked first, in seconds since 1970. `answer` is what was found there and is not posted yet.
    """

    base: str = ""
    head: str = ""
    asked_head: str = ""
    since: float = 0.0
    asked_base: str = ""
    asked_rules: str = ""
    answer: ReviewReport | None = None
    unseen: tuple[UnseenParts, ...] = ()

    def end(self, *, was_read: bool = True) -> "Reading":
        """Once the answer is posted. Without one nothing was read: all of it is new next time."""
        ended = replace(self, answer=None)
        if not was_read:
            return ended
        unseen = self.answer.unseen if self.answer else ()
        return replace(ended, base=self.asked_base, head=self.asked_head, unseen=unseen)


def make_finding(fault: Fault, head: str, model: str) -> Finding:
    """Its id is the same for the same words about the same line of the same commit."""
    content = "\0".join((head, fault.path, str(fault.line), fault.said))
    return Finding(
        hashlib.sha256(content.encode(errors="replace")).hexdigest()[:12],
        *(head, model, fault.path, fault.line, fault.said, fault.proof, fault.proof_state),
        test=fault.test if fault.proof_state == "reproduced" else None,
        check=fault.check,
        check_paths=fault.check_paths,
    )


def add_findings(known: Iterable[Finding], new: Iterable[Finding]) -> tuple[Finding, ...]:
    by_id = {finding.id: finding for finding in (*new, *known)}
    return tuple(sorted(by_id.values(), key=lambda each: each.comment))[-MAX_KEPT:]


def find_by_comment(findings: Iterable[Finding], comment: int) -> Finding | None:
    """The one whose thread that comment begins."""
    return next((each for each in findings if comment and each.comment == comment), None)


def list_due(findings: Iterable[Finding], head: str) -> tuple[Finding, ...]:
    """Those that become tasks: reproduced on this very head, and refused by nobody."""
    return tuple(
        each
        for each in findings
        if each.proof_state == "reproduced"
        and each.test
        and each.comment
        and each.head == head
        and not each.follow_up
        and each.verdict != "dismissed"
    )


def mark_followed(
    findings: Iterable[Finding], comments: Collection[int], end: FollowUp
) -> tuple[Finding, ...]:
    return tuple(
        replace(each, follow_up=end) if each.comment in comments else each for each in findings
    )


def judge_findings(
    findings: Iterable[Finding], verdicts: Mapping[str, tuple[Verdict, str]]
) -> tuple[Finding, ...]:
    """With verdicts by the finding's id, each with who gave it; one that is taken back is empty."""
    return tuple(
        replace(each, verdict=verdicts[each.id][0], by=verdicts[each.id][1])
        if each.id in verdicts
        else each
        for each in findings
    )


def merge_findings(
    old: Iterable[Finding], changed: Iterable[Finding], current: Iterable[Finding]
) -> tuple[Finding, ...]:
    """`current` with what made `old` into `changed`; of the same one the step's word counts."""
    before = set(old)
    new = {each.id: each for each in changed if each not in before}
    merged = {**{each.id: each for each in current}, **new}
    return tuple(merged.values())[-MAX_KEPT:]
