"""What would end a build as its plan's fault, told from the plan's text and the files alone."""

from collections.abc import Collection, Iterator

from bot.errors import Fault
from bot.plan import Job, add_bite_dependencies
from bot.plan.validate_paths import Tracked
from runners.edits import Read
from runners.planning.block_faults import find_block_faults
from runners.planning.block_imports import find_import_faults
from runners.planning.check_forecast import find_check_faults
from runners.planning.check_symbols import find_symbol_faults
from runners.planning.near_blocks import find_near_blocks
from runners.planning.planned_files import predict_files
from runners.planning.task_words import (
    find_early_mentions,
    find_line_faults,
    find_removed_files,
    find_silent_tasks,
)
from runners.planning.unbiting_tests import find_unbiting_tests, warn_of_tests_alone


def find_build_faults(job: Job, read: Read, tracked: Tracked) -> list[Fault]:
    """Faults by which a task would be blocked, whoever wrote the plan."""
    job = add_bite_dependencies(job)
    files = predict_files(job, read)
    found = [*find_check_faults(job, files, tracked), *find_symbol_faults(job, files)]
    found += find_unbiting_tests(job, tracked)
    return sorted({*found, *find_silent_tasks(job)})


def find_draft_faults(
    job: Job, read: Read, tracked: Tracked, seen: Collection[str] | None = None
) -> Iterator[Fault]:
    """What a model that plans gets wrong beside that, and can put right itself.

    `seen` are the files whose whole text it was shown; None where that is not known.
    """
    job = add_bite_dependencies(job)
    files = predict_files(job, read)
    yield from find_block_faults(job, files, seen)
    yield from find_import_faults(job, files, tracked)
    yield from find_line_faults(job, files)
    yield from find_removed_files(job, files)
    yield from find_early_mentions(job, tracked)
    yield from warn_of_tests_alone(job)
    for task in job.tasks:
        yield from find_near_blocks(task)
