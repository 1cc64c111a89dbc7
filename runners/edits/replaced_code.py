"""Telling new code that does the work of the old lines from a line beside code that is left out."""

import re
from collections.abc import Sequence

NAME = re.compile(r"[A-Za-z_$][\w$]*")
LITERAL = re.compile(r"\"[^\"]*\"|'[^']*'|\b\d[\w.]*")
ASSIGNED = re.compile(r"([A-Za-z_$][\w$]*)\s?(?:[-+*/%|&^]?=(?![=>])|:=)|\bfor \(?(?:\w+ )?(\w+)")
RETURNED = re.compile(r"\breturn\b")
CALL = re.compile(
    r"(?:await )?(?!(?:if|for|while|switch|return|catch|with)\b)([A-Za-z_$][\w$]*)[\w$.]*\("
)
MIN_LITERALS = 3
"""Fewer may be the same by chance."""


def is_taken_over(gone: Sequence[str], come: Sequence[str]) -> bool:
    """Whether `come` gives the results of `gone` without anything that `gone` works out.

    Code that is left out is still used by the lines around it: these return, or assign, what it
    works out. Lines that do so no more, or that hold all of its values, stand in its place. Where
    calls for their effect alone are gone, nothing is known.
    """
    values = {each for line in gone for each in LITERAL.findall(line)}
    if len(values) >= MIN_LITERALS and values <= {x for y in come for x in LITERAL.findall(y)}:
        return True
    results = {name for line in gone for name in _find_assigned(line)}
    if any(_acts(line, results) for line in gone):
        return False
    known = {name for line in gone for name in NAME.findall(line)} - results
    returned = any(RETURNED.search(line) and results & _find_names(line) for line in gone)
    for line in come:
        assigned, names = _find_assigned(line), _find_names(line)
        gives = bool(assigned & results) or (returned and bool(RETURNED.search(line)))
        if gives and not (names & results) - assigned and names & known - {"return"}:
            return True
    return False


def _acts(line: str, results: set[str]) -> bool:
    """Whether it is a call for its effect alone, on anything but what these lines work out."""
    call = CALL.match(line)
    return call is not None and call[1] not in results


def _find_assigned(line: str) -> set[str]:
    return {name for pair in ASSIGNED.findall(line) for name in pair if name}


def _find_names(line: str) -> set[str]:
    """Those that a line uses; a name that it assigns and uses as well counts as used."""
    _, sign, value = line.partition("=")
    return set(NAME.findall(value if sign else line))
