"""Why a task is not done, by what its attempts came to: for people and for prompts."""

from collections.abc import Sequence

from bot.ledger import AttemptOutcome
from runners.build.attempt_records import SILENT, AttemptRecord, AttemptResult
from runners.stalls import name_outcome

_UNANSWERED = SILENT | {AttemptOutcome.NO_MODEL}


def explain_block(records: Sequence[AttemptRecord], unsplit_reason: str = "") -> str:
    """One sentence for a person: how often, by whom, and what went wrong last."""
    unsplit = f"; it was not split: {unsplit_reason}" if unsplit_reason else ""
    return f"{_explain_attempts(records)}{unsplit}"


def _explain_attempts(records: Sequence[AttemptRecord]) -> str:
    if not records:
        return "no tier is configured that could attempt it"
    tiers = ", ".join(dict.fromkeys(record.attempt.tier for record in records))
    result, end = _most_informative(records), records[-1].result
    count = f"{len(records)} attempt{'s' if len(records) > 1 else ''}"
    if beside := sum(record.attempt.candidate > 0 for record in records):
        count = f"{count} ({beside} of them as candidates side by side)"
    summary = f"{count} by {tiers}; the last that came to anything: {name_outcome(result.outcome)}"
    why = end.why if end.outcome in _UNANSWERED else name_outcome(end.outcome)
    at_end = "" if end is result else f"; at the end {why}"
    return f"{summary}: {result.why}{at_end}"


def _most_informative(records: Sequence[AttemptRecord]) -> AttemptResult:
    """The last that the checks judged, else the last that a model answered, else the last."""
    results = [record.result for record in records]
    answered = [result for result in results if result.outcome not in _UNANSWERED]
    return _last_judged(records) or (answered or results)[-1]


def last_digest(records: Sequence[AttemptRecord]) -> str:
    """The digest of the last attempt that the checks judged; empty where they judged none."""
    last = _last_judged(records)
    return last.digest if last else ""


def _last_judged(records: Sequence[AttemptRecord]) -> AttemptResult | None:
    judged = (
        r.result for r in reversed(records) if r.result.outcome == AttemptOutcome.CHECK_FAILED
    )
    return next(judged, None)
