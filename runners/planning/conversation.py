"""A plan is asked for: one look at what the planner needs, and two repairs, at most.

A talk is data. Each `ask` makes one call, built from nothing, and gives the talk that came of it,
so that a story can write each down and go on from there.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

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
from bot.text.invisible import shown
from runners import evidence, stalls
from runners.build.costs import add_cost, row_of_failure, row_of_reply
from runners.planning.planner_reply import PlannerReply, read_reply
from runners.planning.repo_lookup import RepoLookup, wanted
from runners.progress import ProgressEvent

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
    shelf: RepoLookup
    evidence: Path


def ask(
    desk: PlannerContext, brief: PlanRequest, talk: Conversation, judge: Judge, start: str = "---"
) -> Conversation:
    """Make one call. `start` is how a plan's first line reads."""
    row = LedgerRow(brief.task, len(talk.rows) + 1, "planner", desk.chain.name)
    try:
        prompt = _prompt(desk, brief, talk, row.number)
    except PlanTooLargeError as exc:
        return replace(talk, gone=f"{exc}: give [tiers.planner] a larger `context`")
    try:
        reply = desk.chain.ask(prompt, stalls.watch())
    except ModelError as exc:
        row = replace(add_cost(row_of_failure(row, exc), desk.tier), outcome="no model answered")
        _keep(desk, row, prompt, "", str(exc))
        return replace(talk, rows=(*talk.rows, row), gone=f"no model answered: {exc}")
    row = add_cost(row_of_reply(row, reply), desk.tier)
    return _entered(desk, talk, row, prompt, reply, _heard(talk, reply, judge, start))


def tell_last(
    talk: Conversation, before: Conversation, tell: Callable[[ProgressEvent], None]
) -> None:
    """Say what came of the call that made `talk` of `before`."""
    for row in talk.rows[len(before.rows) :]:
        faults = f": {len(talk.faults)} faults" if row.outcome == "refused" else ""
        seen = f" {', '.join(map(shown, talk.names))}" if row.outcome == SEEN else ""
        for fall in row.failures:
            tell(ProgressEvent("attempt", f"{fall.model} fell: {fall.why}", row.task, good=False))
        text = f"{row.number} planner {row.model}: {row.outcome}{seen}{faults}"
        good = {"passed": True, SEEN: None}.get(row.outcome, False)
        tell(ProgressEvent("attempt", text, row.task, good=good, row=row))


def _heard(talk: Conversation, reply: Reply, judge: Judge, start: str) -> Conversation:
    said = read_reply(reply.text, start)
    if said.kind == "answer" and said.text:
        return replace(talk, answer=said.text)
    if said.kind == "need" and not talk.names and not talk.refused and said.names:
        return replace(talk, names=said.names)
    faults = _faults(said, reply, judge)
    if not faults:
        return replace(talk, plan=said.text)
    draft = said.text or reply.text
    return replace(talk, draft=draft, faults=tuple(faults), refused=talk.refused + 1)


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


def _prompt(desk: PlannerContext, brief: PlanRequest, talk: Conversation, attempt: int) -> Prompt:
    hint = Mend(talk.draft, talk.faults) if talk.faults else None
    size = {"window": desk.tier.context, "reply": desk.tier.reply}
    shown = ""
    if talk.names:
        brief = replace(brief, asked=f"{brief.asked} {PLAN_NOW}")
        room = room_left(brief, **size, hint=hint)
        shown = wanted(desk.shelf, talk.names, desk.settings.files, room)
    return planning_prompt(brief, **size, wanted=shown, hint=hint, attempt=attempt)


def _entered(  # noqa: PLR0913, PLR0917  # one call: who, what was asked and said, what came of it
    desk: PlannerContext,
    talk: Conversation,
    row: LedgerRow,
    prompt: Prompt,
    reply: Reply,
    now: Conversation,
) -> Conversation:
    outcome = "refused" if now.refused > talk.refused else "passed" if now.over else SEEN
    faults = PlanError(list(now.faults), where="plan") if outcome == "refused" else ""
    _keep(desk, row, prompt, reply.text, f"{outcome}\n{faults}\n{', '.join(now.names)}")
    return replace(now, rows=(*talk.rows, replace(row, outcome=outcome)))


def _keep(desk: PlannerContext, row: LedgerRow, prompt: Prompt, reply: str, outcome: str) -> None:
    parts = [("system", prompt.system), ("prompt", prompt.user), ("reply", reply)]
    name = f"{row.task.replace(' ', '-')}-{row.number}"
    evidence.keep(desk.evidence, name, [*parts, ("outcome", outcome)])
