"""Deciding which file a block, a diff, a fence or a text without one is for: one law for all.

Everything between the end of the edit before and this one is read. A path alone on a line decides,
then words that point at one; what is only mentioned is weighed by whether the text fits that file.
Where nothing is one-sided, the answer is `Unclear`.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from runners.edits.file_names import FileNames
from runners.edits.model import EditError
from runners.edits.path_lines import TAG_LINE
from runners.edits.path_mentions import NO_NAMES, LineNames, read_line_names
from runners.edits.reply_text import OPENER, parse_fences

INFO_KEY = re.compile(
    r"\b(?:file(?:_?name|_?path)?|path|title|name|edit)\s*=\s*(?:\"([^\"]+)\"|'([^']+)'|([^\s}\"']+))",
    re.IGNORECASE,
)
FITTING_SHARE = 0.8
"""A few of the old lines may be misquoted."""
LONE_WORD = re.compile(r"^[^\s\"'()=;]+$")
MAX_INFO_CHARACTERS = 1_000
MAX_SHOWN = 4
MAX_CANDIDATES = 8
"""More paths than this above one text, and nothing is clear."""
CODE = "(code)"
"""Stands for a fence between two edits: its lines are not words about the next one."""
PATH_HINT = "Put the path of its file, from the root of the repository, alone on the line above it."


@dataclass(frozen=True, slots=True)
class Named:
    """The reply says which file it is, in so many words: a path alone above it or in its fence."""

    path: str


@dataclass(frozen=True, slots=True)
class Guessed:
    """The file that is meant as far as can be told."""

    path: str
    why: str


@dataclass(frozen=True, slots=True)
class Unclear:
    why: str


Target: TypeAlias = Named | Guessed | Unclear
Fits: TypeAlias = Callable[[str], float]
"""How far a text belongs to a file: the share of its old lines that stand there, or 1 for a version
of it."""
PRESENTED, POINTED_AT, ASKED_FOR, GOES_ON, MENTIONED, FITS = (
    "the words above it say that it is this file",
    "the words above it name it",
    "no other file is named",
    "the edit before is for it",
    "it is the only file that the words above mention",
    "of the files that the words above mention it fits only this one",
)


def find_target(  # noqa: PLR0913 - each is one kind of evidence
    above: Sequence[str],
    names: FileNames,
    *,
    fits: Fits,
    before: str = "",
    info: str = "",
    spell: Callable[[str], str] = str,
    makes_files: bool = False,
) -> Target:
    """The file that a text is for.

    `above` are the words between the end of the edit before and this one, as `keep_words` has them;
    `before` is the file of that edit, `info` the info string of the text's own fence. `spell` gives
    the path that a name stands for, where it can only be one that exists; `makes_files`: the text
    may be a new file.
    """
    if names.fixed:
        return Named(names.default)
    beside = (before, names.default)
    evidence = _read_evidence(above, names).respell(spell)
    evidence = evidence.respell(lambda path: _match_case(path, beside, names))
    if path := _match_case(path_in_info(info, names), beside, names):
        if makes_files and (other := _find_namesake(path, beside, names, fits)):
            return Unclear(_describe_doubt([path, other]))
        return _confirm_info(path, info, evidence, names)
    if makes_files:
        evidence.add_rival(_find_namesake(evidence.label or evidence.pointed, beside, names, fits))
    else:
        evidence = evidence.respell(lambda path: _find_sibling(path, beside, names))
        if unknown := _find_unknown(evidence, names, before):
            return Unclear(_describe_doubt([before or names.default, *unknown]))
    strong = evidence.label or evidence.pointed
    if strong and not evidence.rivals - {strong}:
        return (
            Named(strong)
            if evidence.label
            else Guessed(strong, PRESENTED if evidence.presents else POINTED_AT)
        )
    fallback = before or names.default
    return _weigh(evidence, names, fits=fits, fallback=fallback, makes_files=makes_files)


def require_path(target: Target, label: str) -> str:
    """The path, where a guess is enough. Raises `EditError` for what is unclear."""
    if isinstance(target, Unclear):
        raise EditError(f"{label}: {target.why}", PATH_HINT)
    return target.path


def keep_words(lines: Sequence[str], used: Sequence[tuple[int, int]]) -> list[str]:
    """The lines with edits left blank, and `CODE` for every fence without one in it."""
    words = list(lines)
    for first, past in used:
        words[first:past] = [""] * (past - first)
    edits = {at for first, past in used for at in (first, past - 1)}
    for fence in parse_fences(words):
        if edits.isdisjoint(range(fence.first, fence.past)):
            body = [line for line in fence.body if line.strip()]
            # Some models put the path into a fence of its own.
            kept = body[0] if len(body) == 1 and LONE_WORD.match(body[0]) else CODE
            words[fence.first : fence.past] = [kept, *[""] * (fence.past - fence.first - 1)]
    return words


def share_found(path: str, old: Sequence[str], names: FileNames) -> float:
    """The share of old lines that stand in a file, blanks aside."""
    wanted = [line.strip() for line in old if line.strip()]
    there = names.stripped_lines(path)
    return sum(line in there for line in wanted) / len(wanted) if wanted else 0


def path_in_info(info: str, names: FileNames) -> str:
    """The path in a fence's info string: `python file=a.py`, `python:a.py`, `a.py`."""
    info = info[:MAX_INFO_CHARACTERS]
    if keyed := INFO_KEY.search(info):
        return names.resolve_name(keyed[1] or keyed[2] or keyed[3])
    for word in re.split(r"[\s{}]+", info):
        tail = word.split(":", 1)[1] if re.match(r"^[\w+#-]*:[^:]", word) else word
        if ("." in tail.strip(".") or "/" in tail) and names.is_path(tail, labelled=True):
            return names.resolve_name(tail)
    return ""


