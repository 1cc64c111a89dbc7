"""Counts the looks at a ticket that were begun and never ended, so that none ends a third process.

That one began is written down before it begins. A ticket of which a process died is looked at
alone, so that none beside it is taken for the cause; one of which two died is set aside, until a
person says what is to become of it. What runs in a process of its own is not counted: it may take
hours, in which the machine may go down for any reason, and kills nothing else.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from bot.storage.tickets import TicketStore

MAX_DEATHS = 2
_ASIDE = MAX_DEATHS + 1
"""Written where others have how often it was begun."""


@dataclass(slots=True)
class _Turns:
    """Any number of looks at once, or one alone; whoever waits to be alone comes next."""

    _changed: threading.Condition = field(default_factory=threading.Condition)
    _running: int = 0
    _alone: bool = False
    _waiting: int = 0

    def begin(self, *, alone: bool) -> None:
        with self._changed:
            self._waiting += alone
            self._changed.wait_for(
                lambda: not self._alone and not (self._running if alone else self._waiting)
            )
            self._waiting -= alone
            self._alone = alone
            self._running += 1

    def end(self) -> None:
        with self._changed:
            self._running -= 1
            self._alone = False
            self._changed.notify_all()


@dataclass(slots=True)
class StepDeaths:
    """One for all threads of a process."""

    tickets: TicketStore
    _turns: _Turns = field(default_factory=_Turns)
    _outlived: set[str] = field(default_factory=set)
    """Begun by this process, which lives: their end may not have been written down."""
    _begun: set[str] = field(default_factory=set)

    def count(self, key: str) -> int:
        """How many processes died of it; `MAX_DEATHS` and more where none is to try again."""
        found = self.tickets.count_begun([_name(key)]).get(_name(key), 0)
        return 0 if key in self._outlived and found < _ASIDE else found

    def is_aside(self, key: str) -> bool:
        return self.count(key) >= _ASIDE

    def set_aside(self, key: str) -> None:
        self.tickets.begin({_name(key): _ASIDE})

    def forget(self, key: str) -> None:
        """A person wants it tried again."""
        self.tickets.end([_name(key)])

    @contextmanager
    def counted(self, key: str) -> Iterator[None]:
        """For a look at a ticket, of which it must be the only one."""
        self._begin(key, self.count(key))
        self._begun.add(key)
        try:
            yield
        finally:
            self._begun.discard(key)
            self._end(key)

    @contextmanager
    def uncounted(self, key: str) -> Iterator[None]:
        """Within a look: while what it waits for runs in a process of its own."""
        if key not in self._begun:
            yield
            return
        self.tickets.end([_name(key)])
        self._turns.end()
        try:
            yield
        finally:
            # The look goes on, and ends its turn itself, whatever the database says to this.
            self._turns.begin(alone=False)
            self.tickets.begin({_name(key): 1})

    def _begin(self, key: str, deaths: int) -> None:
        self._turns.begin(alone=deaths > 0)
        try:
            self._outlived.add(key)
            self.tickets.begin({_name(key): deaths + 1})
        except BaseException:
            self._turns.end()
            raise

    def _end(self, key: str) -> None:
        try:
            self.tickets.end([_name(key)])
        finally:
            self._turns.end()


def _name(key: str) -> str:
    return f"ticket:{key}"
