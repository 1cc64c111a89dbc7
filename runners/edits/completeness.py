"""Telling whether a text is all of what it stands for: one function for every format.

`tell_completeness` gathers the evidence; who asks decides what follows from it.
"""

import itertools
import json
import re
import tomllib
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bot.code import language_of, parses_cleanly
from bot.code.python_tree import PARSE_ERRORS, parse_python
from bot.text.listed import join_first
from runners.edits.dropped_lines import describe_dropped_lines
from runners.edits.elision import find_elisions
from runners.edits.line_gaps import Gap, find_gaps, strip_filled
from runners.edits.lost_bindings import find_lost_bindings
from runners.edits.lost_names import describe_lost_names
from runners.edits.lost_parts import find_lost_parts
from runners.edits.model import align_lines
from runners.edits.removal_wish import NO_WISH, RemovalWish
from runners.edits.reply_text import FENCED_EXTENSIONS, file_extension

MODIFIERS = (
    r"(?:(?:export|default|declare|pub(?:\([^)]*\))?|public|private|protected|internal|static|async|"
    r"abstract|final|unsafe|override)\s+)*"
)
# By line and by pattern, not by parsing: it must work in any language, and on half a file.
DEFINITION = re.compile(
    rf"^\s*{MODIFIERS}(?:(?:def|class|function\*?|func(?:\s*\([^)]*\))?|fn|struct|enum|interface|"
    r"trait|type|module|impl|record)\s+|"
    r"(?:const|let|var)\s+(?=\w+\s*=\s*(?:async\s*)?(?:function|\(|\w+\s*=>)))"
    r"(\w+)"
)
C_FUNCTION = re.compile(
    r"^(?:\s+|[A-Za-z_][\w:<>,\[\].*&]*\s+)(?:[A-Za-z_][\w:<>,\[\].*&]*\s+)*[*&]*"
    r"(?!(?:if|for|while|switch|catch|return|with|using|lock|synchronized|foreach|function)\b)"
    r"([A-Za-z_]\w*)\s*\([^;{}=]*\)\s*(?:const\s*|noexcept\s*|override\s*|throws [\w., ]+)?\{\s*$"
)
"""A function of C, Java and the like: its type, its name, and a brace that opens its body."""
MAX_DEFINITION_CHARACTERS = 300
"""Longer lines are data or minified code; the patterns above would take long on them."""
FENCE_LINE = re.compile(r"^\s*(?:```|~~~)")
MIN_SIZED_LINES = 12
"""In a file with fewer lines, a shorter answer is no evidence that anything is missing."""
MAX_PIECE_SHARE = 0.7
HALF = 0.5
# Only formats whose parser comes with Python.
PARSERS: dict[str, Callable[[str], object]] = {
    ".py": parse_python,
    ".pyi": parse_python,
    ".json": json.loads,
    ".toml": tomllib.loads,
}
FIRST_WORDS = re.compile(r"^[^\s=:{(<>,;]+(?: [^\s=:{(<>,;]+){0,3}")
PYTHON = (".py", ".pyi")
MAX_NAMES = 5
MIN_FILE_LINES = 3
"""Lines a file must have before anything can be a piece of it."""


MIN_HOLE_LINES, HOLE_SHARE, MAX_HOLE_SHARE = 8, 0.2, 0.1
"""Lines in one piece, their share of the file, and what may stand in their place: no edit, but a
piece of the file left out."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A text that stands for all of `before`. `end_shown`: the reply shows where it ends.

    `named`: the reply says plainly which file it is.
    """

    path: str
    before: Sequence[str]
    after: Sequence[str]
    end_shown: bool = True
    named: bool = True
    wish: RemovalWish = NO_WISH


@dataclass(frozen=True, slots=True)
class Completeness:
    """What speaks against a text being all of it: nothing, where `missing` is empty.

    `cut_off`: it has no end. `elided`: lines that stand for others. `lost`: parts that are gone
    without a reason, `used` those of them that the text still uses.
    """

    missing: str = ""
    cut_off: bool = False
    elided: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
    used: tuple[str, ...] = ()


COMPLETE = Completeness()


def tell_completeness(claim: Claim) -> Completeness:
    """Whether the text is all of it. The first evidence against it is given, the surest first."""
    path, before, after = claim.path, claim.before, claim.after
    if not claim.end_shown and not reaches_end(path, before, after):
        return Completeness("its fence is never closed; cut off?", cut_off=True)
    if elided := find_elisions(after, before, path, wish=claim.wish):
        return Completeness(f"it leaves code out: {elided[0]!r}", elided=tuple(elided))
    if claim.wish.whole or not before:
        return COMPLETE
    lost = find_lost_parts(path, before, after, claim.wish)
    if lost.names:
        used = ", which it still uses" if lost.used else ""
        why = _leaves_out(lost.used or lost.names, used)
        return Completeness(why, lost=lost.names, used=lost.used)
    if bindings := find_lost_bindings(path, before, after):
        return Completeness(_leaves_out(bindings, ", which it still uses"))
    return Completeness(_describe_piece(claim))


