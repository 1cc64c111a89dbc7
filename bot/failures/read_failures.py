"""Every failure in a check's output: one reader for each format, all asked in a fixed order."""

from collections.abc import Iterable
from itertools import islice

from bot.failures.blocks import Lines
from bot.failures.formats import COMPILERS, OTHER_FORMATS, TEST_FORMATS, Format
from bot.failures.go_test import expand_events
from bot.failures.model import MAX_FAILURES, Failure, Found, Reading, bound_failure
from bot.failures.terminal import clean_output


def read_failures(output: str) -> tuple[Failure, ...]:
    return read_output(output).failures


def read_output(output: str) -> Reading:
    """The failures in the order they are printed, each once, and the lines that are left."""
    lines = expand_events(clean_output(output))
    text = "\n".join(lines)
    found = _read((one for one in TEST_FORMATS.values() if one.may_be_in(text)), lines)
    compiled = _read([COMPILERS] if COMPILERS.may_be_in(text) else [], lines)
    found += [each for each in compiled if not _overlaps(each, found)]
    for one in OTHER_FORMATS.values():
        if not found and one.may_be_in(text):
            found = _read([one], lines)
    return _assemble(lines, found)


def _read(formats: Iterable[Format], lines: Lines) -> list[Found]:
    found: list[Found] = []
    for one in formats:
        new = list(islice(one.read(lines), MAX_FAILURES))
        found += [each for each in new if not _overlaps(each, found)]
    return found


def _overlaps(new: Found, found: list[Found]) -> bool:
    return any(new.first < each.end and each.first < new.end for each in found)


def _assemble(lines: Lines, found: list[Found]) -> Reading:
    ordered = sorted(found, key=lambda each: each.first)
    failures = dict.fromkeys(
        bound_failure(each.failure)
        for each in ordered
        if each.failure.titles or any(line.strip() for line in each.failure.message)
    )
    taken: set[int] = set()
    for each in found:
        taken.update(range(each.first, each.end))
    rest = tuple(at for at in range(len(lines)) if at not in taken)
    return Reading(tuple(lines), tuple(failures)[:MAX_FAILURES], rest)
