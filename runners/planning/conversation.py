"""A plan is asked for: one look at what the planner needs, and two repairs, at most.

A conversation is data. Each `ask` makes one call, built from nothing, and gives the conversation
that came of it, so that a durable workflow can write each down and go on from there. A reply is a
plan, what the planner needs to see first, or the answer to a question.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from bot.config.machine import PlannerSettings, TierSettings
from bot.errors import Fault, PlanError
from bot.ledger import LedgerRow
from bot.models.chain import Chain
from bot.models.model import ModelError, Prompt, Reply
from bot.prompts.planner_prompt import (
    PLAN_NOW,
    Mend,
    PlanRequest,
    PlanTooLargeError,
    planning_prompt,
    room_left,
)
from bot.text.invisible import has_hidden, make_printable
from runners import evidence, stalls
from runners.edits.reply_text import strip_reasoning
from runners.model_call import add_cost, row_of_failure, row_of_reply
from runners.planning.repo_lookup import RepoLookup, wanted
from runners.progress import ProgressEvent

Kind = Literal["plan", "need", "answer"]
_NEED = re.compile(r"\s*[*_`#]*NEED[*_`]*\s*:[*_`]*(.*)", re.IGNORECASE)
_ANSWER = re.compile(r"\s*[*_`#]*ANSWER[*_`]*\s*:[*_`]*(.*)", re.IGNORECASE)
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})[^`]*")
_BULLET = re.compile(r"^\s*(?:[-*+]|\d+[.)])\s+")
_KEY = re.compile(r"[a-z_]+\s*:|\s*#")
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
    lines = strip_reasoning(reply.replace("\r\n", "\n").split("\n"), ())
    begun = [n for n, line in enumerate(lines) if _begins_plan(line, start)]
    if start == "---" and _ANSWER.match(next((line for line in lines if line.strip()), "")):
        begun = [n for n in begun if _is_front_matter(lines[n + 1 :])]
    at = begun[0] if begun else None
    if at is not None:
        return PlannerReply("plan", _unwrap_fence(lines, at))
    for number, line in enumerate(lines):
        if found := _NEED.match(line):
            return PlannerReply("need", names=_read_names([found[1], *lines[number + 1 :]]))
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
        body = body[: ends[-1]] if ends else body
    return "\n".join(body).strip("\n") + "\n"


def _read_names(lines: list[str]) -> tuple[str, ...]:
    """Names parted by commas, or one a line."""
    words = (word for line in lines for word in _BULLET.sub("", line).split(","))
    names = (word.strip().strip("`'\"*").removesuffix("()").strip() for word in words)
    kept = (
        name for name in names if name and len(name) <= _MAX_NAME_CHARS and not has_hidden(name)
    )
    return tuple(dict.fromkeys(kept))


REPAIRS = 2
SEEN = "asked to see"
Judge = Callable[[str], Sequence[Fault]]
"""Everything wrong with the text of a plan."""


@dataclass(frozen=True, slots=True)
class Conversation:
    """What was said so far. `plan` or `answer` is set once there is one, `gone` where none can be.

    `names` is what the planner asked to see, `draft` its last refused reply with its `faults`.
    """

    rows: tuple[LedgerRow, ...] = ()
    names: tuple[str, ...] = ()
    draft: str = ""
    faults: tuple[Fault, ...] = ()
    refused: int = 0
    plan: str = ""
    answer: str = ""
    gone: str = ""

    @property
    def over(self) -> bool:
        return bool(self.plan or self.answer or self.gone) or self.refused > REPAIRS


@dataclass(frozen=True, slots=True)
class PlannerContext:
    """What a planner works with. `evidence` is the folder where each call is kept."""

    chain: Chain
    tier: TierSettings
    settings: PlannerSettings
    lookup: RepoLookup
    evidence: Path


def ask(
    desk: PlannerContext,
    brief: PlanRequest,
    conversation: Conversation,
    judge: Judge,
    start: str = "---",
) -> Conversation:
    """Make one call. `start` is how a plan's first line reads."""
    row = LedgerRow(brief.task, len(conversation.rows) + 1, "planner", desk.chain.name)
    try:
        prompt = _prompt(desk, brief, conversation, row.number)
    except PlanTooLargeError as exc:
        return replace(conversation, gone=f"{exc}: give [tiers.planner] a larger `context`")
    try:
        reply = desk.chain.ask(prompt, stalls.create_watch())
    except ModelError as exc:
        row = replace(add_cost(row_of_failure(row, exc), desk.tier), outcome="no model answered")
        _keep(desk, row, prompt, "", str(exc))
        return replace(
            conversation, rows=(*conversation.rows, row), gone=f"no model answered: {exc}"
        )
    row = add_cost(row_of_reply(row, reply), desk.tier)
    return _entered(
        desk, conversation, row, prompt, reply, _heard(conversation, reply, judge, start)
    )


