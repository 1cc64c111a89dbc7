"""Coaching: lessons kept in git, each with its origin, where it applies and when it ends.

    # Coaching

    ## Amounts are Decimal; a float loses cents.
    - scope: src/bank/**, *.sql
    - origin: https://github.com/octocat/bank/pull/12#discussion_r345
    - author: octocat
    - commit: 1a2b3c4
    - expires: 2027-06-30

One lesson a heading, one sentence or two. `scope` is globs as in .gitignore, by commas: `*` stays
in a folder, `**` does not, one without a slash is meant in every folder. No `expires`: for ever.
"""

import datetime as dt
import hashlib
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from bot.models.token_estimate import estimate_tokens
from bot.text.invisible import has_hidden, make_printable

COACHING_PATH = ".bricklayer/coaching.md"
MAX_FILE_BYTES = 256 << 10
MAX_PROMPT_TOKENS = 300
"""What the lessons in one prompt may take."""
MAX_LESSON_CHARACTERS = 400
KEYS = ("scope", "origin", "author", "commit", "expires")
_REQUIRED_KEYS = ("scope", "origin", "author", "commit")
_LINE = re.compile(r"[^\n]*\n|[^\n]+")
_HEADING = re.compile(r"## +(.*?) *\r?\n?")
_PAIR = re.compile(r"- +([a-z]+): *(.*?) *\r?\n?")
# Short, or whole: 40 digits of SHA-1, 64 of SHA-256:
# https://git-scm.com/docs/hash-function-transition
_COMMIT = re.compile(r"[0-9a-f]{7,64}")
_ORIGIN = re.compile(r"https?://[^\s<>\"'`]{1,300}")
_GLOB = re.compile(r"[^\s,]{1,200}")
# Apps end with `[bot]`; accounts that a company manages have an underscore:
# https://docs.github.com/en/enterprise-cloud@latest/admin/managing-iam/iam-configuration-reference/username-considerations-for-external-authentication
_AUTHOR = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}(?:\[bot\])?")
# A page of GitHub shows no comment, declaration or processing instruction:
# https://spec.commonmark.org/0.31.2/#raw-html
_UNSHOWN = re.compile(r"<[!?]")


def name_lesson(lesson: str) -> str:
    """A short id of its words, for the ledger: another wording is another lesson."""
    return hashlib.sha256(lesson.encode(errors="replace")).hexdigest()[:8]


