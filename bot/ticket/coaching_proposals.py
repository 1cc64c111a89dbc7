"""Coaching notes proposed from reviewers' comments; none is used before a writer ticks it."""

import re
from collections.abc import Sequence
from pathlib import PurePosixPath

from bot.coaching.notes import Note, note_fault
from bot.github.webhooks import LineComment
from bot.text.invisible import strip_hidden
from bot.ticket.model import Proposal, Ticket

MAX_LESSON_CHARS = 240
_SENTENCE = re.compile(r".+?[.!?](?=\s|$)|.+")


def add_proposals(
    ticket: Ticket, comments: Sequence[LineComment], lessons: Sequence[str]
) -> tuple[Proposal, ...]:
    """The ticket's notes with one more for each comment that has a lesson; known ones stay."""
    pairs = zip(comments, lessons, strict=True)
    made = [Proposal(_note(comment, lesson)) for comment, lesson in pairs if lesson]
    known = {proposal.note.origin for proposal in ticket.notes}
    new = [p for p in made if p.note.origin not in known and not note_fault(p.note)]
    return (*ticket.notes, *new)


def _note(comment: LineComment, lesson: str) -> Note:
    text = " ".join(strip_hidden(lesson).split())[:MAX_LESSON_CHARS].rstrip()
    return Note(
        text, (files_like(comment.path),), comment.url, comment.author.login, comment.commit
    )


def files_like(path: str) -> str:
    """Files like this one: those of its folder with its suffix."""
    file = PurePosixPath(path)
    name = f"*{file.suffix}" if file.suffix else file.name
    folder = "" if str(file.parent) == "." else f"{file.parent}/"
    # In a note's scope commas part the globs, and brackets and backslashes are part of a glob's own
    # syntax: `?` matches each of these. https://git-scm.com/docs/gitignore#_pattern_format
    return re.sub(r"[\s,\[\]\\]", "?", f"{folder}{name}")


def first_sentence(words: str) -> str:
    """The first sentence of a comment: the lesson where there is no model to write one."""
    # A line that begins with `>` quotes somebody else: https://github.github.com/gfm/#block-quotes
    plain = [
        line for line in words.splitlines() if line.strip() and not line.startswith((">", "```"))
    ]
    found = _SENTENCE.search(plain[0].strip()) if plain else None
    return found[0] if found else ""
