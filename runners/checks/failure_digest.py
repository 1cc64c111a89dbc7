"""Shortens a check's output for a model, and makes a key that the same failure has again."""

import hashlib
import re
from collections.abc import Iterable, Sequence

from bot.text.invisible import strip_unprintable

BYTES_PER_TOKEN = 3  # on the safe side: code has about 3.5 bytes to a token
MAX_LINE_CHARACTERS = 4_000  # of a line looked at, half from each end
MAX_LINE_BYTES = 400  # a longer line is cut in its middle
MAX_OUTPUT_CHARACTERS = 2_000_000  # looked at, half from each end

# The forms of a terminal's control sequences: https://man7.org/linux/man-pages/man4/console_codes.4.html
ESCAPES = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]"  # colours, cursor
    r"|\x1b[\]PX^_].*?(?:\x07|\x1b\\|$)"  # titles and links, up to their end
    r"|\x1b[ -/]*[0-~]?"
    r"|\x9b[0-?]*[ -/]*[@-~]",
    re.MULTILINE,
)
# Normalised so that the same failure reads the same: the order matters, paths before numbers.
# `++` never gives back what it took, so a long path costs no more than its length:
# https://docs.python.org/3.11/library/re.html#regular-expression-syntax
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
# https://docs.pytest.org/en/stable/how-to/output.html, https://testanything.org/tap-version-13-specification.html
TELLING = re.compile(
    r"^E\s|^>\s|^Traceback|^\s+File \".*\", line \d+|^\s*assert\b"
    r"|^\S*(?:Error|Exception|Failure|Warning)\b|(?:Error|Exception):"
    r"|^(?:FAILED|FAIL|ERROR|panicked|not ok)\b|^--- FAIL|panicked at"
    r"|\berror(?:\[\w+\])?:|^\S+:\d+:(?:\d+:)? |undefined|not found$"
    r"|^\s*(?:Expected|Received|expected|actual|left|right)\b"
    r"|^\s*[\u25cf\u2715\u2717\u00d7]\s|Segmentation fault"
)
"""Lines that say what is wrong, in the words of most languages' tools."""


def digest_failure(output: str, *, tokens: int = 1500) -> str:
    """The failure within `tokens`, the same for the same failure.

    Head and tail stay, as does what tells most between them; "..." stands for what went. A token
    is taken for three bytes of UTF-8, so that the bound holds for any model's vocabulary of text.
    """
    max_bytes = max(0, tokens) * BYTES_PER_TOKEN
    lines = [_cut_line(line) for line in _merge_repeats(clean_output(output))]
    whole = "\n".join(lines)
    if _size(whole) <= max_bytes:
        return whole
    kept = _choose_lines(lines, max_bytes)
    text = "\n".join(_with_gaps(lines, kept))
    # The cut may be within a character: that one goes.
    return text.encode()[:max_bytes].decode(errors="ignore")


def failure_key(output: str) -> str:
    """The same for the same failure: what its telling lines say, wherever and how often."""
    lines = clean_output(output)
    telling = [line.strip() for line in lines if TELLING.search(line)] or lines
    return hashlib.sha256("\n".join(sorted(set(telling))).encode()).hexdigest()[:16]


def clean_output(output: str) -> list[str]:
    """Lines as a terminal would leave them, without anything that cannot be seen."""
    if len(output) > MAX_OUTPUT_CHARACTERS:
        output = f"{output[: MAX_OUTPUT_CHARACTERS // 2]}\n{output[-MAX_OUTPUT_CHARACTERS // 2 :]}"
    text = ESCAPES.sub("", output).replace("\r\n", "\n")
    lines = [strip_unprintable(_last_written(line)).rstrip() for line in text.split("\n")]
    lines = [_shorten_middle(line) for line in lines]
    for pattern, word in NORMALIZATIONS:
        lines = [pattern.sub(word, line) for line in lines]
    return lines


def _last_written(line: str) -> str:
    """What a terminal shows of a line that returns to its beginning, as progress bars do."""
    return line.rstrip("\r").rpartition("\r")[2]


def _shorten_middle(line: str) -> str:
    return (
        line
        if len(line) <= MAX_LINE_CHARACTERS
        else f"{line[: MAX_LINE_CHARACTERS // 2]} ... {line[-MAX_LINE_CHARACTERS // 2 :]}"
    )


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
