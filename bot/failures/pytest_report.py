"""pytest's report in each of its `--tb` styles.

https://docs.pytest.org/en/stable/how-to/output.html
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from bot.failures.blocks import Lines, find_blocks
from bot.failures.model import Failure, Found, Place
from bot.failures.places import PYTHON_FRAME, dedent, find_places, is_foreign
from bot.failures.python_trace import read_trace

SECTION = re.compile(r"^={3,} (?P<name>.+) ={3,}$")
RED_SECTIONS = frozenset({"FAILURES", "ERRORS"})
HEADER = re.compile(r"^_{3,} (?P<title>.+?) _{3,}$")
PHASE = re.compile(r"^ERROR (?:at (?:setup|teardown) of|collecting) ")
SUMMARY = re.compile(r"^(?:FAILED|ERROR) (?P<id>[^\s\[]+(?:\[.*?\])?)(?: - (?P<message>.*))?$")
LOCATION = re.compile(r"^(?P<path>[^\s:]{1,400}\.\w{1,8}):(?P<line>\d{1,7}): ?(?P<rest>.*)$")
CAPTURED = re.compile(r"^-{3,} Captured .* -{3,}$")
E_LINE = re.compile(r"^E(?: {2,}|$)")


def read_pytest(lines: Lines) -> Iterator[Found]:
    """Each failure of the report; where it has none, what the short summary says."""
    summary = list(_read_summary(lines))
    full = list(_read_sections(lines, summary))
    yield from full
    told = {found.failure.name for found in full}
    for found in summary:
        if found.failure.name not in told:
            yield found


def _read_summary(lines: Lines) -> Iterator[Found]:
    inside = False
    for at, line in enumerate(lines):
        if section := SECTION.match(line):
            inside = section["name"] == "short test summary info"
        elif inside and (found := SUMMARY.match(line)):
            path, _, name = found["id"].partition("::")
            titles = tuple(_split_name(name.replace("::", ".")))
            message = tuple(filter(None, [found["message"]]))
            yield Found(Failure(titles, message, (Place(path),), "."), at, at + 1)


def _split_name(name: str) -> list[str]:
    """`TestCart.test_total[a.b]` as its parts: what stands in brackets is of the last."""
    stem, bracket, parameters = name.partition("[")
    parts = stem.split(".")
    return [*parts[:-1], f"{parts[-1]}{bracket}{parameters}"]


def _read_sections(lines: Lines, summary: Sequence[Found]) -> Iterator[Found]:
    for found, first, last in find_blocks(lines, SECTION):
        if found["name"] not in RED_SECTIONS:
            continue
        body = lines[first + 1 : last]
        headers = list(find_blocks(body, HEADER))
        start = headers[0][1] if headers else len(body)
        yield from _read_one_line_failures(body[:start], first + 1, summary)
        for header, at, end in headers:
            yield Found(
                _read_failure(header["title"], body[at + 1 : end], summary),
                first + 1 + at,
                first + 1 + end,
            )


def _read_failure(title: str, body: Lines, summary: Sequence[Found]) -> Failure:
    phase = PHASE.match(title)
    name = title[phase.end() :] if phase else title
    titles = () if phase and "collecting" in phase[0] else tuple(_split_name(name))
    end = next((at for at, line in enumerate(body) if CAPTURED.match(line)), len(body))
    failure = read_pytest_body(body[:end])
    known = [f.failure.places[0] for f in summary if f.failure.titles == titles and titles]
    if not titles:
        known = [Place(name)]
    named = [place for place in known if not any(_same(place, p) for p in failure.places)]
    return replace(failure, titles=titles, places=(*failure.places, *named))


def _same(place: Place, other: Place) -> bool:
    return other.path.endswith(place.path)


def read_pytest_body(body: Lines) -> Failure:
    """`E` marks the message, `>` the line of each frame, whose place stands below it."""
    if any(PYTHON_FRAME.match(line) for line in body):
        return read_trace(body)
    message: list[str] = []
    marked: list[str] = []
    places: list[Place] = []
    source = ""
    for at, line in enumerate([*body, ""]):
        if E_LINE.match(line):
            marked.append(line[1:])
            if PYTHON_FRAME.match(line[1:]):  # where a SyntaxError lies
                places += find_places(line[1:])
            continue
        # Of a chain of exceptions each has a margin of its own.
        message += dedent(marked)
        marked = []
        if line.startswith(">"):
            source = line[1:].strip()
        elif found := LOCATION.match(line):
            where = found["rest"].removeprefix("in ") if found["rest"].startswith("in ") else ""
            below = body[at + 1].strip() if where and at + 1 < len(body) else ""
            place = Place(found["path"], int(found["line"]), where, source or below)
            places += [] if is_foreign(place) else [place]
            source = ""
    said = message or [line for line in body if line.startswith("[")]
    return Failure((), tuple(said), tuple(reversed(places)), ".")


def _read_one_line_failures(body: Lines, offset: int, summary: Sequence[Found]) -> Iterator[Found]:
    """Of `--tb=line`: the message, then its place. Names are those of the summary alone."""
    start = 0
    for at, line in enumerate(body):
        location = LOCATION.match(line)
        if not location:
            continue
        marked = [each for each in body[start:at] if each.startswith(("E ", "     "))]
        message = tuple(dedent([each.removeprefix("E").rstrip() for each in marked]))
        message = message or (location["rest"],)
        named = next((f for f in summary if _says(f.failure, location["rest"])), None)
        titles = named.failure.titles if named else ()
        failure = Failure(titles, message, tuple(find_places(line)), ".")
        yield Found(failure, offset + start, offset + at + 1)
        start = at + 1


def _says(failure: Failure, message: str) -> bool:
    """The summary cuts its messages, with dots at the end."""
    told = failure.message[0].removesuffix("...") if failure.message else ""
    return bool(told) and message.startswith(told)
