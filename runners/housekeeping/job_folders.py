"""Jobs' folders, piece by piece: checkouts, records to replay, evidence, in the end all of it."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from bot.errors import GitError, UserError
from bot.git.find_repo import open_repo
from bot.git.references import delete_refs, list_refs
from bot.job_states import JobState, is_settled
from bot.locks import try_lock
from bot.storage.jobs import JobRow
from runners.build.tries import tries_prefix
from runners.evidence import list_evidence_folders, pack_old
from runners.history.last_run import read_last_run
from runners.housekeeping.removal import CleanUp, Removal, find_newest, measure

CHECKOUTS = ("lanes", "gate-*", "git-*", "history-*")
"""In a job's folder: what was checked out to run checks on. Each run makes its own anew."""
STORY = "story.sqlite*"
"""What the steps of a job's run returned, for its replay, with SQLite's own files beside it."""
_ROOMS = ("gate-", "try-")
"""How folders begin in which checks of no job ran: each lives as long as its process."""
_ROOM_DAYS = 1.0
PACKED_DAYS = 1.0
"""After which evidence is packed: until then anybody reads it with any program."""


def clean_jobs(options: CleanUp, rows: Iterable[JobRow]) -> Iterator[Removal]:
    known = {row.id: row for row in rows}
    for folder in options.list_folders("jobs"):
        if folder.name.startswith(_ROOMS):
            if options.is_old(folder.lstat().st_mtime, _ROOM_DAYS):
                yield options.remove("a room of checks that were cut off", folder, [folder])
            continue
        yield from _clean_job(options, folder, known.get(folder.name))


def _clean_job(options: CleanUp, folder: Path, row: JobRow | None) -> Iterator[Removal]:
    at = read_last_run(folder).at or (row.started if row else 0.0) or folder.stat().st_mtime
    if not any(_choose_paths(options, folder, row, at)):
        return
    # Held while it is removed, so that no run begins in between; one may have ended just now.
    with try_lock(folder / "lock") as held:
        at = read_last_run(folder).at or at
        for what, paths in list(_choose_paths(options, folder, row, at)):
            if not held:
                size = sum(map(measure, paths))
                yield Removal(what, str(folder), size, "it is being built")
                continue
            records = [path for path in paths if path == folder or path.match(STORY)]
            if row and records and not options.dry_run:
                drop_tries(row)
            yield options.remove(what, folder, paths)


def _choose_paths(
    options: CleanUp, folder: Path, row: JobRow | None, at: float
) -> Iterator[tuple[str, list[Path]]]:
    """What has come to its end, in words, and where it lies."""
    keep, name = options.settings.keep, folder.name
    ended = row is None or is_settled(JobState(row.state))
    if ended and options.is_old(at, keep.history):
        yield f"job {name}, all of its folder", [folder]
        return
    checkouts = [path for pattern in CHECKOUTS for path in folder.glob(pattern)]
    if checkouts and options.is_old(at):
        yield f"checkouts of job {name}", checkouts
    stories = sorted(folder.glob(STORY))
    if stories and options.is_old(at, keep.stories if ended else keep.history):
        yield f"records of the steps of job {name}", stories
    for run, evidence in list_evidence_folders(folder):
        # What an older release kept lies beside the runs' folders.
        files = sorted(evidence.glob("*.txt*")) if not run else [evidence]
        last = find_newest([*evidence.iterdir()]) or evidence.stat().st_mtime
        if options.is_old(last, keep.evidence):
            yield f"evidence of run {run or 'before 0.2'} of job {name}", files
        elif not options.dry_run and options.is_old(last, PACKED_DAYS):
            for file in evidence.glob("*.txt"):
                pack_old(file)


def drop_tries(row: JobRow) -> None:
    """Let go of the trees of its attempts, which nothing can go on from any more."""
    try:
        repo = open_repo(Path(row.repo))
        delete_refs(repo, list_refs(repo, tries_prefix(row.id)))
    except (UserError, GitError, OSError):
        return  # the repository is gone
