"""Which attempts a round makes: one, or several candidates of the local tier side by side.

The first attempt is made alone: most tasks pass by it. Then candidates are asked for from the clean
file. The one that comes nearest is repaired; after so many repairs of it there are new ones.
"""

from collections.abc import Iterator, Sequence

from bot.prompts.strategies import SizeRow, Strategy, choose_row, choose_together
from runners.build.attempt_records import Attempt, AttemptRecord
from runners.build.drafts import find_shown_draft
from runners.build.task_run import TaskRun


def plan_round(run: TaskRun, round_: Attempt) -> tuple[Attempt, ...]:
    """The attempts of one round, in the order in which the first that passes wins.

    `round_` is one of `list_left_attempts`. It follows from what is recorded of the earlier ones.
    """
    row, rows = choose_row(run.base.size, run.base.strategies), run.rows_of_task
    before = max((each.number - each.counted_round for each in rows), default=0)
    own = [r for r in rows if r.tier == round_.tier and r.counted_round > run.free]
    number, nth = round_.number + before, len(own)
    if round_.tier != "local":
        return (Attempt(number, round_.tier, nth, round_.number),)
    if run.base.candidates == 1 or nth == 0 or run.task.kind != "code":
        alone = row.in_a_row[nth % len(row.in_a_row)].name
        return (Attempt(number, round_.tier, nth, round_.number, strategy=alone),)
    chosen = _choose_strategies(run, row)
    return tuple(
        Attempt(number + at, round_.tier, nth + at, round_.number, at + 1, len(chosen), each.name)
        for at, each in enumerate(chosen)
    )


def order_round(records: Sequence[AttemptRecord]) -> tuple[AttemptRecord, ...]:
    """What the round came to stands last: the first that passed, else what came nearest.

    The others keep their order. Where none could be judged, all do.
    """
    best = next((each for each in records if each.result.passed), None) or _find_nearest(records)
    if best is None:
        return tuple(records)
    return (*(each for each in records if each is not best), best)


def _find_nearest(records: Sequence[AttemptRecord]) -> AttemptRecord | None:
    judged = [each for each in records if each.result.tree and each.result.failure_key]
    return min(judged, key=_count_failing, default=None)


def _count_failing(record: AttemptRecord) -> tuple[bool, int]:
    failing = record.result.failing
    return failing is None, failing or 0


def _choose_strategies(run: TaskRun, row: SizeRow) -> tuple[Strategy, ...]:
    repairs = {each.name for each in row.repairs}
    rounds = dict(_list_rounds(run.attempts))
    repaired = [round_ for round_, name in rounds.items() if name in repairs]
    clean = [round_ for round_ in rounds if round_ not in repaired]
    count = run.base.candidates
    if clean and _may_repair(run, row, clean, repaired):
        return choose_together(row.repairs, count, len(repaired))
    return choose_together(row.candidates, count, len(clean))


def _may_repair(run: TaskRun, row: SizeRow, clean: Sequence[int], repaired: Sequence[int]) -> bool:
    """Whether there is something to repair that has not been repaired often enough.

    What came of a repair is repaired as one with what it came from.
    """
    best = find_shown_draft(row.repairs[0], run.attempts, run.base, run.task.file)
    if best is None:
        return False
    made = best.attempt.counted_round
    since = max((round_ for round_ in clean if round_ <= made), default=made)
    return sum(round_ > since for round_ in repaired) < row.repair_rounds


def _list_rounds(records: Sequence[AttemptRecord]) -> Iterator[tuple[int, str]]:
    """Each round of candidates, with a strategy of it."""
    for record in records:
        if record.attempt.candidate:
            yield record.attempt.counted_round, record.attempt.strategy
