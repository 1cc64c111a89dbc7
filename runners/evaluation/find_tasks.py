"""What is replayed: tasks of finished jobs, or task sets from files, as a person asks for them."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from bot.errors import UserError
from bot.storage.history import RunAttempt
from runners.evaluation.collect_jobs import collect_tasks
from runners.evaluation.import_exercises import import_exercises
from runners.evaluation.import_issues import import_issues
from runners.evaluation.import_sets import read_set_config
from runners.evaluation.own_place import OwnPlace
from runners.evaluation.replay_task import FoundTasks, join_found
from runners.history.attempts import list_builds
from runners.history.find_job import find_job
from runners.history.open_history import OpenHistory

MODEL_TIERS = frozenset({"local", "senior"})


def find_job_tasks(place: OwnPlace, history: OpenHistory, names: Sequence[str] = ()) -> FoundTasks:
    """Of these jobs, as other commands name them; of all that have ended where none is named."""
    rows = history.store.list_jobs(with_plans=True)
    if names:
        wanted = {build.row.id for name in names for build in list_builds(find_job(history, name))}
        rows = [row for row in rows if row.id in wanted]
    attempts = history.store.list_attempts([row.id for row in rows])
    tickets = history.store.read_tickets(sorted({row.ticket for row in rows} - {""}))
    merged = {key: ticket.remote.base for key, ticket in tickets.items()}
    return join_found(collect_tasks(place, rows, _list_attempted(attempts), merged))


def _list_attempted(attempts: Iterable[RunAttempt]) -> Mapping[str, frozenset[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for each in attempts:
        if each.row.tier in MODEL_TIERS:
            found[each.job].add(each.row.task)
    return {job: frozenset(tasks) for job, tasks in found.items()}


def find_set_tasks(
    place: OwnPlace, sets: Sequence[Path], repos: Path | None, config: Path | None
) -> FoundTasks:
    """Of a file of issues, or a folder of exercises. Raises UserError for what is neither."""
    given = read_set_config(config) if config else None

    def read(path: Path) -> Iterator[FoundTasks]:
        if path.is_dir():
            yield from import_exercises(place, path, given)
        elif path.is_file():
            yield from import_issues(place, path, repos, given)
        else:
            hint = "Name a JSONL file of issues or a folder of exercises: docs/eval.md."
            raise UserError("there is no such task set", where=str(path), hint=hint)

    return join_found(part for path in sets for part in read(path))
