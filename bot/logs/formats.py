"""A record as one line, which no text of a stranger can end: nobody forges a line of the log.

Messages quote issues, comments, repositories and servers. A line end in one of them would begin a
line of its own, and an escape sequence would act on the terminal that shows the log.
https://cwe.mitre.org/data/definitions/117.html
"""

import datetime as dt
import json
import logging
import traceback

from bot.logs.fields import find_log_fields
from bot.text.invisible import escape_unprintable

# journald cuts a line at 48 KiB by default, and half a line is no JSON:
# https://www.freedesktop.org/software/systemd/man/latest/journald.conf.html#LineMax=
MAX_MESSAGE_BYTES = 8 << 10
MAX_ERROR_BYTES = 24 << 10
CUT = " [cut]"
OF_TRACE = "  | "
"""Before each line of a trace, which could otherwise be taken for one of the log itself."""


class TextFormat(logging.Formatter):
    """Time, level, message; a trace below, each line marked. Not `timed`: for GitHub Actions."""

    def __init__(self, *, timed: bool = True) -> None:
        super().__init__("%(asctime)s %(levelname)s " if timed else "%(levelname)s ")

    def format(self, record: logging.LogRecord) -> str:
        record.asctime = self.formatTime(record)
        line = self.formatMessage(record) + _cut(record.getMessage(), MAX_MESSAGE_BYTES)
        trace = (OF_TRACE + escape_unprintable(each) for each in _find_trace(record).splitlines())
        return break_commands("\n".join([escape_unprintable(line), *trace]))


class JsonFormat(logging.Formatter):
    """One object: in ASCII, so that neither a line end nor half a character is in it."""

    def format(self, record: logging.LogRecord) -> str:
        at = dt.datetime.fromtimestamp(record.created, dt.UTC)
        line = {
            # https://www.rfc-editor.org/rfc/rfc3339#section-5.6
            "time": at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "level": record.levelname,
            "logger": record.name,
            "message": _cut(record.getMessage(), MAX_MESSAGE_BYTES),
            **find_log_fields(),
        }
        if trace := _find_trace(record):
            line["error"] = trace
        return json.dumps(line)


def break_commands(text: str) -> str:
    """A runner of GitHub Actions obeys `##[command]` wherever it stands in a line that is printed.

    `::command` it obeys at the beginning alone, where nothing of ours has a stranger's words:
    https://github.com/actions/runner/blob/main/src/Runner.Common/ActionCommand.cs
    """
    return text.replace("##[", "## [")


def read_message(line: str) -> str:
    """What a line of either form says, without what stands before it; of an error its last line."""
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return line.removeprefix(OF_TRACE)
    if not isinstance(found, dict):
        return line
    return str(found.get("error") or found.get("message") or line).splitlines()[-1]


def _find_trace(record: logging.LogRecord) -> str:
    """The error stands at its end, and may be as long as anybody likes: of both ends one half."""
    if not (record.exc_info and record.exc_info[0]):
        return ""
    trace = "".join(traceback.format_exception(*record.exc_info)).rstrip("\n")
    if len(json.dumps(trace)) <= MAX_ERROR_BYTES:
        return trace
    beginning, end = (_cut(half, MAX_ERROR_BYTES // 2) for half in (trace, trace[::-1]))
    return f"{beginning}\n{end.removesuffix(CUT)[::-1]}"


def _cut(text: str, most: int) -> str:
    """As much of its beginning as JSON writes in so many bytes."""
    kept = text
    while (size := len(json.dumps(kept))) > most:
        kept = kept[: len(kept) * most // size]
    return kept if len(kept) == len(text) else kept + CUT
