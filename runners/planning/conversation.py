"""The conversation with the planner: some looks at what it asks to see, and two repairs.

A conversation is data. Each `ask_planner` makes one call, whose prompt is composed anew, and
returns the conversation with its outcome, so that a durable workflow can record each and go on
from there. A reply is a plan, what the planner needs to see first, or the answer to a question.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from bot.config.tiers import PlannerSettings, TierSettings
from bot.errors import Fault, PlanError
from bot.ledger import AttemptOutcome, LedgerRow
from bot.models.chain import Chain
from bot.models.model import Prompt, Reply
from bot.models.profiles import thinking_room
from bot.models.token_estimate import estimate_tokens
from bot.plan.settled import Settled, SettledKind, read_settled
from bot.prompts.planner_prompt import (
    PLAN_NOW,
    PlanRequest,
    PlanTooLargeError,
    RefusedPlan,
    compose_planner_prompt,
    count_room_left,
    describe_looks,
)
from bot.text.invisible import make_printable
from runners.evidence import keep_evidence
from runners.metered_models import CallMeter
from runners.model_call import ModelCall
from runners.model_outages import ModelOutages
from runners.planning.planner_replies import PlannerReply, read_reply
from runners.planning.repo_lookup import MIN_LOOK_TOKENS, RepoLookup, look_up
from runners.planning.shown_lines import Shown, ShownLines, find_whole_paths, join_shown
from runners.progress import Report, report_call
from runners.server_windows import explain_truncation, refuse_window, warn_of_window

MAX_REPAIRS = 2
MAX_LOOK_NAMES = 40
"""Of one look that are kept; fewer are shown."""
MAX_QUESTION_CHARS = 2_000
"""Of a question that a planner puts to people."""
Verify = Callable[[Settled], Settled]
FindFaults = Callable[[str, Sequence[ShownLines]], Sequence[Fault]]
"""Everything wrong with the text of a plan, whose planner was shown these lines of files."""


@dataclass(frozen=True, slots=True)
class Conversation:
    """The calls so far, and `plan`, `answer`, `question`, `settled` or `failure` once it is over.

    A `question` is for people. `settled`: nothing is left to do, as was shown.

    `looks` are the names that the planner asked to see, look by look, and `read` the lines of files
    that its last prompt showed for them. `draft` is its last refused reply with its `faults`.
    """

    rows: tuple[LedgerRow, ...] = ()
    looks: tuple[tuple[str, ...], ...] = ()
    read: tuple[ShownLines, ...] = ()
    draft: str = ""
    faults: tuple[Fault, ...] = ()
    refusals: int = 0
    plan: str = ""
    answer: str = ""
    failure: str = ""
    question: str = ""
    settled: Settled | None = None

    @property
    def is_over(self) -> bool:
        ended = self.plan or self.answer or self.question or self.settled or self.failure
        return bool(ended) or self.refusals > MAX_REPAIRS

    @property
    def last_look(self) -> tuple[str, ...]:
        return self.looks[-1] if self.looks else ()

    @property
    def read_paths(self) -> frozenset[str]:
        """The files that the planner has read whole."""
        return find_whole_paths(self.read)


@dataclass(frozen=True, slots=True)
class PlannerContext:
    """What a planner works with. `evidence` is the folder where each call is kept.

    `verify` looks whether an issue is settled, as a reply says; None where none may say so.
    """

    chain: Chain
    tier: TierSettings
    settings: PlannerSettings
    lookup: RepoLookup
    evidence: Path
    meter: CallMeter
    outages: ModelOutages
    verify: Verify | None = None

    def ask(self, prompt: Prompt, row: LedgerRow) -> ModelCall:
        """Raises ModelOutageError and ModelSettingsError where no planner can be asked."""
        call = self.outages.ask(self.chain, prompt, row, self.tier, self.meter)
        if call.cause == "window":
            why = f"the server has no room for the prompt ({call.why})"
            refuse_window(self.tier, why)
        if call.reply and (why := explain_truncation(prompt, call.reply)):
            warn_of_window(self.tier, why, self.outages.report)
        return call


def ask_planner(
    planner: PlannerContext,
    request: PlanRequest,
    conversation: Conversation,
    find_faults: FindFaults,
    start: str = "---",
) -> Conversation:
    """Make one call. `start` is how a plan's first line reads."""
    row = LedgerRow(request.task, len(conversation.rows) + 1, "planner", planner.chain.name)
    try:
        view = _build_prompt(planner, request, conversation, row.number)
    except PlanTooLargeError as exc:
        return replace(conversation, failure=f"{exc}: give [tiers.planner] a larger `context`")
    prompt, conversation = view.prompt, replace(conversation, read=view.shown.lines)
    call = planner.ask(prompt, row)
    if call.reply is None:
        _keep_evidence(planner, call, prompt, "", call.why)
        return add_unanswered(conversation, call)
    after = _take_reply(conversation, call.reply, find_faults, start, request, view, planner.verify)
    if after.refusals > conversation.refusals:
        outcome, faults = (
            AttemptOutcome.PLAN_REFUSED,
            str(PlanError(list(after.faults), where="plan")),
        )
    else:
        outcome, faults = AttemptOutcome.PASSED if after.is_over else AttemptOutcome.LOOKED_UP, ""
    ending = f"{outcome}\n{faults}\n{', '.join(after.last_look)}"
    _keep_evidence(planner, call, prompt, call.reply.text, ending)
    return replace(after, rows=(*conversation.rows, replace(call.row, outcome=outcome)))


