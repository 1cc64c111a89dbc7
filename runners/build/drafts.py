"""Which earlier attempt a prompt shows, and whose failure it tells."""

from collections.abc import Iterator, Sequence

from bot.failures import Failure
from bot.models.token_estimate import truncate_text
from bot.prompts.match_failures import same_file
from bot.prompts.strategies import Strategy
from runners import stalls
from runners.build.attempt_records import AttemptRecord
from runners.build.check_files import HowItFails
from runners.build.task_run import TaskBase

MAX_TOLD_FAILURES, MAX_TOLD_TOKENS = 3, 120
"""Of the last answer, where its code is not shown."""


def find_best_attempt(records: Sequence[AttemptRecord]) -> AttemptRecord | None:
    """What came nearest: fewest failing tests, then the latest; None where none could be applied.

    Of candidates that were made side by side the first in their order, whichever came first.
    One whose tests could not even be counted comes after any other.
    """
    applied = [r for r in records if r.result.tree and r.result.failure_key]
    return min(applied, key=_distance, default=None)


def _distance(record: AttemptRecord) -> tuple[bool, int, int, int]:
    failing = record.result.failing
    attempt = record.attempt
    return (failing is None, failing or 0, -attempt.counted_round, attempt.candidate)


def find_shown_draft(
    strategy: Strategy, records: Sequence[AttemptRecord], base: TaskBase, file: str
) -> AttemptRecord | None:
    """The attempt whose version of `file` the prompt shows; None where the strategy wants none.

    In the file's place it stands only if it fails fewer tests than the file itself: a small model
    copies what it is shown, and from a draft that is no better it hardly comes back. Else the last
    answer stands there if one line of its own stops its tests: what the rest of it does is unknown
    until that line is right.
    """
    best = find_best_attempt(records) if strategy.draft != "nowhere" else None
    if best is None or strategy.draft != "instead" or _comes_nearer(best, base):
        return best
    return records[-1] if _stops_at_one_line(records[-1], file) else None


def _stops_at_one_line(record: AttemptRecord, file: str) -> bool:
    """Whether most of its failing tests, two at least, end at the same line of the answer."""
    failures = [each for each in record.result.failures if each.titles]
    lines = [
        each.places[0].line
        for each in failures
        if each.places and each.places[0].source and same_file(each.places[0].path, file)
    ]
    most = max((lines.count(line) for line in set(lines)), default=0)
    return bool(record.result.tree) and most > 1 and 2 * most > len(failures)


def _comes_nearer(record: AttemptRecord, base: TaskBase) -> bool:
    """Where the base's failures are no tests, nothing can be compared."""
    failing, before = record.result.failing, base.failing
    if failing is None or before is None or not all(each.titles for each in base.failures):
        return True
    return failing < before


def find_failure(
    records: Sequence[AttemptRecord], base: TaskBase, draft: AttemptRecord | None
) -> HowItFails:
    """How what is shown fails: a message about other code misleads."""
    if draft:
        return HowItFails(draft.result.digest, draft.result.failures)
    if base.digest:
        return HowItFails(base.digest, base.failures)
    judged = (r.result for r in reversed(records) if r.result.digest)
    last = next(judged, base)
    return HowItFails(last.digest, last.failures)


def describe_last_reply(
    records: Sequence[AttemptRecord], draft: AttemptRecord | None, file: str
) -> Iterator[str]:
    """What was wrong with the last answer itself, and how it failed if it is not shown.

    `file` is the path that the task writes.
    """
    for record in records[-1:]:
        if record.result.reply_fault:
            # Its advice may be for another form than the one that is asked for now.
            fault = record.result.reply_fault.partition("\n")[0]
            yield f"Your last answer could not be used: {fault}"
        for name in record.result.stalls:
            # The reason of the refusal says the same, and says more.
            if name != stalls.MONOLOGUE or not record.result.reply_fault:
                yield stalls.describe_stall(name)
        if record is not draft and record.result.tree and (told := _list_failures(record, file)):
            yield f"Your last answer, which is not shown, failed: {told}"


def _list_failures(record: AttemptRecord, file: str) -> str:
    """Each reason once, with the tests that failed for it."""
    tests_by_reason: dict[str, list[str]] = {}
    for each in record.result.failures:
        if each.titles:
            tests_by_reason.setdefault(_describe_reason(each, file), []).append(each.name)
    named = [f"{', '.join(tests)}: {why}".rstrip(": ") for why, tests in tests_by_reason.items()]
    told = "; ".join(named[:MAX_TOLD_FAILURES]) or record.result.digest
    return truncate_text(told, MAX_TOLD_TOKENS)


def _describe_reason(failure: Failure, file: str) -> str:
    """Its message, and the answer's own line that raised it: without it the line comes again."""
    message = next(iter(failure.message), "")
    own = (place for place in failure.places if same_file(place.path, file))
    line = next((place.source.strip() for place in own if place.source), "")
    return f"{message} at `{line}`" if line else message
