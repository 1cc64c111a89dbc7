"""Applying the hunks of one file to its text: all of them, or `EditError`."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import takewhile

from runners.edits.disambiguate import LineNumbers, choose_match, judge_line_numbers
from runners.edits.draft import Draft
from runners.edits.file_lines import FileLines
from runners.edits.indent_depths import find_misplaced_line
from runners.edits.match import EDGES, ENTITIES, TYPOGRAPHY, Match, find_matches, fit_hunk
from runners.edits.match_added import fit_added_margins
from runners.edits.match_typos import CURLY_QUOTES, ENTITY, straighten_typography, unescape_hunk
from runners.edits.model import EditError, Hunk, Patch, Span, Tagged
from runners.edits.nearest_text import describe_nearest, find_like, quote_nearest
from runners.edits.regions import heading_fits
from runners.edits.sign_blanks import SIGN_BLANKS, drop_sign_blanks, has_sign_blanks
from runners.edits.text_file import Text

COPY_HINT = "Copy the lines exactly as the file has them, indentation included"
LIST_EXTENSIONS = ("", "txt", "lst")
"""Files that may be a list of lines without any structure, so that one more goes to the end."""


def apply_hunks(patch: Patch, text: Text, *, base_matches: bool = False) -> tuple[Text, bool]:
    """The new text, and whether anything had to be forgiven to find a hunk's place.

    `base_matches`: the patch was made against just this text.
    """
    file = FileLines(text.bodies)
    draft = Draft(patch.path, text, file, list(text.lines), text.final_newline)
    hunks, found = _find_places(patch, file)
    if has_sign_blanks(hunks, found, file):
        hunks = [drop_sign_blanks(hunk) or hunk if hunk.is_diff else hunk for hunk in hunks]
        found = _find_again(hunks, file, patch.sections, SIGN_BLANKS)
    # The diff states the id of just this content, so its line numbers were counted on it.
    numbers = LineNumbers(right=1) if base_matches else judge_line_numbers(hunks, found)
    seen: set[object] = set()
    for index, hunk in enumerate(hunks):
        signature = (hunk.lines, hunk.evidence)
        if not hunk.has_changes or (signature in seen and len(found[index]) == 1):
            continue
        _apply_hunk(draft, index, hunks, found, numbers)
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


def _find_places(patch: Patch, file: FileLines) -> tuple[Sequence[Hunk], list[list[Match]]]:
    """Hunks with their places. Where one had to be unescaped, the whole reply was escaped."""
    hunks = [replace(hunk, label=f"{hunk.label} ({patch.path})") for hunk in patch.hunks]
    found = [_find_candidates(hunk, file, patch.sections) for hunk in hunks]
    if any(match.level == TYPOGRAPHY for places in found for match in places):
        hunks = [_straighten_added(hunk, file) for hunk in hunks]
        found = [_find_candidates(hunk, file, patch.sections) for hunk in hunks]
    escaped = any(ENTITIES in match.leniency for places in found for match in places)
    if not escaped or any(ENTITY.search(body) for body in file.bodies):
        return hunks, found
    hunks = [unescape_hunk(hunk) for hunk in hunks]
    return hunks, _find_again(hunks, file, patch.sections, ENTITIES)


def _straighten_added(hunk: Hunk, file: FileLines) -> Hunk:
    """Where one quotation has typographic quotes for the file's plain ones, all of them have."""
    curly = CURLY_QUOTES & set("".join(hunk.new))
    if not curly or any(curly & set(text) for text in (*hunk.old, *file.bodies)):
        return hunk
    table = {ord(character): straighten_typography(character) for character in curly}
    lines: tuple[Tagged, ...] = tuple(
        (tag, text.translate(table) if tag == "+" else text) for tag, text in hunk.lines
    )
    return replace(hunk, lines=lines)


def _find_again(
    hunks: Sequence[Hunk], file: FileLines, sections: Sequence[Span], forgiven: str
) -> list[list[Match]]:
    """The places of hunks that were corrected, which is forgiven them at each."""
    found = [_find_candidates(hunk, file, sections) for hunk in hunks]
    return [
        [
            replace(match, leniency=", ".join(filter(None, (forgiven, match.leniency))))
            for match in places
        ]
        for places in found
    ]