@dataclass(frozen=True, slots=True)
class Note:
    """One lesson. `source` is the text it was read from and takes no part in comparing."""

    lesson: str
    scope: tuple[str, ...]
    origin: str
    author: str
    commit: str
    expires: dt.date | None = None
    line: int = field(default=0, compare=False)
    source: str = field(default="", compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Skipped:
    """A section that is no lesson; it stays in the file and reaches no model. `line` from 1."""

    line: int
    why: str
    source: str = ""


@dataclass(frozen=True, slots=True)
class CoachingFile:
    """All lessons, as the file has them. `preface` is what stands above the first."""

    preface: str = ""
    parts: tuple[Note | Skipped, ...] = ()

    @property
    def notes(self) -> tuple[Note, ...]:
        return tuple(part for part in self.parts if isinstance(part, Note))

    @property
    def skipped(self) -> tuple[Skipped, ...]:
        return tuple(part for part in self.parts if isinstance(part, Skipped))


def parse_notes(text: str) -> CoachingFile:
    """Read what can be read; a section with a fault is skipped and says why."""
    lines: list[str] = _LINE.findall(text)
    starts = [at for at, line in enumerate(lines) if line.startswith("## ")]
    ends = [*starts[1:], len(lines)] if starts else []
    preface = "".join(lines[: starts[0]] if starts else lines)
    pairs = zip(starts, ends, strict=True)
    return CoachingFile(
        preface, tuple(_read_section(lines[start:end], start + 1) for start, end in pairs)
    )


def render_notes(file: CoachingFile) -> str:
    """What was read comes back byte for byte; a new or changed note is written anew."""
    text = file.preface
    for part in file.parts:
        text += "\n" if text and not text.endswith("\n") else ""
        text += part.source if _is_unchanged(part) else _write_note(part, text)
    return text


def _is_unchanged(part: Note | Skipped) -> bool:
    return isinstance(part, Skipped) or (
        bool(part.source) and parse_notes(part.source).notes == (part,)
    )


def choose_notes(
    notes: Sequence[Note], paths: Collection[str], day: dt.date, tokens: int = MAX_PROMPT_TOKENS
) -> tuple[Note, ...]:
    """The lessons for these paths within a budget, the closest fit first, of equals the newest.

    One that stands in several sections is told once.

    `day` is the base commit's, so that the same commit always gives the same prompt.
    """
    alive = [note for note in notes if note.expires is None or note.expires >= day]
    met = [(fit, at) for at, note in enumerate(alive) if (fit := _rank_scope(note, paths))]
    kept, told = list[Note](), set[str]()
    # `at` is the place in the file, to which new lessons are appended: a later one is newer.
    for _, at in sorted(met, reverse=True):
        cost = estimate_tokens(f"- {alive[at].lesson}\n")
        if cost <= tokens and alive[at].lesson not in told:
            tokens -= cost
            told.add(alive[at].lesson)
            kept.append(alive[at])
    return tuple(kept)


def meets_scope(note: Note, path: str) -> bool:
    return any(_matches(glob, path) for glob in note.scope)


def _rank_scope(note: Note, paths: Collection[str]) -> tuple[int, int] | None:
    """How much of a path the scope spells out, and how many paths it meets; None for none."""
    fits = []
    for glob in note.scope:
        met = sum(_matches(glob, path) for path in paths)
        if met or glob == "**":
            fits.append((len(glob) - glob.count("*") - glob.count("?"), met))
    return max(fits, default=None)


def _matches(glob: str, path: str) -> bool:
    # The patterns of .gitignore without `!`: https://git-scm.com/docs/gitignore#_pattern_format
    # `*` of fnmatch also matches `/`, so every part of a path is compared by itself; `fnmatch`
    # without `case` would depend on the system: https://docs.python.org/3.11/library/fnmatch.html
    names = path.split("/")
    if "/" not in glob.rstrip("/") and not glob.endswith("/"):
        return glob == "**" or fnmatchcase(names[-1], glob)
    ends = {0}
    parts = [*glob.strip("/").split("/"), *(["**"] if glob.endswith("/") else [])]
    for at_part, part in enumerate(parts, 1):
        if part == "**":
            # At the end it is what is inside of a folder, never a file of the folder's name.
            first = min(ends, default=len(names)) + (at_part == len(parts))
            ends = set(range(first, len(names) + 1))
        else:
            ends = {at + 1 for at in ends if at < len(names) and fnmatchcase(names[at], part)}
    return len(names) in ends


def _read_section(lines: Sequence[str], line: int) -> Note | Skipped:
    source = "".join(lines)
    heading = _HEADING.fullmatch(lines[0])
    values: dict[str, str] = {}
    for text in filter(str.strip, lines[1:]):
        pair = _PAIR.fullmatch(text)
        if not pair or pair[1] not in KEYS or pair[1] in values:
            return Skipped(line, f"not one of its keys: `{make_printable(text.strip())}`", source)
        values[pair[1]] = pair[2]
    if missing := [key for key in _REQUIRED_KEYS if not values.get(key)]:
        return Skipped(line, f"it has no {', '.join(missing)}", source)
    try:
        expires = dt.date.fromisoformat(values["expires"]) if "expires" in values else None
    except ValueError:
        return Skipped(
            line, f"`{make_printable(values['expires'])}` is no date: write 2027-06-30", source
        )
    scope = tuple(filter(None, (glob.strip() for glob in values["scope"].split(","))))
    lesson = heading[1] if heading else ""
    note = Note(
        lesson, scope, values["origin"], values["author"], values["commit"], expires, line, source
    )
    why = note_fault(note)
    return Skipped(line, why, source) if why else note


def note_fault(note: Note) -> str:
    """Why the note may not be shown to a model; empty where it may."""
    texts = [note.lesson, *note.scope, note.origin, note.author, note.commit]
    reasons = {
        "it has hidden characters": any(map(has_hidden, texts)),
        "it has a comment, which a page does not show": any(
            _UNSHOWN.search(text) for text in texts
        ),
        "it has no lesson": not note.lesson,
        "its lesson is not one line with single blanks": " ".join(note.lesson.split())
        != note.lesson,
        f"its lesson is longer than {MAX_LESSON_CHARACTERS} characters": len(note.lesson)
        > MAX_LESSON_CHARACTERS,
        "its scope is no list of globs": not note.scope
        or not all(map(_GLOB.fullmatch, note.scope)),
        "its origin is no address": not _ORIGIN.fullmatch(note.origin),
        "its author is no account": not _AUTHOR.fullmatch(note.author),
        "its commit is no SHA": not _COMMIT.fullmatch(note.commit),
    }
    return next((reason for reason, holds in reasons.items() if holds), "")


def _write_note(note: Note | Skipped, before: str) -> str:
    """A note as a section of its own, an empty line above it."""
    if isinstance(note, Skipped):
        return note.source
    values = {
        "scope": ", ".join(note.scope),
        "origin": note.origin,
        "author": note.author,
        "commit": note.commit,
        "expires": note.expires.isoformat() if note.expires else "",
    }
    pairs = "".join(f"- {key}: {value}\n" for key, value in values.items() if value)
    gap = "\n" if before and not before.endswith("\n\n") else ""
    return f"{gap}## {note.lesson}\n{pairs}"
