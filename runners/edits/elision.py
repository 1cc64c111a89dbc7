"""Finding lines in place of which the file has code that the model did not write out.

What proves an elision is the code that is gone where the line stands, not what the line says.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from bot.code import language_of
from runners.edits.elision_words import (
    EMPTY_BODY,
    OPENED_BODY,
    Placeholder,
    comment_openers,
    is_comment_line,
    is_foreign_comment,
    read_placeholder,
    stands_for_others,
)
from runners.edits.line_gaps import Gap, find_gaps
from runners.edits.removal_wish import NO_WISH, RemovalWish
from runners.edits.replaced_code import is_taken_over
from runners.edits.reply_limits import count_work
from runners.edits.reply_text import PROSE_EXTENSIONS, file_extension

MIN_ELIDED_LINES = 3
"""Lines of code in place of which a single comment counts as standing for them."""
MIN_NAMED_LINES = 2
"""The same for a comment that speaks of other lines."""
MAX_PLACEHOLDER_LINES = 2
"""A longer comment explains something; it is no sign that stands for code."""
MIN_ELIDED_PER_LINE = 5
"""Code that is gone for each new line beside the comment: less may be a shorter version of it."""
SIMILAR = 0.6
MAX_COMPARED_LINES, MAX_COMPARED_CHARACTERS = 60, 200
WORK_OF_READING, WORK_OF_COMPARING = 4, 200
"""What telling comments of a line costs, and comparing two by letters: in lines looked at."""
COMMENTS = (Placeholder.COMMENT, Placeholder.LOOSE)
MAX_LINES_TO_OPENER = 20
"""Lines, all but one of them blank, between a block's opener and its body."""


@dataclass(frozen=True, slots=True)
class _Change:
    """What takes the place of what, in which file."""

    new: Sequence[str]
    old: Sequence[str]
    path: str
    wish: RemovalWish = NO_WISH


def find_elisions(  # noqa: PLR0913 what is known beside the change is optional
    new: Sequence[str],
    old: Sequence[str],
    path: str,
    *,
    known: Sequence[str] = (),
    explicit: bool = False,
    wish: RemovalWish = NO_WISH,
) -> list[str]:
    """The lines of `new` that stand for code of `old`, which they replace.

    `known`: further lines of the file, which are no news. `explicit`: each line that goes is
    marked as such, so that a comment alone does not stand for them. `wish`: what the task asks to
    remove needs no line in its place, but may have a comment there.
    """
    if not any(is_foreign_comment(x, ()) or read_placeholder(x, path) for x in _strip(new)):
        return []
    there = Counter([*_strip(old), *_strip(known)])
    placeholders = _find_placeholders(new, there, path)
    if not placeholders:
        return []
    change = _Change(new, old, path, wish)
    gaps = find_gaps(old, new)
    found = []
    for run in _group(placeholders, new):
        kind = max(placeholders[at] for at in run)
        gap = next((g for g in gaps if g.new_first <= run[0] < g.new_past), None)
        if _elides(change, run, kind, gap, explicit=explicit):
            found.append(new[run[0]].strip())
    return found


def _strip(lines: Sequence[str]) -> list[str]:
    return [line.strip() for line in lines]


def _find_placeholders(
    new: Sequence[str], known: Counter[str], path: str
) -> dict[int, Placeholder]:
    """Lines that may stand for others, by place; those that the file has anyway may not."""
    fresh = Counter(_strip(new)) - known
    begun, openers = {line[:2] for line in known}, comment_openers(path, known)
    kinds = {}
    for at, line in enumerate(new):
        if (text := line.strip()) in fresh:
            if _opens_full_body(new, at):
                continue
            foreign = text[:2] not in begun and is_foreign_comment(text, openers)
            kinds[at] = Placeholder.SURE if foreign else read_placeholder(text, path)
    return {at: kind for at, kind in kinds.items() if kind}


def _opens_full_body(lines: Sequence[str], at: int) -> bool:
    """Whether a body follows the comment behind its opening brace: `if (a) { // why`."""
    if not OPENED_BODY.search(lines[at].strip()):
        return False
    below = (line.strip() for line in lines[at + 1 : at + 1 + MAX_LINES_TO_OPENER])
    first = next((text for text in below if text), "}")
    return not first.startswith("}")


def _group(placeholders: dict[int, Placeholder], lines: Sequence[str]) -> Iterator[list[int]]:
    """Runs of them with nothing but blank lines between."""
    run: list[int] = []
    for at in sorted(placeholders):
        if run and any(line.strip() for line in lines[run[-1] + 1 : at]):
            yield run
            run = []
        run.append(at)
    if run:
        yield run


def _elides(  # noqa: PLR0911 - each return is one kind of line
    change: _Change, run: Sequence[int], kind: Placeholder, gap: Gap | None, *, explicit: bool
) -> bool:
    if kind == Placeholder.SURE:
        return True
    missing, strange = _count_missing(change, run, gap, _code_lines)
    if kind == Placeholder.WORDS:
        return missing > 0
    if kind == Placeholder.DOTS and not _is_harmless_dots(change.new, run[0], change.path):
        return True
    if explicit or len(run) > MAX_PLACEHOLDER_LINES or _is_replaced(change, run, kind, gap):
        return False
    if kind == Placeholder.BODY and gap:
        # What was a stub before, perhaps on several lines, is still one.
        gone = change.old[gap.first : gap.past]
        return missing > 0 and not any(map(_is_stub_line, gone))
    if kind == Placeholder.LOOSE:
        every, _ = _count_missing(change, run, gap, _filled_lines)
        missing = max(missing, every)
        if stands_for_others(change.new[run[0]]):
            return missing >= max(MIN_NAMED_LINES, strange + 1)
    # A comment on a shorter version of the code elides nothing.
    return missing >= MIN_ELIDED_PER_LINE * strange and missing - strange >= MIN_ELIDED_LINES


