"""Repeats what a lost connection to the database cut off, where that may be done twice."""

import functools
import logging
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import ParamSpec, TypeVar

import sqlalchemy as sa

log = logging.getLogger("bricklayer")
PAUSE_SECONDS = 1.0
"""A database that is started again takes connections after about that long."""
BUILD_PAUSES_SECONDS = (1.0, 2.0, 4.0, 8.0, 15.0, 30.0)
"""Of a build, which nobody waits for and which has more to lose: a minute for a restart."""
_IS_GIVEN_UP: ContextVar[Callable[[], object] | None] = ContextVar("given up", default=None)
P = ParamSpec("P")
T = TypeVar("T")


def repeat_if_lost(act: Callable[P, T]) -> Callable[P, T]:
    """Do it once more if the connection was lost: whether it was done is not known then.

    Only for what may be done twice. Raises what the last try raises.
    """
    return _repeat(act, _list_pauses)


@contextmanager
def waiting_as_a_build(is_given_up: Callable[[], object]) -> Iterator[None]:
    """What this thread repeats meanwhile is repeated for as long as a build would.

    Once what it does is given up, it waits no more.
    """
    token = _IS_GIVEN_UP.set(is_given_up)
    try:
        yield
    finally:
        _IS_GIVEN_UP.reset(token)


def _list_pauses() -> Iterator[float]:
    is_given_up = _IS_GIVEN_UP.get()
    if is_given_up is None:
        yield PAUSE_SECONDS
        return
    for pause in BUILD_PAUSES_SECONDS:
        if is_given_up():
            return
        yield pause


def wait_while_lost(act: Callable[P, T]) -> Callable[P, T]:
    """The same until the database is back, for a minute."""
    return _repeat(act, lambda: BUILD_PAUSES_SECONDS)


def _repeat(act: Callable[P, T], pauses: Callable[[], Iterable[float]]) -> Callable[P, T]:
    """`pauses` are in seconds, asked for at each call."""

    @functools.wraps(act)
    def repeated(*args: P.args, **kwargs: P.kwargs) -> T:
        for pause in pauses():
            try:
                return act(*args, **kwargs)
            except sa.exc.DBAPIError as exc:
                if not is_lost(exc):
                    raise
                log.warning("the database does not answer: %s is tried again", act.__name__)
            time.sleep(pause)
        return act(*args, **kwargs)

    return repeated


def tell_farewell(act: Callable[[], object]) -> None:
    """As a process ends: what the database has against it is logged, and found out by others."""
    try:
        act()
    except sa.exc.SQLAlchemyError as exc:
        log.warning("the database is not told that this process ends: %s", type(exc).__name__)


def is_lost(exc: sa.exc.DBAPIError) -> bool:
    # Without a statement it is about connecting: nothing was sent.
    # https://docs.sqlalchemy.org/en/20/core/exceptions.html#sqlalchemy.exc.DBAPIError
    return bool(exc.connection_invalidated or exc.statement is None)
