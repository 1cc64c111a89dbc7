"""Telling whether a text is all of what it stands for: one function for every format.

`tell_completeness` gathers the evidence; who asks decides what follows from it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.code import language_of
from bot.text.listed import join_first
from runners.edits.dropped_lines import describe_dropped_lines
from runners.edits.elision import find_elisions
from runners.edits.file_pieces import PYTHON, count_filled, describe_size, describe_snippet
from runners.edits.line_gaps import Gap, find_gaps
from runners.edits.lost_bindings import find_lost_bindings
from runners.edits.lost_names import describe_lost_names
from runners.edits.lost_parts import find_lost_parts
from runners.edits.removal_wish import NO_WISH, RemovalWish
from runners.edits.text_end import breaks_off, reaches_end

MAX_NAMES = 5
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
    if why := describe_size(before, after):
        return why
    gaps = find_gaps(before, after)
    if why := _describe_hole(before, after, gaps):
        return why
    nothing_to_go = claim.wish.text is None or claim.wish.is_silent()
    if nothing_to_go and (why := describe_dropped_lines(path, before, after, gaps)):
        return why
    return "" if claim.named else describe_snippet(path, before, after)


def _describe_hole(before: Sequence[str], after: Sequence[str], gaps: Sequence[Gap]) -> str:
    least = max(MIN_HOLE_LINES, HOLE_SHARE * count_filled(before))
    for gap in gaps:
        gone = count_filled(before[gap.first : gap.past])
        come = count_filled(after[gap.new_first : gap.new_past])
        if gone >= least and come <= MAX_HOLE_SHARE * gone:
            return f"it leaves out lines {gap.first + 1}-{gap.past} of the file"
    return ""