def _is_replaced(change: _Change, run: Sequence[int], kind: Placeholder, gap: Gap | None) -> bool:
    """Whether the lines are to go, or new code beside the comment does what they did."""
    if gap is None or kind not in COMMENTS:
        return False
    count_work(WORK_OF_READING * (gap.past - gap.first + gap.new_past - gap.new_first))
    gone = _code_lines(change.old[gap.first : gap.past], change.path)
    beside = [*change.new[gap.new_first : run[0]], *change.new[run[-1] + 1 : gap.new_past]]
    come = _code_lines(beside, change.path)
    old, comment = change.old[gap.first : gap.past], "\n".join(change.new[at] for at in run)
    in_code = bool(language_of(change.path))
    if kind == Placeholder.COMMENT and change.wish.covers(old, comment, code=in_code):
        return True
    return is_taken_over(gone, come)


def _count_missing(
    change: _Change,
    run: Sequence[int],
    gap: Gap | None,
    select: Callable[[Sequence[str], str], list[str]],
) -> tuple[int, int]:
    """Of the lines selected: old ones that are gone just where the run stands, strange new ones.

    What a new line beside the run resembles is not gone; a strange one resembles nothing of it.
    """
    if gap is None:
        return 0, 0
    new, path = change.new, change.path
    count_work(WORK_OF_READING * (gap.past - gap.first + gap.new_past - gap.new_first))
    gone = select(change.old[gap.first : gap.past], path)
    above = select(new[gap.new_first : run[0]], path)
    below = select(new[run[-1] + 1 : gap.new_past], path)
    head, strange_above = _match_from_start(gone, above)
    tail, strange_below = _match_from_start(gone[head:][::-1], below[::-1])
    # A line that opens a body and closes it again is a version of the one that opened it.
    own = sum(1 for at in run if EMPTY_BODY.search(new[at].strip()))
    return len(gone) - head - tail - own, strange_above + strange_below


def _match_from_start(gone: Sequence[str], kept: Sequence[str]) -> tuple[int, int]:
    """How many lines of `gone` the lines of `kept` are versions of, and how many are of none."""
    at = strange = 0
    for line in kept[:MAX_COMPARED_LINES]:
        window = range(at, min(len(gone), at + MAX_COMPARED_LINES))
        found = next((i for i in window if _is_similar(gone[i], line)), None)
        if found is None:
            strange += 1
        else:
            at = found + 1
    return at, strange + max(0, len(kept) - MAX_COMPARED_LINES)


def _is_similar(first: str, second: str) -> bool:
    count_work(WORK_OF_COMPARING)
    matcher = SequenceMatcher(None, first, second, autojunk=False)
    return (
        matcher.real_quick_ratio() >= SIMILAR
        and matcher.quick_ratio() >= SIMILAR
        and matcher.ratio() >= SIMILAR
    )


def _filled_lines(lines: Sequence[str], _: str) -> list[str]:
    return [line.strip()[:MAX_COMPARED_CHARACTERS] for line in lines if line.strip()]


def _code_lines(lines: Sequence[str], path: str) -> list[str]:
    return _filled_lines([line for line in lines if not _is_comment(line, path)], path)


def _is_comment(line: str, path: str) -> bool:
    # A heading of Markdown begins as a comment does; a list of requirements ends in `.txt`.
    prose = PROSE_EXTENSIONS - {"txt"}
    return file_extension(path) not in prose and is_comment_line(line.strip(), path)


def _is_stub_line(line: str) -> bool:
    return bool(EMPTY_BODY.search(line.strip())) or line.strip() == "..."


def _is_harmless_dots(lines: Sequence[str], at: int, path: str) -> bool:
    """Dots that are text: a stub's body, an example's line, the end of a YAML document."""
    extension = file_extension(path)
    if extension in PROSE_EXTENSIONS:
        # A doctest's continued lines begin with `...`: https://docs.python.org/3.11/library/doctest.html
        above = lines[at - 1].lstrip() if at else ""
        return lines[at][:1].isspace() or above.startswith((">>>", "..."))
    if extension in {"yaml", "yml"}:
        # https://yaml.org/spec/1.2.2/#document-markers
        return lines[at].rstrip() == "..."
    return _is_stub_body(lines, at)


def _is_stub_body(lines: Sequence[str], at: int) -> bool:
    """An Ellipsis that is all of a block's body, as in stubs and protocols."""
    # https://docs.python.org/3.11/library/constants.html#Ellipsis
    if not lines[at][:1].isspace() or lines[at].strip() != "...":
        return False
    above_lines = lines[max(0, at - MAX_LINES_TO_OPENER) : at]
    above = next((line.strip() for line in reversed(above_lines) if line.strip()), "")
    below = next((line for line in lines[at + 1 :] if line.strip()), "")
    margin = len(lines[at]) - len(lines[at].lstrip())
    return above.endswith((":", '"""', "'''")) and len(below) - len(below.lstrip()) < max(1, margin)
