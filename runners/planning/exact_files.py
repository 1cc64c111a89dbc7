"""What a plan's exact blocks alone make of the files they write, before anything is built."""

import functools

from bot.git.repo import Repo
from bot.plan import Job, sort_tasks, written_paths
from runners.edits import EditError
from runners.edits.exact_blocks import resolve_blocks


def resolve_exact_files(repo: Repo, base: str, job: Job) -> dict[str, bytes | None]:
    """Each file whose content the plan gives in full; None is a file deleted.

    A file that a model writes too, or whose blocks do not apply, is left out: its content is
    not known.
    """
    files: dict[str, bytes | None] = {}
    read = functools.partial(repo.read_file, base)

    def read_current(path: str) -> bytes | None:
        return files[path] if path in files else read(path)

    unknown: set[str] = set()
    for task in (task for phase in job.phases for task in sort_tasks(phase)):
        paths = written_paths(task)
        if not task.blocks or unknown & paths:
            unknown |= paths
            continue
        try:
            files.update(resolve_blocks(task.blocks, read_current, paths))
        except EditError:
            unknown |= paths
    return {path: content for path, content in files.items() if path not in unknown}
