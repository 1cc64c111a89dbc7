"""Reading the coaching notes of a commit and choosing those for given paths."""

import datetime as dt
import functools
from collections.abc import Collection

from bot.coaching import notes
from bot.git.repo import Repo

# git takes any date of a commit, Python none after the year 9999:
# https://docs.python.org/3.11/library/datetime.html#datetime.MAXYEAR
_MAX_TIMESTAMP_SECONDS = 253_402_300_799


# A commit's id is a hash of all its content, so what was read once stays right:
# https://git-scm.com/book/en/v2/Git-Internals-Git-Objects
@functools.lru_cache(maxsize=64)
def read_coaching(repo: Repo, commit: str) -> notes.CoachingFile:
    """The lessons as the commit has them."""
    raw = repo.read_file(commit, notes.COACHING_PATH) or b""
    if len(raw) > notes.MAX_FILE_BYTES:
        why = f"{notes.COACHING_PATH} is larger than {notes.MAX_FILE_BYTES >> 10} KiB"
        return notes.CoachingFile(parts=(notes.Skipped(1, why),))
    return notes.parse_notes(raw.decode(errors="replace"))


def select_lessons(
    repo: Repo, commit: str, paths: Collection[str], more: tuple[notes.Note, ...] = ()
) -> tuple[str, ...]:
    """The words of `select_notes`."""
    return tuple(note.lesson for note in select_notes(repo, commit, paths, more))


def select_notes(
    repo: Repo, commit: str, paths: Collection[str], more: tuple[notes.Note, ...] = ()
) -> tuple[notes.Note, ...]:
    """What a model that is to work on these paths is shown; `more` is in no commit yet."""
    known = (*read_coaching(repo, commit).notes, *more)
    return notes.choose_notes(known, paths, read_commit_day(repo, commit)) if known else ()


def list_warnings(repo: Repo, commit: str) -> tuple[str, ...]:
    """Each section that is no lesson, for a person."""
    return tuple(
        f"{notes.COACHING_PATH}:{section.line}: not a lesson, shown to no model: {section.why}"
        for section in read_coaching(repo, commit).skipped
    )


def read_commit_day(repo: Repo, commit: str) -> dt.date:
    """The day the commit was made, in UTC: today's date would give other prompts tomorrow."""
    # %ct is the committer's date in seconds since 1970: https://git-scm.com/docs/git-show#_pretty_formats
    made = min(int(repo.read_output("show", "-s", "--format=%ct", commit)), _MAX_TIMESTAMP_SECONDS)
    return dt.datetime.fromtimestamp(made, dt.UTC).date()
