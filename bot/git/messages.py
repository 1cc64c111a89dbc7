"""git's own messages, each with its form: the words that no path, name or server put into it.

What git prints has paths as they are, line ends included, so that a file's name can read like a
message. Its trace has the form beside each: `cannot create '%s': No space left on device`, in which
only the system's words are filled in.
https://git-scm.com/docs/api-trace2#_event_specific_keyvalue_pairs ("error", since git 2.22)
"""

import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from bot.errors import GitMessage

_QUOTED = re.compile(r"'.*'", re.DOTALL)
MAX_TRACE_BYTES = 4 << 20
"""What is read of a trace: a git that complains of each of many files says no more by it."""


@dataclass(frozen=True, slots=True)
class Trace:
    """`fd` has to be passed on to git; what git starts for itself writes there, too."""

    fd: int

    @property
    def environment(self) -> dict[str, str]:
        # git takes numbers up to 9 alone, and an absolute path:
        # https://git-scm.com/docs/api-trace2#_enabling_a_target
        place = f"/proc/self/fd/{self.fd}"
        return {"GIT_TRACE2_EVENT": place, "GIT_TRACE2_EVENT_BRIEF": "1"}

    def read_messages(self) -> tuple[GitMessage, ...]:
        return parse_trace(os.pread(self.fd, MAX_TRACE_BYTES, 0))


@contextmanager
def open_trace() -> Iterator[Trace]:
    """In memory: it has to be told of a disk without room, too."""
    fd = os.memfd_create("git-trace")
    try:
        yield Trace(fd)
    finally:
        os.close(fd)


def parse_trace(trace: bytes) -> tuple[GitMessage, ...]:
    """The messages of a trace, which may end anywhere."""
    # Inside of JSON a line end is written as two signs, so that a name ends no line here.
    return tuple(_parse_events(trace.split(b"\n")))


def _parse_events(lines: list[bytes]) -> Iterator[GitMessage]:
    for line in lines:
        try:
            # Most lines tell of times; a path may be in any encoding.
            event = json.loads(line.decode(errors="replace")) if b'"error"' in line else None
        except ValueError:
            continue
        if isinstance(event, dict) and event.get("event") == "error":
            text = str(event.get("msg") or "")
            yield GitMessage(_read_form(str(event.get("fmt") or ""), text), text)


def _read_form(given: str, text: str) -> str:
    """Git's own; a sentence that is handed on whole, as of a lock, without what it quotes."""
    # https://github.com/git/git/blob/v2.39.5/lockfile.c#L176; from the first quote to the last, so
    # that a name with quotes in it leaves nothing of itself.
    return _QUOTED.sub("'%s'", text) if given == "%s" else given
