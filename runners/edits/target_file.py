"""Finding which file, and which section of it, a reply means."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from runners.edits.model import EditError, Read, Span
from runners.edits.reply_text import OPENER, is_fence

LABEL = re.compile(
    r"^(?:(?:in|edit|update|create|new|modified|updated)\s+)?"
    r"(?:file ?name|file ?path|file|path)\s*[:=]\s*",
    re.IGNORECASE,
)
NOTE = re.compile(
    r"\s*\((?:new|updated|modified|new file|created|unchanged|full file|complete file)\)\s*$",
    re.IGNORECASE,
)
PATH = re.compile(r"^\.?/?[\w@+~\-\[\](),. ]*(?:/[\w@+~\-\[\](),. ]+)*\.?[\w+-]+$")
INFO_KEY = re.compile(
    r"\b(?:file(?:name|path)?|path|title|name|edit)\s*=\s*(?:\"([^\"]+)\"|'([^']+)'|([^\s}\"']+))",
    re.IGNORECASE,
)
COMMENT = re.compile(r"^(?:#+|//+|--+|;+|%+|/\*+|<!--+)(.*)$")
CLOSING = re.compile(r"(?:\*/|(?<!-)--+>)$")
MENTION = re.compile(r"`([^`\s]+)`|\*\*([^*\s]+)\*\*")
# Models copy `path/to/file` from the examples they learned.
PLACEHOLDER = re.compile(r"^(?:\.?/?(?:path/to|your/path|full/path|relative/path)(?:/the)?/|\./)")
MAX_LINE_CHARACTERS = 1_000
"""Characters; a longer line names no file."""
# Names without an extension that are files by convention.
BARE_NAMES = frozenset({"Makefile", "Dockerfile", "LICENSE", "Procfile", "Gemfile", "Rakefile"})
SECTION_LINE = re.compile(
    r"^\W{0,8}lines?\s{1,4}(\d{1,9})\s?(?:-|\u2013|to)\s?(\d{1,9})\s+(?:of|in|from)\s+(\S[^\n]{0,300})$",
    re.IGNORECASE,
)
MAX_LINES_ABOVE = 4
"""Lines above a block or fence in which its section's line may stand."""


