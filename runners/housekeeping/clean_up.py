"""`bricklayer gc`: removes what no job needs any more; what a job still builds with is left."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from bot.commit_trailers import parse_trailers
from bot.config.machine import state_dir
from bot.errors import GitError, UserError
from bot.git.checkout import is_checked_out
from bot.git.commits import list_commits
from bot.git.find_repo import open_repo
from bot.git.kept_branches import count_only_there, list_kept_branches
from bot.git.references import delete_branch
from bot.git.repo import Repo
from bot.storage.database import sqlite_url
from bot.storage.expiry import open_expiry, shrink_file
from bot.storage.jobs import JobRow
from bot.storage.queue_tables import has_queues
from bot.ticket.model import Ticket
from runners.checks.setup_cache import find_setup_folder
from runners.checks.setup_sweep import SetupCache, choose_ended, find_caches, remove_cache
from runners.history.open_history import OpenHistory
from runners.housekeeping.job_folders import clean_jobs
from runners.housekeeping.mirrors import clean_mirrors
from runners.housekeeping.other_folders import (
    clean_answers,
    clean_evaluation,
    clean_plans,
    clean_servers,
    clean_tickets,
)
from runners.housekeeping.removal import NOT_ALL, CleanUp, Removal, measure


def clean_up(options: CleanUp, history: OpenHistory | None) -> Iterator[Removal]:
    """One for each thing, as it is done. Raises nothing for what others removed meanwhile."""
    rows = history.store.list_jobs() if history else []
    yield from options.remove_moved()
    yield from clean_jobs(options, rows)
    yield from clean_plans(options)
    yield from clean_answers(options)
    yield from clean_servers(options)
    yield from clean_evaluation(options)
    yield from _clean_setups(options, rows)
    if history:
        # Before their rows go, for only these tell whose references a mirror has; and as they are
        # by now: one may have begun again.
        known = history.store.list_tickets()
        branches = {ticket.remote.branch for ticket in known}
        yield from clean_mirrors(options, history.store.list_jobs(), branches)
        yield from _clean_database(options, known)
    if options.branches:
        # A plan that was mended is another job, on the same branch: each is told of once.
        told: set[tuple[str, str]] = set()
        for row in rows:
            for removal in _clean_branches(options, row):
                if (removal.path, removal.what) not in told:
                    told.add((removal.path, removal.what))
                    yield removal


def _clean_database(options: CleanUp, known: Iterable[Ticket]) -> Iterator[Removal]:
    """Rows that are long over, and then what only issues' jobs that are known still need."""
    settings, keep = options.settings, options.settings.keep
    url = settings.database_url or sqlite_url(state_dir(settings))
    expiry = open_expiry(url, options.now(), dry_run=options.dry_run)
    history, evidence = map(options.find_threshold, (keep.history, keep.evidence))
    for what, count in expiry.remove_rows(history, evidence):
        if count:
            yield Removal(f"{count} rows: {what}", "the database")
    if has_queues(expiry.engine):
        from runners.queues.dbos_queue import forget_ended  # noqa: PLC0415  # DBOS: 0.7 s

        wanted = {work for ticket in known for work in ticket.works}
        before = options.find_threshold(keep.stories)
        if count := forget_ended(url, before, wanted, dry_run=options.dry_run):
            yield Removal(f"{count} rows: work of queues that ended", "the database")
    yield from clean_tickets(options, expiry.list_ticket_keys())
    if not options.dry_run:
        shrink_file(expiry.engine)


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
    ended = [
        pair for pair in choose_ended(caches, limit, options.now()) if pair[0].root not in known
    ]
    for cache, why in (*orphans, *ended):
        if options.is_old(cache.used):
            yield _remove_cache(options, cache, why)


def _remove_cache(options: CleanUp, cache: SetupCache, why: str) -> Removal:
    what, size = f"a cache of [setup], {why}", cache.size or measure(cache.root)
    if options.dry_run:
        return Removal(what, str(cache.root), size)
    went = remove_cache(cache, options.discard)
    kept = {"in use": "a job is using it", "left": NOT_ALL}
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
            delete_branch(repo, name, commit)
        yield Removal(what, row.repo, 0, why)


def _why_branch_stays(options: CleanUp, repo: Repo, row: JobRow, name: str, commit: str) -> str:
    if is_checked_out(repo, name):
        return "it is checked out"
    only_there = 0 if options.unmerged else count_only_there(repo, row.branch, commit)
    commits = "1 commit is" if only_there == 1 else f"{only_there} commits are"
    return f"{commits} only there; --unmerged removes it all the same" if only_there else ""


def _is_ours(repo: Repo, row: JobRow, commit: str) -> bool:
    """Whether jobs made all of it: a person may have a branch of such a name."""
    try:
        made = list_commits(repo, row.base, commit)
    except GitError:  # git has pruned the base, after an amended commit say
        return False
    return bool(made) and all("Bricklayer-Job" in parse_trailers(each.message) for each in made)


def _committed_at(repo: Repo, commit: str) -> float:
    # In seconds since 1970: https://git-scm.com/docs/git-show#_pretty_formats
    return float(repo.read_output("show", "-s", "--format=%ct", commit))
