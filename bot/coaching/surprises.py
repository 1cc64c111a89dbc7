"""What surprised a model at a task: read from its own words, and sorted by what it is about.

The words are a model's, and may repeat what anybody wrote into the repository. They are kept and
quoted to people; what is counted is a kind and a name that the repository really has.
"""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from bot.text.invisible import strip_hidden
from bot.text.secret_files import is_secret_file

SurpriseKind = Literal["context", "plan", "check", "other"]
Subject = Literal["file", "check", ""]
MAX_SURPRISES = 3
MAX_WORDS_CHARACTERS = 200
"""Kept of one line."""
MAX_REPLY_CHARACTERS = 4_000
"""Looked at of a reply: three lines are asked for."""
NONE = "NONE"
_LABEL = re.compile(
    r"[\s>*_`#.)\d-]{0,12}(context|plan|check)\b[\s*_`]{0,4}[:\u2013-]", re.IGNORECASE
)
# Where a model left the label out. The first that is met counts.
_WORDS: tuple[tuple[SurpriseKind, re.Pattern[str]], ...] = (
    (
        "check",
        re.compile(r"\bflak\w{1,8}|\bintermittent|\btim(?:ed|es) out|\bsometimes\b", re.IGNORECASE),
    ),
    (
        "plan",
        re.compile(r"\bplan(?:s|ned|ner)?\b|\btask (?:said|says|asked|named)\b", re.IGNORECASE),
    ),
    (
        "context",
        re.compile(r"\bnot shown\b|\bmissing\b|\bguess\w{0,4}\b|\bdid ?n.t know\b", re.IGNORECASE),
    ),
)
_MARKS = "\"'()[]{}<>*"
_LINE_NUMBER = re.compile(r"(?::\d{1,6}){1,2}$")
# Such a path stands in a sentence as it is: no mark of Markdown, no blank, nothing unseen.
_PLAIN_PATH = re.compile(r"[A-Za-z0-9_.@+/-]{1,160}")


@dataclass(frozen=True, slots=True)
class Surprise:
    """`about` is a path or a check's name, as `subject` says; both are empty where none is named.

    `words` are the model's line, of at most MAX_WORDS_CHARACTERS.
    """

    kind: SurpriseKind
    subject: Subject
    about: str
    words: str


@dataclass(frozen=True, slots=True)
class KeptSurprise:
    """One line of what a model said of a task.

    `file` is what the task wrote, `claimed` the ticket that proposes a note for it; empty where
    none does yet.
    """

    job: str
    run: int
    task: str
    line: int
    repo: str
    at: float
    model: str
    kind: str
    subject: str
    about: str
    file: str
    words: str
    claimed: str = ""


@dataclass(frozen=True)
class KnownNames:
    """What the repository has: files by path, checks by name. Those of keys are never told of."""

    paths: Collection[str]
    checks: Collection[str] = ()

    @cached_property
    def by_name(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for path in self.paths:
            if _PLAIN_PATH.fullmatch(path) and not is_secret_file(path):
                found.setdefault(path.rpartition("/")[2], []).append(path)
        return found

    def find_path(self, word: str) -> str:
        """The one path that a word stands for, or that alone ends so; empty for none."""
        named = self.by_name.get(word.rpartition("/")[2], ())
        if word in named:
            return word
        ends = (
            [path for path in named if path.endswith(f"/{word}")] if set(word) & {".", "/"} else []
        )
        return ends[0] if len(ends) == 1 else ""


def parse_surprises(reply: str, known: KnownNames, own: str = "") -> tuple[Surprise, ...]:
    """Of the first lines of a reply, the same each time. `own` is the file that the task wrote."""
    lines = (_clean_line(line) for line in reply[:MAX_REPLY_CHARACTERS].splitlines())
    told = [line for line in lines if re.search(r"\w\W+\w", line) and not _says_none(line)]
    return tuple(_read_line(line, known, own) for line in told[:MAX_SURPRISES])


def _clean_line(line: str) -> str:
    text = " ".join(strip_hidden(line).split())
    return "" if text.startswith("```") else text[:MAX_WORDS_CHARACTERS].rstrip()


def _says_none(line: str) -> bool:
    return line.strip(" \t*_`.#-").rpartition(":")[2].strip() == NONE


def _read_line(line: str, known: KnownNames, own: str) -> Surprise:
    label = _LABEL.match(line)
    kind: SurpriseKind = label[1].lower() if label else _guess_kind(line)  # type: ignore[assignment]
    words = line[label.end() :] if label else line
    paths, checks = list(_list_paths(words, known)), list(_list_checks(words, known))
    # Of its own file a model was shown most: another one that it names says more.
    file = next((path for path in paths if path != own), next(iter(paths), ""))
    if checks and (kind == "check" or not file):
        return Surprise(kind, "check", checks[0], line)
    return Surprise(kind, "file" if file else "", file, line)


def _guess_kind(line: str) -> SurpriseKind:
    return next((kind for kind, words in _WORDS if words.search(line)), "other")


def _list_paths(words: str, known: KnownNames) -> Iterator[str]:
    for word in re.split(r"[\s,;`]+", words):
        bare = word.lstrip(_MARKS).rstrip(f"{_MARKS}.:!?")
        plain = _LINE_NUMBER.sub("", bare).removeprefix("./")
        if plain and (path := known.find_path(plain)):
            yield path


def _list_checks(words: str, known: KnownNames) -> Iterator[str]:
    """Those in quotation marks, or beside the word: `test` alone is what anybody says."""
    for name in known.checks:
        bare = re.escape(name)
        form = rf"[`'\"]{bare}[`'\"]|\bchecks?:? {bare}(?![\w-])|(?<![\w-]){bare} check\b"
        if re.search(form, words):
            yield name
