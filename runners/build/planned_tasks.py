"""Who wrote the tasks that a plan gets while its job is built."""

from collections.abc import Sequence

from bot.plan import Task
from runners.build.context import JobContext
from runners.planning.plan_quality import note_planned


def name_payer(context: JobContext) -> str:
    """As an issue's plan was paid for; of a job of the command line, itself."""
    return context.record.row.ticket or context.record.row.id


def note_written(context: JobContext, tasks: Sequence[Task], model: str) -> None:
    record = context.record
    note_planned(record.engine, tasks, record.repo_key, name_payer(context), model)