def _find_candidates(hunk: Hunk, file: FileLines, sections: Sequence[Span]) -> list[Match]:
    """In the section that is named, else in those that were shown, else anywhere."""
    if not hunk.old:
        return []
    named = [hunk.evidence.within] if hunk.evidence.within else []
    for spans in (named, sections):
        if found := [match for span in spans for match in _find_inside(hunk, file, span)]:
            exact = [match for match in found if not match.leniency]
            return exact or found
    return find_matches(hunk, file)


def _find_inside(hunk: Hunk, file: FileLines, span: Span) -> list[Match]:
    first, last = span
    there = find_matches(hunk, FileLines(file.bodies[first - 1 : last]))
    return [replace(match, at=match.at + first - 1) for match in there]


def _apply_hunk(
    draft: Draft,
    index: int,
    hunks: Sequence[Hunk],
    found: Sequence[list[Match]],
    numbers: LineNumbers,
) -> None:
    hunk = hunks[index]
    if not hunk.old:
        at, count = _find_insertion_point(draft, hunk, numbers)
        _check_not_repeated(draft, hunk, count)
        draft.apply_hunk(hunk, at, count)
    elif found[index]:
        match = choose_match(index, hunks, found, draft.file, numbers)
        if (start := _find_current_start(draft, match)) is not None:
            hunk = _fit_hunk(draft, match)
            draft.apply_hunk(hunk, start, match.at, lenient=bool(match.leniency))
        else:
            _apply_to_draft(draft, hunk, taken=True)
    else:
        _apply_to_draft(draft, hunk, taken=False)


def _apply_to_draft(draft: Draft, hunk: Hunk, *, taken: bool) -> None:
    """A block may build on an earlier one of the reply, and quote the lines that it wrote."""
    bodies = [line.body for line in draft.lines]
    if not hunk.evidence.anchors and bodies != draft.file.bodies:
        later = find_matches(hunk, FileLines(bodies))
        if len(later) == 1 and not later[0].leniency:
            draft.apply_hunk(later[0].hunk, later[0].at, later[0].at)
            return
    raise _not_found(draft, hunk, taken=taken)


def _fit_hunk(draft: Draft, match: Match) -> Hunk:
    """The hunk as it belongs at its place. Raises `EditError` where nothing proves that."""
    hunk = fit_hunk(match, draft.file)
    if hunk is not None:
        hunk = fit_added_margins(hunk, draft.file.bodies, match.at)
    if hunk is None:
        raise EditError(
            f"{match.hunk.label}: its old lines stand at line {match.at + 1}, but with other "
            f"{match.level or 'indentation'}, and no one rule tells how the new lines go there. "
            f"{describe_nearest(match.hunk.old, draft.file.bodies, match.at)}",
            f"{COPY_HINT}.",
        )
    _check_not_repeated(draft, hunk, match.at, lenient=bool(match.leniency))
    if misplaced := find_misplaced_line(hunk, draft.file.bodies, match.at):
        raise EditError(
            f"{hunk.label}: its new line {misplaced.strip()!r} is not indented as far as the "
            "file's lines are",
            "Indent the new lines as the file does.",
        )
    if EDGES in match.leniency and (line := _find_open_edge(hunk, draft.file, match.at)):
        raise EditError(
            f"{hunk.label}: it quotes a blank line where the file has {line!r}, right where it "
            "adds lines: it is unclear whether that line is to stay",
            f"{COPY_HINT}.",
        )
    return hunk


def _find_open_edge(hunk: Hunk, file: FileLines, at: int) -> str:
    """A line of the file that the quotation may have left out, between its end and its blank line.

    It stands there alone, and the hunk adds one like it next to it.
    """
    filled = [(tag, text.strip()) for tag, text in hunk.lines if tag != "-" and text.strip()]
    past = at + len(hunk.old)
    above = [body.strip() for body in file.bodies[max(0, at - 2) : at][::-1]]
    below = [body.strip() for body in file.bodies[past : past + 2]]
    for edge, beyond in ((filled, above), (filled[::-1], below)):
        added = [text for _, text in takewhile(lambda line: line[0] == "+", edge)]
        stands_alone = beyond and beyond[0] and not any(beyond[1:])
        if stands_alone and find_like(beyond[0], added):
            return beyond[0]
    return ""