def add_unanswered(conversation: Conversation, call: ModelCall) -> Conversation:
    """End it: no model of the tier answered, or one thought and gave no answer."""
    outcome = call.outcome
    rows = (*conversation.rows, replace(call.row, outcome=outcome))
    return replace(conversation, rows=rows, failure=f"{outcome}: {call.why}")


def report_last_call(conversation: Conversation, before: Conversation, report: Report) -> None:
    """Say what came of the call that made `conversation` of `before`."""
    for row in conversation.rows[len(before.rows) :]:
        refused = row.outcome == AttemptOutcome.PLAN_REFUSED
        looked_up = row.outcome == AttemptOutcome.LOOKED_UP
        count = len(conversation.faults)
        faults = f": {count} fault{'s' if count != 1 else ''}" if refused else ""
        names = f" {', '.join(map(make_printable, conversation.last_look))}" if looked_up else ""
        good = None if looked_up else row.outcome == AttemptOutcome.PASSED
        text = f"{row.number} planner {row.model}: {row.outcome}{names}{faults}"
        report_call(report, row, text, good=good)


def _take_reply(  # noqa: PLR0913, PLR0917  # what was said to what, and by whose rules
    conversation: Conversation,
    reply: Reply,
    find_faults: FindFaults,
    start: str,
    request: PlanRequest,
    view: "_View",
    verify: Verify | None,
) -> Conversation:
    parsed = read_reply(reply.text, start)
    if parsed.kind in {"solved", "stale"} and parsed.text and verify:
        return _take_settled(conversation, parsed, verify, may_ask=request.may_ask)
    if parsed.kind == "question" and parsed.text and request.may_ask:
        return replace(conversation, question=parsed.text[:MAX_QUESTION_CHARS])
    if parsed.kind == "answer" and parsed.text:
        return replace(conversation, answer=parsed.text)
    if parsed.kind == "need" and parsed.names and view.looks_left:
        return replace(conversation, looks=(*conversation.looks, parsed.names[:MAX_LOOK_NAMES]))
    faults = tuple(_reply_faults(parsed, reply, lambda text: find_faults(text, conversation.read)))
    is_last = conversation.refusals == MAX_REPAIRS
    if not faults or (is_last and all(fault.may_pass for fault in faults)):
        return replace(conversation, plan=parsed.text)
    # The draft is shown again for repair; one that was no plan at all is shown as it came.
    draft = parsed.text or reply.text
    return replace(conversation, draft=draft, faults=faults, refusals=conversation.refusals + 1)


def ask_if_settled(settled: Settled) -> str:
    """What people are asked where nothing shows that an issue is settled, as a planner says."""
    doubts = "\n".join(f"- {doubt}" for doubt in settled.doubts)
    what = "is solved already" if settled.kind == "solved" else "is about something that is gone"
    return (
        f"I think that this {what}, and I could not show it:\n\n{doubts}\n\nIs it so? Then close"
        f" the issue. If not, say what is left to do.\n\n{settled.why}"
    )