@dataclass(slots=True)
class _Evidence:
    """What the lines above say: the nearest `label`, or a path that is `pointed` at.

    `rivals` are other paths met on the way there, `nearest` those of the nearest words, `compared`
    those that only serve to compare; `in_row`: the one of a table's row right above.
    """

    label: str = ""
    pointed: str = ""
    presents: bool = False
    rivals: set[str] = field(default_factory=set)
    nearest: set[str] = field(default_factory=set)
    compared: set[str] = field(default_factory=set)
    in_row: str = ""

    def respell(self, spell: Callable[[str], str]) -> "_Evidence":
        return replace(
            self,
            label=self.label and spell(self.label),
            pointed=self.pointed and spell(self.pointed),
            rivals=set(map(spell, self.rivals)),
            nearest=set(map(spell, self.nearest)),
            compared=set(map(spell, self.compared)),
            in_row=self.in_row and spell(self.in_row),
        )

    def add_nearest(self, line: str, paths: tuple[str, ...]) -> None:
        self.nearest.update(paths)
        if line.lstrip().startswith("|") and len(paths) == 1:
            self.in_row = paths[0]

    def add_rival(self, path: str) -> None:
        self.rivals.update({path} - {""})

    @property
    def paths(self) -> set[str]:
        return {self.label, self.pointed, *self.rivals, *self.compared} - {""}


def _read_evidence(above: Sequence[str], names: FileNames) -> _Evidence:
    evidence = _Evidence()
    is_nearest = True
    for line in reversed(above):
        if not line.strip():
            continue
        opener = OPENER.match(line)
        found = _read_opener(opener[3], names) if opener else read_line_names(line, names)
        if evidence.label:
            # Of several labels in a row each may be meant: they are a list of files.
            if found.label:
                evidence.rivals.add(found.label)
                continue
            if opener or TAG_LINE.match(line):
                continue
            break
        evidence.label = found.label
        evidence.compared.update(found.compared)
        if found.points and not found.label:
            evidence.pointed = found.paths[0]
            evidence.presents = found.presents
            break
        if not found.label:
            evidence.rivals.update(found.paths)
            if is_nearest:
                evidence.add_nearest(line, found.paths)
            is_nearest &= bool(opener or TAG_LINE.match(line))
        if len(evidence.rivals) > MAX_CANDIDATES:
            break
    return evidence