@dataclass(frozen=True, slots=True)
class FileNames:
    """What is known of the files: enough to tell a path from a word.

    `sections` are the lines of `default` that were shown, from 1; none where all of it was.
    """

    read: Read
    default: str = ""
    only: Collection[str] | None = None
    sections: tuple[Span, ...] = ()

    def read_content(self, path: str) -> bytes | None:
        """None too where the path cannot be read."""
        try:
            return self.read(path) if path else None
        except EditError:
            return None

    def file_exists(self, path: str) -> bool:
        return self.read_content(path) is not None

    def is_known(self, path: str) -> bool:
        return (
            path == self.default
            or (self.only is not None and path in self.only)
            or self.file_exists(path)
        )

    def resolve_name(self, path: str) -> str:
        """The path a name stands for: itself, or the task's file where one is the other's tail."""
        path = path.removeprefix("./")
        if self.is_known(path):
            return path
        known_paths = {*(self.only or ()), self.default} - {""}
        tails = [
            known_path
            for known_path in known_paths
            if ("/" in known_path and _is_tail(known_path, path)) or _is_tail(path, known_path)
        ]
        # Models leave out the folders above, or add the repository's own name in front.
        if len(tails) == 1 and not path.startswith(("/", "~")):
            return tails[0]
        without_placeholder = PLACEHOLDER.sub("", path)
        return (
            without_placeholder
            if without_placeholder != path and self.file_exists(without_placeholder)
            else path
        )

    def path_on_line(self, line: str, *, loose: bool = False) -> str:
        """The path a line consists of, decorations aside; empty when it is no such line.

        `loose` takes a name without extension or slash too, if such a file is known.
        """
        return next(
            (self.resolve_name(c) for c in _list_candidates(line) if self._is_path(c, loose=loose)),
            "",
        )

    def _is_path(self, text: str, *, loose: bool) -> bool:
        if not text or len(text) > 300:  # noqa: PLR2004 - far beyond any real path
            return False
        if self.is_known(text):
            return True
        if loose and self.resolve_name(text) != text:
            return True
        if text in BARE_NAMES:
            return True
        if text.startswith(("/", "~", "..", "\\")) or re.match(r"^[A-Za-z]:[\\/]", text):
            return bool(re.match(r"^\S+\.\w{1,10}$|^(?:\.\.)?[/\\]\S+$", text))
        return (
            " " not in text
            and bool(PATH.match(text))
            and bool(re.search(r"\.[A-Za-z]\w{0,9}$|^\.\w+|\w/\w", text))
        )

    def path_in_info(self, info: str) -> str:
        """The path in a fence's info string: `python file=a.py`, `python:a.py`, `a.py`."""
        info = info[:MAX_LINE_CHARACTERS]
        if keyed := INFO_KEY.search(info):
            return self.resolve_name(keyed[1] or keyed[2] or keyed[3])
        for word in re.split(r"[\s{}]+", info):
            tail = word.split(":", 1)[1] if re.match(r"^[\w+#-]+:[^:]", word) else word
            if ("." in tail.strip(".") or "/" in tail) and self._is_path(tail, loose=False):
                return self.resolve_name(tail)
        return ""

    def path_above(self, lines: Sequence[str], at: int, *, reach: int = 3) -> str:
        """The path alone on a line above line `at`; fences and blank lines between do not count."""
        looked = 0
        for line in reversed(lines[max(0, at - 12) : at]):
            opener = OPENER.match(line)
            if opener and (path := self.path_in_info(opener[3])):
                return path
            if not line.strip() or opener:
                continue
            if path := self.path_on_line(line):
                return path
            looked += 1
            if looked >= reach or not re.match(r"^\s*<\w+>", line):
                return ""
        return ""

    def path_in_prose(self, lines: Sequence[str], at: int) -> str:
        """The one known file that the nearest prose above names in backticks."""
        line = next((text for text in reversed(lines[:at]) if text.strip()), "")
        paths = {self.resolve_name(code or bold) for code, bold in MENTION.findall(line)}
        found = [path for path in paths if self.is_known(path)]
        return found[0] if len(found) == 1 else ""


def _is_tail(short: str, long: str) -> bool:
    return bool(short) and long.endswith("/" + short)


def comment_text(line: str) -> str:
    found = COMMENT.match(line.strip())
    return CLOSING.sub("", found[1]).strip() if found else ""


def _list_candidates(line: str) -> list[str]:
    if len(line) > MAX_LINE_CHARACTERS:
        return []
    text = line.strip().rstrip(",")
    texts = [text]
    text = re.sub(r"^(?:#{1,6}|[-*>]|\d+[.)])\s+", "", text)
    texts += [text, comment_text(line)]
    undecorated = [_strip_decoration(candidate) for candidate in texts if candidate]
    return [candidate for candidate in dict.fromkeys(undecorated) if candidate]


def _strip_decoration(text: str) -> str:
    last = None
    while text != last:
        last = text
        text = NOTE.sub("", text.strip())
        text = LABEL.sub("", text)
        text = text.removesuffix(":").strip()
        for mark in ("**", "__", "`", '"', "'", "*"):
            if len(text) > 2 * len(mark) and text.startswith(mark) and text.endswith(mark):
                text = text[len(mark) : -len(mark)]
        text = re.sub(r"^`([^`]+)`$", r"\1", text)
    return text


def find_section_above(lines: Sequence[str], at: int, names: FileNames) -> tuple[str, Span | None]:
    """(path, section) that the lines right above line `at` name, if they do.

    The section is one of those that were shown, or inside of one; None where it is not.
    """
    for line in reversed(lines[max(0, at - MAX_LINES_ABOVE) : at]):
        if section := parse_section(line, names):
            return section
        if line.strip() and not is_fence(line) and not names.path_on_line(line):
            break
    return "", None


def parse_section(line: str, names: FileNames) -> tuple[str, Span | None] | None:
    found = SECTION_LINE.match(line)
    if not found or not names.sections:
        return None
    first, last = int(found[1]), int(found[2])
    path = names.path_on_line(found[3].rstrip("*_`: \t")) or names.default
    shown = any(a <= first <= last <= b for a, b in names.sections)
    return path, (first, last) if path == names.default and shown else None
