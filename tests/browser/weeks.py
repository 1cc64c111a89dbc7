"""Jobs of eleven earlier weeks: models and lessons get better, as a picture has to show."""

import random
from collections.abc import Iterator
from dataclasses import replace

from bot.coaching.notes import name_lesson
from bot.ledger import LedgerRow
from bot.ticket.progress import EndedTask
from bot.ticket.stages import Stage
from browser.night_jobs import NightJob, attempt, write_plan

WEEKS = 11
JOBS_A_WEEK = 5
HOURS_A_WEEK = 168.0
LESSON = "Amounts are whole cents; a float loses them."
LESSONS = f"""\
# Coaching

## {LESSON}
- scope: *.py
- origin: https://github.com/octocat/bank/pull/12#discussion_r345
- author: mona
- commit: 1a2b3c4
- expires: 2027-06-30
"""
KINDS = ("change code", "new file", "tests", "fix")


def make_weeks(seed: int = 7) -> tuple[NightJob, ...]:
    chance = random.Random(seed)  # noqa: S311  # the same each time
    return tuple(
        _make_job(chance, week, number)
        for week in range(WEEKS, 0, -1)
        for number in range(JOBS_A_WEEK)
    )


def _make_job(chance: random.Random, week: int, number: int) -> NightJob:
    title = f"Improve part {week}-{number}"
    rows = tuple(_try_tasks(chance, 0.55 + 0.03 * (WEEKS - week)))
    return NightJob(
        200 + 10 * week + number,
        title,
        Stage.MERGED,
        began=week * HOURS_A_WEEK + number * 20.0,
        plan=write_plan(title, "change", "cover"),
        pull=600 + 10 * week + number,
        rows=rows,
        tasks=tuple(
            EndedTask(task, "passed", "", "c" * 40, "Implement") for task in ("change", "cover")
        ),
    )


def _try_tasks(chance: random.Random, share: float) -> Iterator[LedgerRow]:
    """Each until it passes: three times by the local tier, then by the senior one."""
    for task in ("change", "cover"):
        kind, notes = (
            chance.choice(KINDS),
            (name_lesson(LESSON),) if chance.random() < share else (),
        )
        for number in range(1, 5):
            is_last = number == 4
            passed = is_last or chance.random() < share + (0.1 if notes else 0.0)
            outcome = "passed" if passed else "check failed"
            tier, seconds = ("senior" if is_last else "local"), chance.uniform(15.0, 70.0)
            yield replace(attempt(task, number, tier, outcome, seconds), kind=kind, notes=notes)
            if passed:
                break
