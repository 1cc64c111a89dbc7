"""A check's output as a terminal would leave it: lines, without colours and hidden characters."""

import re

from bot.text.invisible import strip_unprintable

MAX_LINE_CHARACTERS = 4_000  # of a line looked at, half from each end
MAX_OUTPUT_CHARACTERS = 2_000_000  # looked at, half from each end

# The forms of a terminal's control sequences: https://man7.org/linux/man-pages/man4/console_codes.4.html
ESCAPES = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]"  # colours, cursor
    r"|\x1b[\]PX^_].*?(?:\x07|\x1b\\|$)"  # titles and links, up to their end
    r"|\x1b[ -/]*[0-~]?"
    r"|\x9b[0-?]*[ -/]*[@-~]",
    re.MULTILINE,
)
# Ticks of .NET, of which the runner is made: https://github.com/actions/runner
LOG_TIME = re.compile(r"^\ufeff?\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}Z ?")
LOG_SHARE = 0.9
# Where checks run, before a path with a line number: such a place is shown as the repository's own.
# `++` never gives back what it took, so a long path costs no more than its length:
# https://docs.python.org/3.11/library/re.html#regular-expression-syntax
CHECKOUT = re.compile(
    r"(?:file://)?(?:/box/repo|(?:/private)?(?:/var)?/tmp/[\w.+-]++(?:/[\w.+-]++){0,30}?"
    r"/(?:repo|checkout))/"
    r"(?=[\w./@+-]{1,300}\.\w{1,8}(?::\[?\d|\(\d|\", line \d|:line \d|\.?$))"
)
MAX_BLANK_LINES = 50
"""In a row; of more nobody reads anything, and each takes time to look at."""
_BLANK_LINES = re.compile(rf"\n{{{MAX_BLANK_LINES + 1},}}")


# npm's own log lay in the sandbox's home folder, which is gone: named in one line or in two.
# https://docs.npmjs.com/cli/v11/using-npm/logging
_GONE_LOG = re.compile(
    r"npm (?:ERR!|error)\s+(?:A complete log of this run can be found in:|/box/\S*/\.npm/_logs/)"
)


def clean_output(output: str) -> list[str]:
    """The lines as printed: nothing normalised, nothing invisible. A huge line loses its middle."""
    if len(output) > MAX_OUTPUT_CHARACTERS:
        output = f"{output[: MAX_OUTPUT_CHARACTERS // 2]}\n{output[-MAX_OUTPUT_CHARACTERS // 2 :]}"
    has_escapes = "\x1b" in output or "\x9b" in output
    text = (ESCAPES.sub("", output) if has_escapes else output).replace("\r\n", "\n")
    text = _BLANK_LINES.sub("\n" * MAX_BLANK_LINES, text)
    raw = _without_times(text.split("\n"))
    if "/.npm/_logs/" in text:
        raw = [line for line in raw if not _GONE_LOG.match(line)]
    return [_clean_line(line) if line else "" for line in raw]


def _clean_line(line: str) -> str:
    if line.isascii() and line.isprintable() and len(line) <= MAX_LINE_CHARACTERS:
        shown = line.rstrip()
    else:
        shown = _shorten_middle(strip_unprintable(_last_written(line)).rstrip())
    return CHECKOUT.sub("", shown) if "/" in shown else shown


def _without_times(lines: list[str]) -> list[str]:
    """A job's log without the times that GitHub Actions puts before each line."""
    filled = sum(map(bool, lines))
    if not _are_timed(lines, filled):
        return lines
    return [LOG_TIME.sub("", line) for line in lines]


def _are_timed(lines: list[str], filled: int) -> bool:
    """Whether nearly all that are filled have a time; ends at the first too many without."""
    left = filled - LOG_SHARE * filled
    for line in lines:
        if line and not LOG_TIME.match(line):
            left -= 1
            if left < 0:
                return False
    return filled > 0


def _last_written(line: str) -> str:
    """What a terminal shows of a line that returns to its beginning, as progress bars do."""
    return line.rstrip("\r").rpartition("\r")[2]


def _shorten_middle(line: str) -> str:
    return (
        line
        if len(line) <= MAX_LINE_CHARACTERS
        else f"{line[: MAX_LINE_CHARACTERS // 2]} ... {line[-MAX_LINE_CHARACTERS // 2 :]}"
    )