def _take_settled(
    conversation: Conversation, parsed: PlannerReply, verify: Verify, *, may_ask: bool
) -> Conversation:
    """The end where it is shown; a question to people where it is not, or one more try."""
    kind: SettledKind = "solved" if parsed.kind == "solved" else "stale"
    settled = verify(read_settled(kind, parsed.text))
    if settled.is_shown:
        return replace(conversation, settled=settled)
    if may_ask:
        return replace(conversation, question=ask_if_settled(settled)[:MAX_QUESTION_CHARS])
    return _refuse_settled(conversation, parsed.text, settled)


def _refuse_settled(conversation: Conversation, text: str, settled: Settled) -> Conversation:
    what = f"nothing shows that it is {settled.kind}: {'; '.join(settled.doubts)}"
    faults = (Fault(1, what, "Write a plan for what is asked."),)
    return replace(conversation, draft=text, faults=faults, refusals=conversation.refusals + 1)


def _reply_faults(
    parsed: PlannerReply, reply: Reply, find_faults: Callable[[str], Sequence[Fault]]
) -> list[Fault]:
    if parsed.kind == "need":
        return [Fault(1, "you asked for more instead of writing", PLAN_NOW)]
    if parsed.kind in {"solved", "stale"}:
        return [Fault(1, "you may not say so here", "Write a plan for what is asked.")]
    if parsed.kind == "question":
        return [Fault(1, "nobody can be asked now", "Plan with what you know.")]
    if parsed.kind == "answer":
        return [Fault(1, "the answer is empty", "Write it after `ANSWER:`.")]
    cut = []
    # Anything but `end`, a limit or a stall, means that the reply's end is missing.
    if reply.stop != "end":
        lines = parsed.text.count("\n") + 1
        why = reply.cut_why or "there was no more room"
        cut = [Fault(lines, f"the reply was cut off: {why}", "Write a shorter plan.")]
    return sorted({*cut, *find_faults(parsed.text)})


@dataclass(frozen=True, slots=True)
class _View:
    """A prompt, what of files is in it, and how often the planner may still look."""

    prompt: Prompt
    shown: Shown
    looks_left: int


def _build_prompt(
    planner: PlannerContext, request: PlanRequest, conversation: Conversation, attempt: int
) -> _View:
    refused = RefusedPlan(conversation.draft, conversation.faults) if conversation.faults else None
    thinking, settings = thinking_room(planner.tier), planner.settings
    size = {"window": planner.tier.context, "reply": planner.tier.answer + thinking}
    room = min(settings.look, count_room_left(request, **size, refused=refused))
    shown = _show_looks(planner, request, conversation, room)
    room -= estimate_tokens(shown.text)
    left = settings.looks - len(conversation.looks) if room >= MIN_LOOK_TOKENS else 0
    told = describe_looks(left, room) if conversation.looks or not left else ""
    request = replace(request, instruction=" ".join(filter(None, (request.instruction, told))))
    prompt = compose_planner_prompt(
        request, **size, looked_up=shown.text, refused=refused, attempt=attempt
    )
    return _View(replace(prompt, thinking=thinking), shown, max(0, left))


def _show_looks(
    planner: PlannerContext, request: PlanRequest, conversation: Conversation, room: int
) -> Shown:
    """Everything asked for so far, look by look: what stood in a prompt stands in the next one."""
    shown = Shown()
    for names in conversation.looks:
        left = room - estimate_tokens(shown.text)
        part = look_up(planner.lookup, names, request.subject, left, shown.lines)
        shown = join_shown((shown, part))
    return shown


def _keep_evidence(
    planner: PlannerContext, call: ModelCall, prompt: Prompt, reply: str, ending: str
) -> None:
    shown = [("system", prompt.system), ("prompt", prompt.user)]
    parts = [*shown, *call.thoughts, ("reply", reply)]
    name = f"{call.row.task.replace(' ', '-')}-{call.row.number}"
    keep_evidence(planner.evidence, name, [*parts, ("outcome", ending)])
