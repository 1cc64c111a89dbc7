"""A blank after each sign of a diff: `+ line` for `+line`, as its lines and the file show."""

from collections.abc import Sequence
from dataclasses import replace

from runners.edits.file_lines import FileLines
from runners.edits.indent_depths import indent_unit, leading_whitespace
from runners.edits.match import Match
from runners.edits.model import Hunk, Tagged

SIGN_BLANKS = "a blank after every sign"


def drop_sign_blanks(hunk: Hunk) -> Hunk | None:
    """The hunk without one blank after each sign; None where a sign has none."""
    lines: list[Tagged] = []
    for tag, text in hunk.lines:
        if tag != " " and text.strip() and not text.startswith(" "):
            return None
        lines.append((tag, text.removeprefix(" ") if tag != " " else text))
    return replace(hunk, lines=tuple(lines))


def has_sign_blanks(hunks: Sequence[Hunk], found: Sequence[list[Match]], file: FileLines) -> bool:
    """Whether the signs of a diff have a blank too many: then all of them have.

    Removed lines prove it, for they stand in the file. Where there are none, the depths do at
    which the file's lines stand.
    """
    diffs = [(hunk, places) for hunk, places in zip(hunks, found, strict=True) if hunk.is_diff]
    dropped = [drop_sign_blanks(hunk) for hunk, _ in diffs]
    if not diffs or any(hunk is None for hunk in dropped):
        return False
    quoted = [
        (tag, text.rstrip(), file.bodies[match.at + offset].rstrip())
        for _, places in diffs
        for match in (places if len(places) == 1 else [])
        for offset, (tag, text) in enumerate(line for line in match.hunk.lines if line[0] != "+")
        if text.strip()
    ]
    if any(tag == " " and text != body for tag, text, body in quoted):
        return False
    if removed := [(text, body) for tag, text, body in quoted if tag == "-"]:
        return all(text == f" {body}" for text, body in removed)
    added = [text for hunk, _ in diffs for tag, text in hunk.lines if tag == "+"]
    blank = {text for text in added if not text.strip()}
    if blank == {" "} and "" in file.bodies and " " not in file.bodies:
        return True
    if blank and not any(map(str.strip, added)):
        return False
    return _suits_file_only_without([text for text in added if text.strip()], file)


def _suits_file_only_without(added: Sequence[str], file: FileLines) -> bool:
    """Whether added lines stand at depths of the file only if each loses a blank."""
    margins = {leading_whitespace(body) for body in file.bodies if body.strip()}
    unit = indent_unit(file.bodies)

    def is_odd(text: str) -> bool:
        lead = leading_whitespace(text)
        return lead not in margins and ("\t" in lead or bool(len(lead) % unit))

    return 2 * sum(is_odd(text[1:]) for text in added) < sum(map(is_odd, added))
