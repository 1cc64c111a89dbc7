"""Asking for one of several candidates and checking it: in its turn, until another has won."""

import functools

from bot.errors import ModelOutageError
from bot.ledger import AttemptOutcome
from bot.spending import SpendingCapError
from runners.build import judge_attempt
from runners.build.ask_attempt import ask_tier, begin_row
from runners.build.attempt_records import AttemptRecord, AttemptResult
from runners.build.candidates import CandidateRound
from runners.build.task_run import TaskRun


def ask_candidate(run: TaskRun, candidates: CandidateRound, candidate: int) -> AttemptRecord:
    """Ask for it as for any attempt.

    What keeps it from being asked, a limit or a server that is down, stops the run only where it is
    still needed: one before it may pass meanwhile, and a server that answers the others is there.
    """
    attempt = candidates.find_attempt(candidate)
    candidates.wait_to_reserve(candidate)
    cancellation = candidates.find_cancellation(candidate)
    try:
        return ask_tier(run, attempt, cancellation, lambda: candidates.note_reserved(candidate))
    except (SpendingCapError, ModelOutageError) as exc:
        candidates.note_reserved(candidate)
        why = candidates.wait_for_loss(candidate)
        if not why and isinstance(exc, ModelOutageError):
            why = candidates.explain_outage(candidate)
        if not why:
            raise
        stopped = AttemptResult(AttemptOutcome.STOPPED, why)
        return AttemptRecord(attempt, stopped, begin_row(run, attempt), run.base_tree)


def check_candidate(
    run: TaskRun, candidates: CandidateRound, record: AttemptRecord, twin: int
) -> AttemptResult:
    """Judge what it made, unless candidate `twin` made the same; not beyond its loss."""
    lost = functools.partial(candidates.explain_loss, record.attempt.candidate)
    return judge_attempt.check_candidate(run, record, twin, lost)