def tell_last(
    conversation: Conversation, before: Conversation, tell: Callable[[ProgressEvent], None]
) -> None:
    """Say what came of the call that made `talk` of `before`."""
    for row in conversation.rows[len(before.rows) :]:
        faults = f": {len(conversation.faults)} faults" if row.outcome == "refused" else ""
        seen = (
            f" {', '.join(map(make_printable, conversation.names))}" if row.outcome == SEEN else ""
        )
        for fall in row.failures:
            tell(ProgressEvent("attempt", f"{fall.model} fell: {fall.why}", row.task, good=False))
        text = f"{row.number} planner {row.model}: {row.outcome}{seen}{faults}"
        good = {"passed": True, SEEN: None}.get(row.outcome, False)
        tell(ProgressEvent("attempt", text, row.task, good=good, row=row))


def _heard(conversation: Conversation, reply: Reply, judge: Judge, start: str) -> Conversation:
    said = read_reply(reply.text, start)
    if said.kind == "answer" and said.text:
        return replace(conversation, answer=said.text)
    if said.kind == "need" and not conversation.names and not conversation.refused and said.names:
        return replace(conversation, names=said.names)
    faults = _faults(said, reply, judge)
    if not faults:
        return replace(conversation, plan=said.text)
    draft = said.text or reply.text
    return replace(
        conversation, draft=draft, faults=tuple(faults), refused=conversation.refused + 1
    )


def _faults(said: PlannerReply, reply: Reply, judge: Judge) -> list[Fault]:
    if said.kind == "need":
        return [Fault(1, "you asked for more instead of writing", PLAN_NOW)]
    if said.kind == "answer":
        return [Fault(1, "the answer is empty", "Write it after `ANSWER:`.")]
    cut = []
    if reply.stop != "end":
        lines = said.text.count("\n") + 1
        why = reply.cut_why or "there was no more room"
        cut = [Fault(lines, f"the reply was cut off: {why}", "Write a shorter plan.")]
    return sorted({*cut, *judge(said.text)})


def _prompt(
    desk: PlannerContext, brief: PlanRequest, conversation: Conversation, attempt: int
) -> Prompt:
    hint = Mend(conversation.draft, conversation.faults) if conversation.faults else None
    size = {"window": desk.tier.context, "reply": desk.tier.reply}
    shown = ""
    if conversation.names:
        brief = replace(brief, asked=f"{brief.asked} {PLAN_NOW}")
        room = room_left(brief, **size, hint=hint)
        shown = wanted(desk.lookup, conversation.names, desk.settings.files, room)
    return planning_prompt(brief, **size, wanted=shown, hint=hint, attempt=attempt)


def _entered(  # noqa: PLR0913, PLR0917  # one call: who, what was asked and said, what came of it
    desk: PlannerContext,
    conversation: Conversation,
    row: LedgerRow,
    prompt: Prompt,
    reply: Reply,
    now: Conversation,
) -> Conversation:
    outcome = "refused" if now.refused > conversation.refused else "passed" if now.over else SEEN
    faults = PlanError(list(now.faults), where="plan") if outcome == "refused" else ""
    _keep(desk, row, prompt, reply.text, f"{outcome}\n{faults}\n{', '.join(now.names)}")
    return replace(now, rows=(*conversation.rows, replace(row, outcome=outcome)))


def _keep(desk: PlannerContext, row: LedgerRow, prompt: Prompt, reply: str, outcome: str) -> None:
    parts = [("system", prompt.system), ("prompt", prompt.user), ("reply", reply)]
    name = f"{row.task.replace(' ', '-')}-{row.number}"
    evidence.keep(desk.evidence, name, [*parts, ("outcome", outcome)])
