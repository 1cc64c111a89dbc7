"""The lines of a page that is written down, each behind the marks of what it stands in."""

from collections.abc import Sequence
from dataclasses import dataclass, field

MAX_PREFIXES = 12
"""Quotations and items within each other; the marks of what is deeper are left out."""


@dataclass(slots=True)
class _Container:
    """A quotation or an item: what stands before its first line, and before the others."""

    first: str
    rest: str
    used: bool = False


@dataclass(slots=True)
class PageLines:
    _lines: list[str] = field(default_factory=list)
    _containers: list[_Container] = field(default_factory=list)
    _gap: bool = False

    def render(self) -> str:
        return "\n".join(self._lines)

    def enter(self, first: str, rest: str) -> bool:
        """False where what is entered is too deep: then there is nothing to leave."""
        if len(self._containers) == MAX_PREFIXES:
            return False
        self._containers.append(_Container(first, rest))
        return True

    def leave(self) -> None:
        self._containers.pop()

    def begin_with(self, first: str) -> None:
        """The first line of what was entered last begins so."""
        if self._containers:
            self._containers[-1].first = first

    def leave_gap(self) -> None:
        """Before the next line, if there is one."""
        self._gap = True

    def put(self, lines: Sequence[str]) -> None:
        if not lines:
            return
        if self._gap and self._lines:
            self._lines.append("".join(c.rest for c in self._containers if c.used).rstrip())
        self._gap = False
        for line in lines:
            self._lines.append(f"{self._take_prefix()}{line}".rstrip())

    def _take_prefix(self) -> str:
        prefix = ""
        for container in self._containers:
            prefix += container.rest if container.used else container.first
            container.used = True
        return prefix
