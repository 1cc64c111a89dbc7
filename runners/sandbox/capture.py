"""What a command writes, within bounds: its head and its tail, and the sandbox's marks in it."""

from collections.abc import Callable
from dataclasses import dataclass, field

HEAD_BYTES = 256 * 1024
TAIL_BYTES = 768 * 1024
LEFT_OUT = "bytes left out ..."
"""Stands in the text of an output that was too long to be kept whole."""
MARK_SEARCH_BYTES = 4096
"""Of the end, in which the closing mark is looked for."""
Listener = Callable[[bytes], None]


@dataclass(slots=True)
class Capture:
    """What a command writes, head and tail kept.

    Up to the line `MARK ready` it is the sandbox that writes, after it the command.
    """

    mark: bytes
    total: int = 0
    ready: bool = False
    listener: Listener | None = None
    preface: bytearray = field(default_factory=bytearray)
    _head: bytearray = field(default_factory=bytearray)
    _tail: bytearray = field(default_factory=bytearray)

    def feed(self, data: bytes) -> None:
        if not self.ready:
            data = self._until_ready(data)
        if self.listener and data:
            self.listener(data)
        self.total += len(data)
        free = HEAD_BYTES - len(self._head)
        self._head += data[:free]
        self._tail += data[free:]
        if len(self._tail) > 2 * TAIL_BYTES:
            del self._tail[:-TAIL_BYTES]

    def _until_ready(self, data: bytes) -> bytes:
        self.preface += data
        line = self.mark + b" ready\n"
        at = self.preface.find(line)
        if at < 0:
            del self.preface[HEAD_BYTES:]
            return b""
        self.ready = True
        rest = bytes(self.preface[at + len(line) :])
        del self.preface[at:]
        return rest

    def finish(self) -> tuple[str, str]:
        """The text, its middle left out where it is long, and the word of the last mark, `disk`."""
        tail = bytes(self._tail[-TAIL_BYTES:])
        lost = self.total - len(self._head) - len(tail)
        kept = bytes(self._head) + tail
        kept, mark_word = self._take_mark(kept)
        if not lost:
            return kept.decode(errors="replace"), mark_word
        gap = f"\n... {lost} {LEFT_OUT}\n".encode()
        return (kept[:HEAD_BYTES] + gap + kept[HEAD_BYTES:]).decode(errors="replace"), mark_word

    def _take_mark(self, kept: bytes) -> tuple[bytes, str]:
        at = kept.rfind(b"\n" + self.mark + b" ", max(0, len(kept) - MARK_SEARCH_BYTES))
        if at < 0:
            return kept, ""
        line, _, after = kept[at + 1 :].partition(b"\n")
        return kept[:at] + after, line.removeprefix(self.mark).strip().decode(errors="replace")
