"""The bytes a command writes: head and tail kept, our marks taken out."""

from dataclasses import dataclass, field

HEAD = 256 * 1024
TAIL = 768 * 1024
LAST = 4096  # the closing mark is looked for in this much of the end


@dataclass(slots=True)
class Capture:
    """Everything up to the line `MARK ready` is the sandbox speaking, what follows the command."""

    mark: bytes
    total: int = 0
    ready: bool = False
    preface: bytearray = field(default_factory=bytearray)
    _head: bytearray = field(default_factory=bytearray)
    _tail: bytearray = field(default_factory=bytearray)

    def feed(self, data: bytes) -> None:
        if not self.ready:
            data = self._until_ready(data)
        self.total += len(data)
        room = HEAD - len(self._head)
        self._head += data[:room]
        self._tail += data[room:]
        if len(self._tail) > 2 * TAIL:
            del self._tail[:-TAIL]

    def _until_ready(self, data: bytes) -> bytes:
        self.preface += data
        line = self.mark + b" ready\n"
        at = self.preface.find(line)
        if at < 0:
            del self.preface[HEAD:]
            return b""
        self.ready = True
        rest = bytes(self.preface[at + len(line) :])
        del self.preface[at:]
        return rest

    def finish(self) -> tuple[str, bool, str]:
        """The text, whether its middle is missing, and the word of the last mark (`disk`)."""
        tail = bytes(self._tail[-TAIL:])
        lost = self.total - len(self._head) - len(tail)
        kept = bytes(self._head) + tail
        kept, word = self._take_mark(kept)
        if not lost:
            return kept.decode(errors="replace"), False, word
        gap = f"\n... {lost} bytes left out ...\n".encode()
        return (kept[:HEAD] + gap + kept[HEAD:]).decode(errors="replace"), True, word

    def _take_mark(self, kept: bytes) -> tuple[bytes, str]:
        at = kept.rfind(b"\n" + self.mark + b" ", max(0, len(kept) - LAST))
        if at < 0:
            return kept, ""
        line, _, after = kept[at + 1 :].partition(b"\n")
        return kept[:at] + after, line.removeprefix(self.mark).strip().decode(errors="replace")