def _leaves_out(names: Sequence[str], more: str) -> str:
    return f"it leaves out {join_first(names, MAX_NAMES)}{more}"


def _describe_piece(  # noqa: PLR0911 - each return is one kind of evidence
    claim: Claim,
) -> str:
    """Why it looks like a piece of the file, where no part with a name shows it."""
    path, before, after = claim.path, claim.before, claim.after
    if breaks_off(path, before, after):
        return "it breaks off before its end; cut off?"
    if path.endswith(PYTHON) and (why := describe_lost_names("\n".join(before), "\n".join(after))):
        return why
    if claim.wish.asks(code=bool(language_of(path))):
        return ""
    if why := _describe_size(before, after):
        return why
    gaps = find_gaps(before, after)
    if why := _describe_hole(before, after, gaps):
        return why
    nothing_to_go = claim.wish.text is None or claim.wish.is_silent()
    if nothing_to_go and (why := describe_dropped_lines(path, before, after, gaps)):
        return why
    return "" if claim.named else describe_snippet(path, before, after)


def _describe_size(before: Sequence[str], after: Sequence[str]) -> str:
    new_size, old_size = _count_filled(after), _count_filled(before)
    small = old_size >= MIN_SIZED_LINES and new_size < HALF * old_size
    if small and share_kept(before, after) < HALF:
        return f"it has {new_size} lines where the file has {old_size}"
    return ""


def _describe_hole(before: Sequence[str], after: Sequence[str], gaps: Sequence[Gap]) -> str:
    least = max(MIN_HOLE_LINES, HOLE_SHARE * _count_filled(before))
    for gap in gaps:
        gone = _count_filled(before[gap.first : gap.past])
        come = _count_filled(after[gap.new_first : gap.new_past])
        if gone >= least and come <= MAX_HOLE_SHARE * gone:
            return f"it leaves out lines {gap.first + 1}-{gap.past} of the file"
    return ""


def find_definitions(lines: Sequence[str]) -> list[str]:
    short = (line for line in lines if len(line) <= MAX_DEFINITION_CHARACTERS)
    return [
        match[1] for line in short if (match := DEFINITION.match(line) or C_FUNCTION.match(line))
    ]


def share_kept(before: Sequence[str], after: Sequence[str]) -> float:
    """The share of non-blank lines of `before` that `after` still has."""
    old, new = Counter(strip_filled(before)), Counter(strip_filled(after))
    total = old.total()
    return (old & new).total() / total if total else 1.0


def describe_missing_part(before: Sequence[str], after: Sequence[str]) -> str:
    """Why `after` looks like a piece of the file rather than the file; empty when it does not."""
    old_names, new_names = find_definitions(before), set(find_definitions(after))
    lost = [name for name in dict.fromkeys(old_names) if name not in new_names]
    new_size, old_size = _count_filled(after), _count_filled(before)
    still_called = [name for name in lost if _calls(after, name)]
    names = ", ".join((still_called or lost)[:5])
    if still_called and share_kept(before, after) < 1 - len(still_called) / (old_size + 1):
        return f"it leaves out {names}, which it still uses"
    if lost and len(lost) >= HALF * len(set(old_names)) and new_size < MAX_PIECE_SHARE * old_size:
        return f"it leaves out {names}: {new_size} lines where the file has {old_size}"
    if (
        lost
        and new_size < old_size
        and not set(_first_lines(before)) & {line.strip() for line in after}
    ):
        return f"it leaves out {names} and the file's first lines"
    return _describe_size(before, after)


def covers_file(before: Sequence[str], after: Sequence[str]) -> bool:
    """Whether `after` is plainly a version of the whole of `before`."""
    old_names, new_names = set(find_definitions(before)), set(find_definitions(after))
    if old_names:
        return len(old_names & new_names) > HALF * len(old_names) and not describe_missing_part(
            before, after
        )
    return share_kept(before, after) >= HALF


def reaches_end(path: str, before: Sequence[str], after: Sequence[str]) -> bool:
    """Whether a text that nothing closes has come to the file's end: its last line shows it.

    The last line alone may have changed in a file that is known to be well-formed.
    """
    old = [line.rstrip() for line in before if line.strip()]
    new = [line.rstrip() for line in after if line.strip()]
    well_formed = is_well_formed(path, "\n".join(after) + "\n")
    if not old or not new or well_formed is False:
        return False
    # Blank lines at the end of the file are its end.
    if _count_blank_tail(after) < _count_blank_tail(before):
        return False
    # A beginning of the old last line is that line, cut off.
    if new[-1] != old[-1] and old[-1].startswith(new[-1]):
        return False
    tags = [tag for tag, _ in align_lines(old, new)]
    return tags[-1] == " " or (bool(well_formed) and tags[-3:] == [" ", "-", "+"])