def _read_opener(info: str, names: FileNames) -> LineNames:
    path = path_in_info(info, names)
    return LineNames(path, (path,)) if path else NO_NAMES


def _confirm_info(path: str, info: str, evidence: _Evidence, names: FileNames) -> Target:
    """A word of an info string that is no known file and has no key may be no name at all."""
    others = evidence.paths - {path}
    if names.is_known(path) or INFO_KEY.search(info) or not others:
        return Named(path)
    return Unclear(_describe_doubt([path, *sorted(others)]))


def _match_case(path: str, beside: Sequence[str], names: FileNames) -> str:
    """The file asked for where a name that is none differs from it by letter case alone.

    A class gives its file's name in prose, `Emitter.py` for `emitter.py`; two such files cannot be
    told apart everywhere, so none is made beside the other (`letter_case.py`).
    """
    alike = [each for each in beside if each and each.casefold() == path.casefold()]
    return alike[0] if alike and not names.is_known(path) else path


def _find_sibling(path: str, beside: Sequence[str], names: FileNames) -> str:
    """The one file that a name without folders means beside the others, else the name."""
    found = [] if names.is_known(path) else names.siblings(path, beside)
    return found[0] if len(found) == 1 else path


def _find_namesake(path: str, beside: Sequence[str], names: FileNames, fits: Fits) -> str:
    """The file beside the others that a new one of that name may be meant to be."""
    found = [] if names.is_known(path) else names.siblings(path, beside)
    return next((other for other in found if fits(other) == 1), "")


def _find_unknown(evidence: _Evidence, names: FileNames, before: str) -> list[str]:
    """Files that the words speak of and that are not there: one of them may be meant.

    Those since the edit before, or right above the first one. A word that the file has itself, as
    `request.json`, is no path.
    """
    fallback = before or names.default
    if not fallback or evidence.label or evidence.pointed:
        return []
    text = names.read_content(fallback) or b""
    return sorted(
        path
        for path in (evidence.rivals if before else evidence.nearest)
        if not names.is_known(path) and path.encode("utf-8", "replace") not in text
    )


def _weigh(
    evidence: _Evidence, names: FileNames, *, fits: Fits, fallback: str, makes_files: bool
) -> Target:
    """The one of several files that the text fits, if it fits just one."""
    strong = {evidence.label, evidence.pointed} - {""}
    spoken_of = {path for path in evidence.paths if path in strong or names.may_change(path)}
    candidates = sorted(spoken_of | ({fallback} - {""}))
    if not candidates:
        return Unclear("no file named")
    if len(candidates) == 1:
        why = MENTIONED if spoken_of else GOES_ON if fallback != names.default else ASKED_FOR
        return Guessed(candidates[0], why)
    if makes_files and (new := {path for path in evidence.nearest if not names.file_exists(path)}):
        # The words right above speak of a file that is not there: this may be it.
        return Unclear(_describe_doubt(sorted({*new, *candidates})))
    shares = {path: fits(path) for path in candidates}
    fitting = [path for path in candidates if shares[path] == 1] or [
        path for path in candidates if shares[path] >= FITTING_SHARE
    ]
    if not fitting:
        # An edit whose lines fit nowhere is refused later, with the nearest lines of this file.
        existing = [path for path in candidates if names.file_exists(path) and not makes_files]
        fitting = list(strong) or (existing if len(existing) == 1 else [])
    if len(fitting) == 1 and (not strong or strong == {fitting[0]}):
        return Guessed(fitting[0], FITS)
    if evidence.in_row in fitting and evidence.paths == {evidence.in_row}:
        return Guessed(evidence.in_row, POINTED_AT)
    return Unclear(_describe_doubt(candidates))


def _describe_doubt(paths: Sequence[str]) -> str:
    more = f" or {len(paths) - MAX_SHOWN} more" if len(paths) > MAX_SHOWN else ""
    return f"it is unclear which file it is for ({' or '.join(paths[:MAX_SHOWN])}{more})"
