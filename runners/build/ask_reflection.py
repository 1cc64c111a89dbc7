"""Asking the model that did a task what surprised it, and keeping what it says.

Nothing depends on the answer: whatever keeps it from coming is a line in the log.
"""

import logging
import os
import time
from collections.abc import Iterator
from dataclasses import replace

from bot.coaching.surprises import Surprise, parse_surprises
from bot.config.tiers import TierSettings
from bot.git.diff import diff_file
from bot.ledger import AttemptOutcome, LedgerRow
from bot.models.chain import Chain
from bot.models.model import name_reflection
from bot.models.profiles import profile_for
from bot.models.spec import parse_spec
from bot.plan import written_paths
from bot.prompts.reflection_prompt import REPLY_TOKENS, TaskStory, compose_reflection
from bot.text.secrets import collect_credentials, redact
from runners.build.attempt_records import AttemptRecord
from runners.build.attempt_strategy import tier_settings
from runners.build.task_run import TaskRun
from runners.cancellation import Cancellation
from runners.model_call import ModelCall, call_model
from runners.progress import ProgressEvent

log = logging.getLogger("bricklayer")
KEPT_NUMBER = 0
"""Of its row and its evidence: it is no attempt, and no sum counts it as one."""
MAX_DIFF_CHARACTERS = 4_000
"""Looked at of a diff; the prompt has some hundred tokens of it."""
MAX_TRY_CHARACTERS = 200
_OWN_TOOLS = frozenset({"cli", "agent"})
"""Kinds whose every call brings thousands of tokens of their own: no short question is short."""


def find_author(run: TaskRun) -> AttemptRecord | None:
    """The last attempt that a model answered; None where none did, as with exact blocks."""
    asked = (r for r in reversed(run.attempts) if r.attempt.tier != "manifest" and not r.executor)
    return next((record for record in asked if record.row.tokens_out), None)


def ask_reflection(run: TaskRun, cancellation: Cancellation) -> LedgerRow | None:
    """What it cost, entered already; None where nobody was asked. Raises what a call may raise."""
    record = find_author(run)
    found = _find_model(run, record) if record else None
    if record is None or found is None:
        return None
    chain, tier = found
    prompt = compose_reflection(_tell_story(run, record))
    row = LedgerRow(prompt.task, KEPT_NUMBER, record.row.tier, "", outcome=AttemptOutcome.ANSWERED)
    room = REPLY_TOKENS + chain.count_tokens(f"{prompt.system}\n{prompt.user}")
    if run.context.record.tokens_left < room:
        log.info("%s: not asked what surprised it: no token of the job is left", run.task.id)
        return None
    meter = run.context.meter
    call = call_model(
        chain, prompt, row, tier, meter, cancellation=cancellation, most_asked_again=0
    )
    return _keep(run, prompt.user, call) if call.row.tokens else None


def _find_model(run: TaskRun, record: AttemptRecord) -> tuple[Chain, TierSettings] | None:
    """The one model that answered last, asked once; None where it cannot answer in short."""
    tier, chain = tier_settings(run, record.attempt), run.lane.open_chain(record.attempt.tier)
    for model, spec in zip(chain.models, tier.models, strict=True):
        if record.row.model in {model.name, spec}:
            one = tier.model_copy(update={"models": (spec,)})
            alone = replace(chain, models=(model,), retries=0)
            return (alone, one) if _answers_in_short(tier, model.name, spec) else None
    return None


def _answers_in_short(tier: TierSettings, name: str, spec: str) -> bool:
    """Not where it cannot be told to answer at once: its thought alone is longer than a task's."""
    return profile_for(tier, name).thinks != "always" and parse_spec(spec).kind not in _OWN_TOOLS


def _tell_story(run: TaskRun, last: AttemptRecord) -> TaskStory:
    judged = [record.result for record in run.attempts if record.result.digest]
    return TaskStory(
        task=run.task,
        tries=tuple(_describe_tries(run)),
        shown=tuple(name for name, _, _ in last.prompt_parts),
        failure=judged[-1].digest if judged else run.base.digest,
        diff=_show_diff(run, last)[:MAX_DIFF_CHARACTERS],
    )


def _describe_tries(run: TaskRun) -> Iterator[str]:
    for record in run.attempts:
        why = f": {record.result.why}" if record.result.why else ""
        told = f"{record.row.number} {record.row.tier}: {record.result.outcome}{why}"
        yield " ".join(told.split())[:MAX_TRY_CHARACTERS]


def _show_diff(run: TaskRun, last: AttemptRecord) -> str:
    if not last.result.tree:
        return ""
    files = last.result.files[:2]
    return "".join(
        diff_file(run.context.repo, run.base_tree, last.result.tree, path) for path in files
    )


def _keep(run: TaskRun, asked: str, call: ModelCall) -> LedgerRow:
    """First what it cost: killed after that, it is not asked again."""
    context, row = run.context, call.row
    context.record.add_attempt(row)
    text = call.reply.text if call.reply else ""
    parts = [("asked", asked), ("reply", text), ("outcome", call.why or row.outcome)]
    context.keep_evidence(f"{row.task}-{row.number}", parts)
    own = run.task.file or min(written_paths(run.task), default="")
    found = parse_surprises(
        redact(text, collect_credentials(os.environ)), context.list_known_names(), own
    )
    if found and context.surprises:
        place = context.record.repo_key, context.job_id, context.record.row.run, run.task.id
        context.surprises.keep(place, found, own=own, model=row.model, at=time.time())
    if found:
        context.report(ProgressEvent("job", _tell(found), run.task.id))
    return row


def _tell(found: tuple[Surprise, ...]) -> str:
    told = (f"{each.kind} {each.about}".strip() for each in found)
    return f"what surprised the model: {', '.join(told)}"


def was_asked(run: TaskRun) -> bool:
    """In this run already, before it was killed."""
    return run.context.record.has_entered(name_reflection(run.task.id), KEPT_NUMBER)
