"""A repository's lessons, as one commit has them."""

from dataclasses import dataclass
from pathlib import Path

from bot.coaching.notes import COACHING_PATH, Note, choose_notes
from bot.coaching.read_coaching import read_coaching, read_commit_day
from bot.errors import UserError
from bot.git.find_repo import checked_out_commit, open_repo
from bot.text.invisible import make_printable


@dataclass(frozen=True, slots=True)
class Lesson:
    """`expires` is its last day as 2027-06-30, or empty; `expired`, by the day of the commit."""

    line: int
    lesson: str
    scope: tuple[str, ...]
    expires: str
    expired: bool
    origin: str
    author: str
    commit: str


@dataclass(frozen=True, slots=True)
class SkippedSection:
    line: int
    why: str


@dataclass(frozen=True, slots=True)
class LessonList:
    """`skipped` are sections that are no lesson, and that no model is shown."""

    path: str
    commit: str
    lessons: tuple[Lesson, ...]
    skipped: tuple[SkippedSection, ...]


def list_lessons(folder: Path, rev: str = "", paths: tuple[str, ...] = ()) -> LessonList:
    """All of them, in the file's order; or those for these paths, the closest first."""
    repo = open_repo(folder)
    commit = repo.resolve_rev(rev) if rev else checked_out_commit(folder)
    if not commit:
        hint = "Name a branch or a commit of this repository: --rev main."
        raise UserError("no such commit", where=make_printable(rev or "HEAD"), hint=hint)
    file, day = read_coaching(repo, commit), read_commit_day(repo, commit)
    notes = choose_notes(file.notes, paths, day) if paths else file.notes
    skipped = tuple(SkippedSection(section.line, section.why) for section in file.skipped)

    def describe(note: Note) -> Lesson:
        over = note.expires is not None and note.expires < day
        ends = note.expires.isoformat() if note.expires else ""
        return Lesson(
            note.line, note.lesson, note.scope, ends, over, note.origin, note.author, note.commit
        )

    return LessonList(COACHING_PATH, commit, tuple(map(describe, notes)), skipped)
