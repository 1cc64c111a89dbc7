"""Applying the hunks of one file to its text: all of them, or `EditError`."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from runners.edits.disambiguate import (
    LineNumbers,
    heading_fits,
    judge_line_numbers,
    narrow_matches,
    select_in_order,
)
from runners.edits.match import ENTITIES, Match, contains_lines, find_matches
from runners.edits.match_typos import ENTITY, unescape_hunk
from runners.edits.model import EditError, Hunk, Patch, Span
from runners.edits.nearest_text import describe_nearest, quote_nearest
from runners.edits.reply_limits import check_time
from runners.edits.safety_checks import check_characters
from runners.edits.text_file import Line, Text

COPY_HINT = "Copy the lines exactly as the file has them, indentation included"


@dataclass(slots=True)
class Draft:
    """The file while its hunks go in. Lines are told apart by identity, so places stay known."""

    path: str
    before: Text
    lines: list[Line] = field(default_factory=list)
    final_newline: bool = True
    final_newline_stated: bool = False
    lenient: bool = False

    def apply_match(self, match: Match, start: int) -> None:
        """Replace the old lines, which begin at line `start`; unchanged ones stay as they are."""
        added = [text for tag, text in match.hunk.lines if tag == "+"]
        where = f"{match.hunk.label} ({self.path})"
        check_characters(where, self.path, added, [*match.hunk.old, *self.before.bodies])
        at = start
        for tag, text in match.hunk.lines:
            if tag == " ":
                at += 1
            elif tag == "-":
                del self.lines[at]
            else:
                self.lines.insert(at, Line(text, self.before.line_end))
                at += 1
        self._close(match.hunk, at)
        self.lenient = self.lenient or bool(match.leniency)

    def _close(self, hunk: Hunk, past: int) -> None:
        if hunk.final_newline is not None and past == len(self.lines):
            self.final_newline, self.final_newline_stated = hunk.final_newline, True


def apply_hunks(patch: Patch, text: Text, *, base_matches: bool = False) -> tuple[Text, bool]:
    """The new text, and whether anything had to be forgiven to find a hunk's place.

    `base_matches`: the patch was made against just this text.
    """
    draft = Draft(patch.path, text, list(text.lines), text.final_newline)
    bodies = text.bodies
    hunks, found = _find_places(patch.hunks, bodies, patch.sections)
    # The diff states the id of just this content, so its line numbers were counted on it.
    numbers = LineNumbers(right=1) if base_matches else judge_line_numbers(hunks, found)
    seen: set[object] = set()
    for index, hunk in enumerate(hunks):
        check_time()
        places = select_in_order(hunks, found, index)
        signature = (hunk.lines, hunk.evidence.anchors, hunk.evidence.start, hunk.evidence.within)
        if not hunk.has_changes or (signature in seen and len(found[index]) == 1):
            continue
        _apply_hunk(draft, hunk, places, numbers)
        seen.add(signature)
    if (
        not draft.final_newline
        and draft.lines
        and draft.lines[-1] in text.lines[:-1]
        and not draft.final_newline_stated
    ):
        raise EditError(
            f"{patch.path} has no final newline, and its last line goes: unclear how it then ends",
            "Give the file whole.",
        )
    return replace(text, lines=tuple(draft.lines), final_newline=draft.final_newline), draft.lenient


def _find_places(
    hunks: Sequence[Hunk], bodies: list[str], sections: Sequence[Span]
) -> tuple[Sequence[Hunk], list[list[Match]]]:
    """Hunks with their places. Where one had to be unescaped, the whole reply was escaped."""
    found = [_find_candidates(hunk, bodies, sections) for hunk in hunks]
    escaped = any(ENTITIES in match.leniency for places in found for match in places)
    if not escaped or any(ENTITY.search(body) for body in bodies):
        return hunks, found
    hunks = [unescape_hunk(hunk) for hunk in hunks]
    return hunks, [_find_candidates(hunk, bodies, sections) for hunk in hunks]


def _find_candidates(hunk: Hunk, bodies: list[str], sections: Sequence[Span]) -> list[Match]:
    """In the section that is named, else in those that were shown, else anywhere."""
    check_time()
    if not hunk.old:
        return []
    named = [hunk.evidence.within] if hunk.evidence.within else []
    for spans in (named, sections):
        if found := [match for span in spans for match in _find_inside(hunk, bodies, span)]:
            exact = [match for match in found if not match.leniency]
            return exact or found
    return find_matches(hunk, bodies)


def _find_inside(hunk: Hunk, bodies: list[str], span: Span) -> list[Match]:
    first, last = span
    there = find_matches(hunk, bodies[first - 1 : last])
    return [replace(match, at=match.at + first - 1) for match in there]


def _apply_hunk(draft: Draft, hunk: Hunk, places: list[Match], numbers: LineNumbers) -> None:
    if not hunk.old:
        at = _find_insertion_point(draft, hunk, numbers)
        _check_not_repeated(draft, hunk, at)
        draft.apply_match(Match(at, hunk), at)
        return
    places = narrow_matches(places, hunk, draft.before.bodies, numbers)
    if len(places) == 1:
        _check_not_repeated(draft, places[0].hunk, places[0].at, lenient=bool(places[0].leniency))
        start = _find_current_start(draft, places[0])
        if start is not None:
            draft.apply_match(places[0], start)
            return
    if len(places) <= 1:
        bodies = [line.body for line in draft.lines]
        later = (
            []
            if hunk.evidence.anchors or bodies == draft.before.bodies
            else find_matches(hunk, bodies)
        )
        # A block may build on an earlier one of the reply, and quote the lines that it wrote.
        if len(later) == 1 and later[0].leniency == "":
            draft.apply_match(later[0], later[0].at)
            return
        raise _not_found(draft, hunk, taken=bool(places))
    lines = ", ".join(str(match.at + 1) for match in places[:8])
    raise EditError(
        f"{hunk.label} ({draft.path}): its old lines stand in {len(places)} places (lines {lines})",
        "Quote more of the lines around the one that is meant, so that only one place fits.",
    )


def _check_not_repeated(draft: Draft, hunk: Hunk, at: int, *, lenient: bool = False) -> None:
    """Refuses an addition that already stands at its place: it would be double."""
    old = {text.strip() for text in hunk.old} | {""}
    adds_lines = any(tag == "+" and text.strip() not in old for tag, text in hunk.lines)
    if adds_lines and lenient and contains_lines(draft.before.bodies, hunk.new):
        raise _already_applied(f"{hunk.label} ({draft.path})")
    new = [text.rstrip() for text in hunk.new]
    if not adds_lines or any(tag == "-" and text.strip() for tag, text in hunk.lines):
        return
    file_lines = [body.rstrip() for body in draft.before.bodies]
    if any(file_lines[i : i + len(new)] == new for i in range(max(0, at - len(new)), at + 1)):
        raise _already_applied(f"{hunk.label} ({draft.path})")


def _already_applied(where: str) -> EditError:
    return EditError(f"{where}: the change is already in the file", "Leave that block out.")


def _find_current_start(draft: Draft, match: Match) -> int | None:
    """Where the matched lines stand now, None when an earlier hunk took one of them."""
    wanted = draft.before.lines[match.at : match.past]
    # By identity: earlier hunks moved the lines, and equal lines may stand elsewhere.
    start = next((i for i, line in enumerate(draft.lines) if line is wanted[0]), None)
    if start is None:
        return None
    there = draft.lines[start : start + len(wanted)]
    same = len(there) == len(wanted) and all(a is b for a, b in zip(there, wanted, strict=True))
    return start if same else None


def _find_insertion_point(draft: Draft, hunk: Hunk, numbers: LineNumbers) -> int:
    """Where lines go that come without any context."""
    bodies = draft.before.bodies
    if not bodies and not draft.lines:
        return 0
    if hunk.evidence.at_end and not hunk.evidence.anchors:
        return _find_position_after(draft, len(bodies), hunk)
    start = hunk.evidence.start
    trusted = hunk.evidence.counts_match and numbers.consistent and not numbers.wrong
    if start is not None and trusted and start <= len(bodies):
        fits = heading_fits(hunk.evidence.heading, start, bodies)
        if fits or (fits is None and numbers.right):
            return _find_position_after(draft, start, hunk)
    raise EditError(
        f"{hunk.label} ({draft.path}): it adds lines and nothing in it proves where",
        "Quote the unchanged line before and the one after the new lines.",
    )


def _find_position_after(draft: Draft, count: int, hunk: Hunk) -> int:
    """The draft's position after the first `count` lines of the file as it was."""
    if not count:
        return 0
    anchor = draft.before.lines[count - 1]
    for at, line in enumerate(draft.lines):
        if line is anchor:
            return at + 1
    raise _not_found(draft, hunk, taken=True)


def _not_found(draft: Draft, hunk: Hunk, *, taken: bool) -> EditError:
    where = f"{hunk.label} ({draft.path})"
    if taken:
        return EditError(
            f"{where}: an earlier block of this reply already changed the lines it replaces",
            "Put both changes into one block.",
        )
    bodies = draft.before.bodies
    if not bodies:
        return EditError(f"{where}: the file is empty or absent, nothing to replace", "")
    new = [text for text in hunk.new if text.strip()]
    if new and find_matches(Hunk(tuple((" ", t) for t in hunk.new), hunk.label), bodies):
        return _already_applied(where)
    seen = quote_nearest(hunk.old, bodies)
    there = f"{COPY_HINT}; there the file reads:\n{seen}" if seen else f"{COPY_HINT}."
    return EditError(
        f"{where}: its old lines are not in the file. {describe_nearest(hunk.old, bodies)}", there
    )