def _check_not_repeated(draft: Draft, hunk: Hunk, at: int, *, lenient: bool = False) -> None:
    """Refuses an addition that already stands at its place: it would be double."""
    old = {text.strip() for text in hunk.old} | {""}
    adds_lines = any(tag == "+" and text.strip() not in old for tag, text in hunk.lines)
    if adds_lines and lenient and any(map(str.strip, hunk.new)):
        size, past = len(hunk.new), at + len(hunk.old)
        if any(start <= at and past <= start + size for start in draft.file.find(hunk.new)):
            raise _already_applied(hunk)
    new = [text.rstrip() for text in hunk.new]
    if not adds_lines or any(tag == "-" and text.strip() for tag, text in hunk.lines):
        return
    near = [body.rstrip() for body in draft.file.bodies[max(0, at - len(new)) : at + len(new)]]
    if FileLines(near).find(new):
        raise _already_applied(hunk)


def _already_applied(hunk: Hunk) -> EditError:
    return EditError(f"{hunk.label}: the change is already in the file", "Leave that block out.")


def _find_current_start(draft: Draft, match: Match) -> int | None:
    """Where the matched lines stand now, None when an earlier hunk took one of them."""
    wanted = draft.before.lines[match.at : match.past]
    if (start := draft.find_line(match.at)) is None:
        return None
    there = draft.lines[start : start + len(wanted)]
    same = len(there) == len(wanted) and all(a is b for a, b in zip(there, wanted, strict=True))
    return start if same else None


def _find_insertion_point(draft: Draft, hunk: Hunk, numbers: LineNumbers) -> tuple[int, int]:
    """Where lines go that come without any context, in the draft and in the file as it was."""
    bodies = draft.file.bodies
    if not bodies and not draft.lines:
        return 0, 0
    evidence = hunk.evidence
    if not evidence.anchors and (evidence.at_end or _belongs_at_end(hunk, draft)):
        return _find_position_after(draft, len(bodies), hunk), len(bodies)
    start = evidence.start
    if start is not None and numbers.are_proved and numbers.are_credible(hunk):
        fits = heading_fits(evidence.heading, start, start, bodies)
        if fits is not False and start <= len(bodies):
            return _find_position_after(draft, start, hunk), start
    raise EditError(
        f"{hunk.label}: it adds lines and nothing in it proves where",
        "Quote the unchanged line before and the one after the new lines.",
    )


def _belongs_at_end(hunk: Hunk, draft: Draft) -> bool:
    """A patch's addition without any place, to a plain list of lines: Codex appends it.

    https://github.com/openai/codex/blob/main/codex-rs/apply-patch/src/lib.rs
    """
    name = draft.path.rsplit("/", 1)[-1]
    extension = name.rsplit(".", 1)[-1] if "." in name else ""
    is_list = extension in LIST_EXTENSIONS and not any(
        text[:1].isspace() for text in (*draft.file.bodies, *hunk.new)
    )
    return is_list and hunk.evidence.start is None and not hunk.evidence.heading


def _find_position_after(draft: Draft, count: int, hunk: Hunk) -> int:
    """The draft's position after the first `count` lines of the file as it was."""
    if not count:
        return 0
    if (at := draft.find_line(count - 1)) is None:
        raise _not_found(draft, hunk, taken=True)
    return at + 1


def _not_found(draft: Draft, hunk: Hunk, *, taken: bool) -> EditError:
    if taken:
        return EditError(
            f"{hunk.label}: an earlier block of this reply already changed the lines it replaces",
            "Put both changes into one block.",
        )
    bodies = draft.file.bodies
    if not bodies:
        return EditError(f"{hunk.label}: the file is empty or absent, nothing to replace", "")
    new = [text for text in hunk.new if text.strip()]
    if new and find_matches(Hunk(tuple((" ", t) for t in hunk.new), hunk.label), draft.file):
        return _already_applied(hunk)
    seen = quote_nearest(hunk.old, bodies)
    there = f"{COPY_HINT}; there the file reads:\n{seen}" if seen else f"{COPY_HINT}."
    return EditError(
        f"{hunk.label}: its old lines are not in the file. {describe_nearest(hunk.old, bodies)}",
        there,
    )
