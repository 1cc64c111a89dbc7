"""`bricklayer gc`: removes what no job needs any more; what a job still builds with is left."""

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from bot.config.machine import Settings, state_dir
from bot.errors import GitError, UserError
from bot.git.find_repo import open_repo
from bot.git.kept_branches import count_only_there, list_kept_branches
from bot.git.repo import Repo
from bot.ledger import parse_trailers
from bot.locks import try_lock
from bot.storage.jobs import JobRow
from runners.checks.setup_cache import find_setup_folder
from runners.checks.setup_sweep import (
    SetupCache,
    choose_ended,
    find_caches,
    remove_cache,
    remove_tree,
)
from runners.history.last_run import read_last_run
from runners.history.open_history import OpenHistory
from runners.sandbox.folder_usage import measure_folders

DAY_SECONDS = 86_400.0
_CHECKOUTS = ("lanes", "gate-*")
"""In a job's folder: what was checked out to run checks on. Each run makes its own anew."""


@dataclass(frozen=True, slots=True)
class Removal:
    """`what` in words. `size` is in bytes. `kept_because` says why it is left; empty: it went."""

    what: str
    path: str
    size: int = 0
    kept_because: str = ""


@dataclass(frozen=True, slots=True)
class CleanUp:
    """`dry_run`: nothing is removed. `branches`: those set aside go too, `unmerged` ones as well.

    Only what was used last more than `older_than` seconds ago is removed.
    """

    settings: Settings
    dry_run: bool = False
    older_than: float = 0.0
    branches: bool = False
    unmerged: bool = False

    def is_old(self, at: float) -> bool:
        return time.time() - at >= self.older_than


def clean_up(options: CleanUp, history: OpenHistory | None) -> Iterator[Removal]:
    """One for each thing, as it is done. Raises nothing for what others removed meanwhile."""
    rows = history.store.list_jobs() if history else []
    yield from _clean_jobs(options, rows)
    yield from _clean_setups(options, rows)
    if options.branches:
        # A plan that was mended is another job, on the same branch: each is told of once.
        told: set[tuple[str, str]] = set()
        for row in rows:
            for removal in _clean_branches(options, row):
                if (removal.path, removal.what) not in told:
                    told.add((removal.path, removal.what))
                    yield removal


def _clean_jobs(options: CleanUp, rows: Iterable[JobRow]) -> Iterator[Removal]:
    started = {row.id: row.started for row in rows}
    folder = state_dir(options.settings) / "jobs"
    for job in sorted(folder.iterdir()) if folder.is_dir() else []:
        found = [path for name in _CHECKOUTS for path in job.glob(name)]
        if not found:
            continue
        at = read_last_run(job).at or started.get(job.name) or job.stat().st_mtime
        if not options.is_old(at):
            continue
        what, size = f"checkouts of job {job.name}", sum(map(_measure, found))
        # Held while it is removed, so that no run begins in between.
        with try_lock(job / "lock") as held:
            if not held:
                yield Removal(what, str(job), size, "it is being built")
                continue
            left = options.dry_run or all(_remove(path) for path in found)
        yield Removal(what, str(job), size, "" if left else "not all of it could be removed")


def _clean_setups(options: CleanUp, rows: Iterable[JobRow]) -> Iterator[Removal]:
    """Those of repositories that are gone, and those that are swept in any case."""
    settings = options.settings
    gone = {
        find_setup_folder(Path(row.repo), settings): row.repo
        for row in rows
        if not Path(row.repo).exists()
    }
    caches = find_caches(settings)
    orphans = [
        (cache, f"its repository {gone[cache.root.parent]} is gone")
        for cache in caches
        if cache.root.parent in gone
    ]
    known = {cache.root for cache, _ in orphans}
    limit = settings.setup_cache << 20
    ended = [pair for pair in choose_ended(caches, limit, time.time()) if pair[0].root not in known]
    for cache, why in (*orphans, *ended):
        if options.is_old(cache.used):
            yield _remove_cache(options, cache, why)


def _remove_cache(options: CleanUp, cache: SetupCache, why: str) -> Removal:
    what, size = f"a cache of [setup], {why}", cache.size or _measure(cache.root)
    if options.dry_run:
        return Removal(what, str(cache.root), size)
    went = remove_cache(cache)
    kept = {"in use": "a job is using it", "left": "not all of it could be removed"}
    return Removal(what, str(cache.root), size, kept.get(went, ""))


def _clean_branches(options: CleanUp, row: JobRow) -> Iterator[Removal]:
    try:
        repo = open_repo(Path(row.repo))
        kept = list_kept_branches(repo, row.branch)
    except (UserError, GitError, OSError):
        return  # the repository is gone
    for name, commit in kept.items():
        if not options.is_old(_committed_at(repo, commit)) or not _is_ours(repo, row, commit):
            continue
        what = f"branch {name} ({commit[:12]})"
        why = _why_branch_stays(options, repo, row, name, commit)
        if not (why or options.dry_run):
            repo.delete_branch(name, commit)
        yield Removal(what, row.repo, 0, why)


def _why_branch_stays(options: CleanUp, repo: Repo, row: JobRow, name: str, commit: str) -> str:
    if repo.is_checked_out(name):
        return "it is checked out"
    only_there = 0 if options.unmerged else count_only_there(repo, row.branch, commit)
    commits = "1 commit is" if only_there == 1 else f"{only_there} commits are"
    return f"{commits} only there; --unmerged removes it all the same" if only_there else ""


def _is_ours(repo: Repo, row: JobRow, commit: str) -> bool:
    """Whether jobs made all of it: a person may have a branch of such a name."""
    try:
        made = repo.list_commits(row.base, commit)
    except GitError:  # git has pruned the base, after an amended commit say
        return False
    return bool(made) and all("Bricklayer-Job" in parse_trailers(each.message) for each in made)


def _committed_at(repo: Repo, commit: str) -> float:
    # In seconds since 1970: https://git-scm.com/docs/git-show#_pretty_formats
    return float(repo.read_output("show", "-s", "--format=%ct", commit))


def _measure(path: Path) -> int:
    *_, used = measure_folders([path])
    return used.size


def _remove(path: Path) -> bool:
    remove_tree(path)
    return not path.exists()
