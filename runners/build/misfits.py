"""What a task that does not go together with others has behind it when it goes on."""

from collections.abc import Iterator
from dataclasses import replace

from bot.config.repository import JobLimits
from bot.git.write_tree import overlay_paths
from bot.ledger import AttemptOutcome
from bot.plan import written_paths
from runners.build.attempt import list_attempts
from runners.build.attempt_records import Attempt, AttemptRecord, AttemptResult
from runners.build.kept_tasks import as_attempt
from runners.build.results import TaskResult
from runners.build.task_run import Misfit, TaskRun


def recall_attempt(run: TaskRun, before: TaskResult) -> tuple[AttemptRecord, ...]:
    """The attempt that passed alone, as one that failed with the others; on top of their work.

    None where it began with another run's commit, or has to be done anew.
    """
    misfit, repo = run.misfit, run.context.repo
    if misfit is None or misfit.check is None or not before.rows or not before.commits:
        return ()
    files = tuple(sorted(written_paths(run.task)))
    tree = overlay_paths(repo, run.base_tree, before.commits[-1], files)
    return (as_attempt(before.rows[-1], _as_failed(misfit, tree, files), run.base_tree),)


def _as_failed(misfit: Misfit, tree: str, files: tuple[str, ...]) -> AttemptResult:
    return AttemptResult(
        AttemptOutcome.CHECK_FAILED,
        misfit.why,
        misfit.digest,
        misfit.failures,
        failure_key=misfit.failure_key,
        failing=misfit.failing,
        tree=tree,
        files=files,
    )


def list_left_attempts(run: TaskRun, limits: JobLimits) -> Iterator[Attempt]:
    """One for each round that it has not had, numbered on after those that do not count.

    `runners.build.plan_round` makes of each the attempts of that round.
    """
    for attempt in list_attempts(run.task, limits, run.base.first_tier):
        number = attempt.number + run.free
        if number > run.used:
            yield replace(attempt, number=number)
