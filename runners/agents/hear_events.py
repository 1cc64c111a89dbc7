"""An agent's CLI, heard while it works: its events, and whether it goes round in circles."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field

from bot.models.agent_cli.protocol import Cli, CliReply
from bot.models.model import Event, Watch

MAX_LINE_BYTES = 4 * 1024 * 1024
MAX_HEARD_BYTES = 16 * 1024 * 1024
"""Of events: what comes later is not read."""
MAX_OTHER_CHARACTERS = 4000
"""Of what it prints that is no event: how it says that it cannot work, mostly."""


@dataclass(slots=True)
class HeardEvents:
    """`stalled` is the stall that its events show. Whatever it prints ends nothing else."""

    cli: Cli
    watch: Watch
    reply: CliReply = field(default_factory=CliReply)
    stalled: str = ""
    other: str = ""
    _half: bytes = b""
    _total: int = 0
    _seen: int = 0

    def hear(self, data: bytes) -> None:
        *lines, self._half = (self._half + data).split(b"\n")
        if len(self._half) > MAX_LINE_BYTES:
            self._half = b""
        for line in lines:
            self._hear_line(line)

    def finish(self) -> None:
        self._hear_line(self._half)
        self._half = b""

    def _hear_line(self, line: bytes) -> None:
        event = _parse(line)
        if event is None:
            text = line.decode(errors="replace").rstrip()
            self.other = f"{self.other}{text}\n"[-MAX_OTHER_CHARACTERS:] if text else self.other
            return
        self._total += len(line)
        if self._total > MAX_HEARD_BYTES:
            return
        self.cli.read_event(event, self.reply)
        events: Sequence[Event] = self.reply.events
        if len(events) != self._seen:
            self._seen = len(events)
            self.stalled = self.stalled or self.watch(self.reply.text, events)


def _parse(line: bytes) -> dict[str, object] | None:
    if not line.startswith(b"{"):
        return None
    try:
        event = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return event if isinstance(event, dict) else None
