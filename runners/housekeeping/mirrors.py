"""Mirrors of repositories on GitHub: packed anew, without what nothing refers to for two weeks."""

import itertools
from collections.abc import Collection, Iterable, Iterator
from contextlib import nullcontext
from pathlib import Path

from bot.config.machine import state_dir
from bot.errors import GitError
from bot.git.references import delete_refs, list_refs
from bot.git.repo import Repo
from bot.job_states import JobState, is_settled
from bot.locks import try_lock
from bot.storage.jobs import JobRow
from runners.build.tries import PAID_FOR, TRIES
from runners.housekeeping.removal import CleanUp, Removal, measure

PRUNE = "2.weeks.ago"
"""As `git gc` has it: https://git-scm.com/docs/git-gc#Documentation/git-gc.txt-gcpruneExpire"""
PACK_EVERY_DAYS = 7.0
MAX_LOOSE_FOLDERS = 200
"""Of 256 that hold loose objects: then there are some thousands, and it is packed at once."""
MAX_PACKS = 50
"""As `gc.autoPackLimit`: https://git-scm.com/docs/git-gc#Documentation/git-gc.txt-gcautoPackLimit"""
SERVER_COPIES = ("refs/bricklayer/wip", "refs/bricklayer/waiting")
"""See `bot.github.mirror`."""
LOCK = "bricklayer.lock"
"""Held by who fetches or pushes, see `bot.github.mirror`."""
_PACKED = "packed-by-bricklayer"


def clean_mirrors(
    options: CleanUp, rows: Iterable[JobRow], branches: Collection[str]
) -> Iterator[Removal]:
    """`branches` are those of the issues' jobs that the database knows."""
    ended = {row.id: JobState(row.state) for row in rows if is_settled(JobState(row.state))}
    for folder in options.list_folders("mirrors"):
        if not (folder / "HEAD").is_file():
            continue
        with try_lock(folder / LOCK) as held:
            if not held:
                continue  # it is fetched just now: the next time will do
            try:
                yield from _clean_mirror(options, folder, ended, branches)
            except (GitError, OSError) as exc:
                yield Removal("a mirror", str(folder), 0, f"git failed: {exc}"[:300])


def _clean_mirror(
    options: CleanUp, folder: Path, ended: dict[str, JobState], branches: Collection[str]
) -> Iterator[Removal]:
    repo = Repo(folder)
    tries = _list_ended_tries(repo, ended)
    refs = [*_list_old_heads(options, repo, branches), *_list_old_copies(options, repo)]
    if tries or refs:
        if not options.dry_run:
            delete_refs(repo, refs)
            _delete_tries(options, repo, tries)
        number = len(tries) + len(refs)
        yield Removal(f"{number} references of jobs that ended, in a mirror", str(folder))
    if not _is_due(options, folder):
        return
    before = measure(folder)
    if not options.dry_run:
        _pack(repo, folder)
    freed = 0 if options.dry_run else max(before - measure(folder), 0)
    yield Removal("unpacked and unused objects of a mirror", str(folder), freed)


def _delete_tries(options: CleanUp, repo: Repo, refs: Iterable[str]) -> None:
    """Only where nobody builds their job, which may have begun again by now."""
    for job, own in itertools.groupby(sorted(refs), _job_of):
        folder = state_dir(options.settings) / "jobs" / job
        # A lock's file is made by who takes it: where there is no folder, there is nobody.
        alone = nullcontext(enter_result=True)
        with try_lock(folder / "lock") if folder.exists() else alone as is_free:
            if is_free:
                delete_refs(repo, own)


def _job_of(ref: str) -> str:
    return ref.split("/")[3]


def _list_ended_tries(repo: Repo, ended: dict[str, JobState]) -> list[str]:
    """Those of jobs that ended; of one that the database does not know, a restart may ask.

    What passed in a job that did not is paid for, and the job may be tried again: it goes with the
    records of its steps.
    """
    return [
        ref
        for ref in list_refs(repo, f"{TRIES}/")
        if (state := ended.get(_job_of(ref)))
        and (state is JobState.PASSED or not ref.endswith(PAID_FOR))
    ]


def _list_old_heads(options: CleanUp, repo: Repo, branches: Collection[str]) -> list[str]:
    """Local branches of no job that is known, with nothing new on them for as long as jobs are."""
    form = "--format=%(committerdate:unix) %(refname)"
    lines = repo.read_output("for-each-ref", form, "refs/heads").splitlines()
    return [
        ref
        for at, _, ref in (line.partition(" ") for line in lines)
        if ref.removeprefix("refs/heads/") not in branches
        and options.is_old(float(at or 0), options.settings.keep.history)
    ]


def _list_old_copies(options: CleanUp, repo: Repo) -> list[str]:
    """Of what the server had of work in progress, which who needs it fetches again.

    A commit that tells of it has no time of its own: its parents', or else its own counts.
    """
    found = []
    for ref in repo.read_output("for-each-ref", "--format=%(refname)", *SERVER_COPIES).split():
        times = repo.read_output("log", "--no-walk", "--format=%ct", ref, f"{ref}^@", "--").split()
        if options.is_old(float(max(times, key=int, default="0")), options.settings.keep.history):
            found.append(ref)
    return found


def _is_due(options: CleanUp, folder: Path) -> bool:
    marked = folder / _PACKED
    at = marked.stat().st_mtime if marked.exists() else (folder / "HEAD").stat().st_mtime
    objects = folder / "objects"
    loose = sum(1 for each in objects.iterdir() if len(each.name) == 2)  # noqa: PLR2004  # of a hash
    packs = sum(1 for _ in (objects / "pack").glob("*.pack"))
    full = loose > MAX_LOOSE_FOLDERS or packs > MAX_PACKS
    return full or options.is_old(at, PACK_EVERY_DAYS)


def _pack(repo: Repo, folder: Path) -> None:
    """What `git gc` does to objects; it would also rewrite references, through a link of ours.

    Objects that nothing refers to yet stay for two weeks: a job may be about to. Each command
    replaces files one by one, so a kill leaves a whole repository.
    https://git-scm.com/docs/git-repack https://git-scm.com/docs/git-prune
    """
    repo.run("repack", "-A", "-d", "-q", f"--unpack-unreachable={PRUNE}")
    repo.run("prune-packed", "-q")
    repo.run("prune", f"--expire={PRUNE}")
    (folder / _PACKED).touch()
