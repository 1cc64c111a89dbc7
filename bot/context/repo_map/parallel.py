"""Many files read by every core: each process fetches its own part from git."""

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path

from bot.context.repo_map.reading import Read, read
from bot.context.repo_map.sources import Source
from bot.git import Repo


def read_apart(repo: Repo, runs: Sequence[Sequence[Source]]) -> Iterator[dict[str, Read]]:
    """What each run of files held, by key, as it comes. Processes are new, never forked.

    The caller may have threads, and a fork would copy their locks.
    """
    cores = min(len(os.sched_getaffinity(0)), len(runs))
    with ProcessPoolExecutor(cores, mp_context=get_context("spawn")) as pool:
        work = [
            pool.submit(_read, str(repo.git_dir), [(s.sha, s.language, s.key) for s in run])
            for run in runs
        ]
        try:
            for done in as_completed(work):
                yield done.result()
                work.remove(done)
        finally:
            pool.shutdown(cancel_futures=True)


def _read(git_dir: str, files: Sequence[tuple[str, str, str]]) -> dict[str, Read]:
    bodies = Repo(Path(git_dir)).blobs(dict.fromkeys(sha for sha, _, _ in files))
    return {key: read(bodies[sha], language) for sha, language, key in files if sha in bodies}