def breaks_off(path: str, before: Sequence[str], after: Sequence[str]) -> bool:
    """Whether the file's last line is gone, more brackets are open, and it parses no more."""
    ends = [strip_filled(lines)[-1:] for lines in (before, after)]
    if ends[0] == ends[1] or not all(ends):
        return False
    old, new = (("\n".join(lines) + "\n") for lines in (before, after))
    if _count_open(new) <= _count_open(old):
        return False
    if parses_cleanly(path, old.encode("utf-8", "replace")):
        return parses_cleanly(path, new.encode("utf-8", "replace")) is False
    return breaks_syntax(path, old, new)


def _count_open(text: str) -> int:
    return sum(text.count(mark) for mark in "([{") - sum(text.count(mark) for mark in ")]}")


def _count_blank_tail(lines: Sequence[str]) -> int:
    return sum(1 for _ in itertools.takewhile(lambda line: not line.strip(), reversed(lines)))


def is_well_formed(path: str, text: str) -> bool | None:
    """Whether the text is well-formed for its kind; None where that cannot be told here."""
    reader = PARSERS.get(path[path.rfind(".") :] if "." in path else "")
    if reader is None:
        return None
    try:
        reader(text)
    # JSONDecodeError and TOMLDecodeError are ValueErrors, and so among these:
    # https://docs.python.org/3.11/library/tomllib.html#tomllib.TOMLDecodeError
    except PARSE_ERRORS:
        return False
    return True


def breaks_syntax(path: str, before: str, after: str) -> bool:
    """Whether an edit turns a well-formed file into one that is not."""
    return bool(is_well_formed(path, before)) and is_well_formed(path, after) is False


def _calls(lines: Sequence[str], name: str) -> bool:
    # A call on any other object may be of another method that has the same name.
    word = re.compile(rf"(?:(?<![\w.])|\b(?:self|this|cls)\.){re.escape(name)}\s*\(")
    return any(word.search(line) for line in lines)


def _first_lines(lines: Sequence[str]) -> list[str]:
    return strip_filled(lines)[:3]


def _count_filled(lines: Sequence[str]) -> int:
    return sum(1 for line in lines if line.strip())


def describe_snippet(path: str, before: Sequence[str], after: Sequence[str]) -> str:
    """Why it looks like a piece of the file; empty for a new version of the whole."""
    old, new = strip_filled(before), strip_filled(after)
    if (
        file_extension(path) in FENCED_EXTENSIONS
        and old
        and new
        # The file has a title and the reply begins with a section: https://spec.commonmark.org/0.31.2/#atx-headings
        and old[0].startswith("# ")
        and new[0].startswith("##")
    ):
        return f"it begins with {new[0][:60]!r}"
    if len(old) < MIN_FILE_LINES or len(new) >= len(old):
        return _describe_malformed(path, before, after)
    sizes = f"{len(new)} lines where the file has {len(old)}"
    if len(new) < HALF * len(old) and _is_slice(old, new):
        return f"it quotes {sizes}"
    old_names, new_names = _outermost_names(path, before), set(_outermost_names(path, after))
    missing_edges = (
        [name for name in (*old_names[:1], *old_names[-1:]) if name not in new_names]
        if old_names[1:]
        else []
    )
    headless = path.endswith(PYTHON) and old[0] not in new and old_names[-1:] == missing_edges
    if len(missing_edges) > 1 or (
        missing_edges and (headless or len(new) < MAX_PIECE_SHARE * len(old))
    ):
        lost = ", ".join([name for name in old_names if name not in new_names][:5])
        return f"it leaves out {lost}: {sizes}"
    return _describe_malformed(path, before, after)


def _describe_malformed(path: str, before: Sequence[str], after: Sequence[str]) -> str:
    """A snippet of JSON or TOML alone is neither."""
    broken = not path.endswith(PYTHON) and breaks_syntax(
        path, "\n".join(before) + "\n", "\n".join(after) + "\n"
    )
    return "alone it is not well-formed" if broken else ""


def _is_slice(old: list[str], new: list[str]) -> bool:
    return any(old[at : at + len(new)] == new for at in range(len(old) - len(new) + 1))


def _outermost_names(path: str, lines: Sequence[str]) -> list[str]:
    """What a file consists of at its outermost, in order: definitions, keys, targets, headings."""
    if path.endswith(".json"):
        return _json_keys("\n".join(lines))
    if names := find_definitions([line for line in lines if not line[:1].isspace()]):
        return names
    headings = [
        FIRST_WORDS.match(line) for line in lines if not line.startswith(("//", "/*", " *"))
    ]
    return [head[0] for head in headings if head and re.search(r"\w", head[0])]


def _json_keys(text: str) -> list[str]:
    try:
        read = json.loads(text)
    except (ValueError, RecursionError):
        return []
    return list(read) if isinstance(read, dict) else []
