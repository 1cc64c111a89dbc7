"""Shortens a check's output for a model, and makes a key that the same failure has again.

What is shown is what was printed. Only the key is made of normalised lines.
"""

import hashlib
import re
from collections.abc import Iterable, Sequence

from bot.failures import Failure, Reading, clean_output, read_output
from bot.failures.describe import describe_failure

BYTES_PER_TOKEN = 3  # on the safe side: code has about 3.5 bytes to a token
MAX_LINE_BYTES = 400  # a longer line is cut in its middle
MAX_TOLD = 8
"""Failures shown with what they say; of more the names alone."""
MIN_LINES = 3
OTHER_OUTPUT = "Other output:"

# Only to compare failures: durations, addresses and temporary names differ from run to run. The
# order matters, paths before numbers. `++` never gives back what it took, so a long path costs no
# more than its length: https://docs.python.org/3.11/library/re.html#regular-expression-syntax
NORMALIZATIONS = (
    (
        re.compile(
            r"(?:/private)?(?:/var)?/tmp/[\w.+-]++(?:/[\w.+-]++){0,30}?(?=/repo/|/checkout/)"
        ),
        ".",
    ),
    (re.compile(r"/box/repo(?=/|\b)/?"), ""),
    (re.compile(r"(?:/box|/var)?/tmp/(?:[\w.+-]+/)*[\w.+-]+"), "TMP"),
    (re.compile(r"\b0x[0-9a-fA-F]{4,}\b"), "0xADDR"),
    (re.compile(r"\b\d+(?:\.\d+)? ?(?:ns|µs|us|ms|s|sec|secs|seconds|minutes?)\b"), "TIME"),
    (re.compile(r"\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?"), "DATE"),
    (re.compile(r"\b\d\d:\d\d:\d\d(?:[.,]\d+)?\b"), "TIME"),
    (re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b"), "UUID"),
    (re.compile(r"\b(pid|PID|process|thread)([ =:#]+)\d+"), r"\1\2N"),
)
# pytest marks them with E and >, TAP with `not ok`, Jest with a dot or a cross:
# https://docs.pytest.org/en/stable/how-to/output.html, https://testanything.org/
TELLING = re.compile(
    r"^E\s|^>\s|^Traceback|^\s+File \".*\", line \d+|^\s*assert\b"
    r"|^\S*(?:Error|Exception|Failure|Warning)\b|(?:Error|Exception):"
    r"|^(?:FAILED|FAIL|ERROR|panicked|not ok)\b|^--- FAIL|panicked at"
    r"|\berror(?:\[\w+\])?:|^\S+:\d+:(?:\d+:)? |undefined|not found$"
    r"|^\s*(?:Expected|Received|expected|actual|left|right)\b"
    r"|^\s*[\u25cf\u2715\u2717\u00d7]\s|Segmentation fault"
)
"""Lines that say what is wrong, in the words of most languages' tools."""
# Tests that passed or run, and what TAP says around them and around groups whose tests failed.
PASSING = re.compile(
    r"^\s*(?:ok \d|\u2714 |\u2713 |# Subtest: |--- PASS: |=== (?:RUN|PAUSE|CONT|NAME)\b"
    r"|test \S+ \.\.\. ok$|\S+ PASSED\b|PASSED \S+::|\[ +(?:OK|RUN) +\] |PASS\s|---$|\.\.\.$"
    r"|\d+\.\.\d+$"
    r"|not ok \d+ - "
    r"|(?:duration_ms|type|location|failureType|code): |error: '?\d+ subtests? failed)"
)


def digest_failure(output: str, *, tokens: int = 1500) -> str:
    """The failures first, as printed, within `tokens`; then what else was said.

    Where no failure can be read from it, head and tail stay and what tells most between them;
    "..." stands for what went. A token is taken for three bytes of UTF-8, so that the bound holds
    for any model's vocabulary of text.
    """
    reading = read_output(output)
    if not reading.failures:
        return _shorten_lines(reading.lines, tokens)
    max_bytes = max(0, tokens) * BYTES_PER_TOKEN
    rest = _rest_of(reading)
    room = max_bytes * 3 // 4 if rest else max_bytes
    told = _tell(reading.failures, room)
    left = (max_bytes - _size(told)) // BYTES_PER_TOKEN - _size(OTHER_OUTPUT)
    other = _shorten_lines(rest, left) if left > 0 else ""
    return _cut_bytes(f"{told}\n\n{OTHER_OUTPUT}\n{other}" if other else told, max_bytes)


def shorten_output(output: str, *, tokens: int = 1500) -> str:
    """The text as printed, its middle cut where it does not fit: for what is no check's output."""
    return _shorten_lines(clean_output(output), tokens)


def failure_key(output: str) -> str:
    """The same for the same failure: what its telling lines say, wherever and how often."""
    lines = clean_output(output)
    for pattern, word in NORMALIZATIONS:
        lines = [pattern.sub(word, line) for line in lines]
    telling = [line.strip() for line in lines if TELLING.search(line)] or lines
    return hashlib.sha256("\n".join(sorted(set(telling))).encode()).hexdigest()[:16]


def _tell(failures: Sequence[Failure], max_bytes: int) -> str:
    """Each failure within its share; one that needs less leaves the rest to those after it."""
    told: list[str] = []
    shown = failures[:MAX_TOLD]
    names = [each.name or str(next(iter(each.places), "")) for each in failures[MAX_TOLD:]]
    more = f"and {len(names)} more: {', '.join(filter(None, names))}" if names else ""
    more = _cut_bytes(more, max_bytes // 5)
    left = max_bytes - _size(more)
    for at, failure in enumerate(shown):
        text = _fit_failure(failure, left // (len(shown) - at))
        told += [text] if text else []
        left -= _size(text) + len("\n\n")
    told += [more] if more else []
    return _cut_bytes("\n\n".join(told), max_bytes)


def _fit_failure(failure: Failure, max_bytes: int) -> str:
    lines = len(failure.message) or 1
    while True:
        described = describe_failure(failure, lines).split("\n")
        text = "\n".join(_cut_line(line) for line in described)
        if _size(text) <= max_bytes or lines <= MIN_LINES:
            return _cut_bytes(text, max_bytes)
        lines = max(MIN_LINES, lines * 2 // 3)


def _rest_of(reading: Reading) -> list[str]:
    """Lines that no failure took up, without those that passed and those that repeat a failure."""
    said = {line.strip() for each in reading.failures for line in each.message}
    rest = (reading.lines[at] for at in reading.rest)
    lines = [line for line in rest if not PASSING.match(line) and line.strip() not in said - {""}]
    return lines if any(line.strip() for line in lines) else []


def _shorten_lines(lines: Sequence[str], tokens: int) -> str:
    max_bytes = max(0, tokens) * BYTES_PER_TOKEN
    lines = [_cut_line(line) for line in _merge_repeats(lines)]
    whole = "\n".join(lines)
    if _size(whole) <= max_bytes:
        return whole
    return _cut_bytes("\n".join(_with_gaps(lines, _choose_lines(lines, max_bytes))), max_bytes)


def _cut_bytes(text: str, max_bytes: int) -> str:
    """The cut may be within a character: that one goes."""
    return text.encode()[:max_bytes].decode(errors="ignore")


def _merge_repeats(lines: Sequence[str]) -> list[str]:
    """Blank runs become one blank line; a line said again is counted where it first stood."""
    times: dict[str, int] = {}
    for line in lines:
        times[line] = times.get(line, 0) + 1
    out: list[str] = []
    for line in lines:
        if not line:
            out += [""] if out and out[-1] else []
        elif times[line]:
            out.append(line if times[line] == 1 else f"{line}  [x{times[line]}]")
            times[line] = 0
    while out and not out[-1]:
        out.pop()
    return out


def _cut_line(line: str) -> str:
    raw = line.encode()
    if len(raw) <= MAX_LINE_BYTES:
        return line
    start, end = (
        raw[: MAX_LINE_BYTES // 2].decode(errors="ignore"),
        raw[-MAX_LINE_BYTES // 2 :].decode(errors="ignore"),
    )
    return f"{start} ... {end}"


def _choose_lines(lines: Sequence[str], max_bytes: int) -> set[int]:
    """A fifth for the head, two for the tail, the rest for telling lines, latest first."""
    kept: set[int] = set()
    indexes = range(len(lines))
    telling = [i for i in indexes if TELLING.search(lines[i])]
    _fill(kept, indexes, lines, max_bytes // 5)
    _fill(kept, reversed(indexes), lines, max_bytes * 3 // 5)
    _fill(kept, reversed(telling), lines, max_bytes)
    _fill(kept, reversed(indexes), lines, max_bytes)
    return kept


def _fill(kept: set[int], order: Iterable[int], lines: Sequence[str], max_bytes: int) -> None:
    """Add lines in this order until the text they make would not fit."""
    used = sum(_cost(i, lines) for i in kept)
    for i in order:
        if i in kept:
            continue
        used += _cost(i, lines)
        if used > max_bytes:
            return
        kept.add(i)


def _cost(index: int, lines: Sequence[str]) -> int:
    """With its line end and the gap it may need before it."""
    return _size(lines[index]) + len("\n...\n")


def _with_gaps(lines: Sequence[str], kept: set[int]) -> Iterable[str]:
    previous = -1
    for i in sorted(kept):
        if i != previous + 1:
            yield "..."
        yield lines[i]
        previous = i


def _size(text: str) -> int:
    return len(text.encode())
