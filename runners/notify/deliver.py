"""Sends by one channel what waits for it: one batch at a time, again with pauses that grow."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.storage.notifications import Notification, NotificationState, NotificationStore
from runners.notify.channels import Send
from runners.notify.compose import bound, compose_needs, compose_night, name_batch
from runners.notify.message import ChannelError, Message
from runners.notify.needs import Need

log = logging.getLogger("bricklayer")
FIRST_PAUSE_SECONDS = 60.0
MAX_PAUSE_SECONDS = 3600.0
GIVEN_UP_SECONDS = 86_400.0
"""Since it was noted: what could not be told for a day is old."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One channel's part of a turn; `needs` are those of now, by key."""

    store: NotificationStore
    name: str
    send: Send
    needs: Mapping[str, Need]
    secrets: Sequence[str]

    def deliver(self, waiting: Sequence[Notification], now: float) -> None:
        """`waiting` are this channel's, the oldest first."""
        waiting = self._drop_answered(self._give_up(waiting, now))
        while rows := self._choose(waiting, now):
            if not self._send(rows, now):
                return  # what else waits goes out once this channel works again
            waiting = [row for row in waiting if row not in rows]

    def _give_up(self, waiting: Sequence[Notification], now: float) -> list[Notification]:
        old = [row for row in waiting if row.tries and now - row.at > GIVEN_UP_SECONDS]
        if old:
            told = "notify: %s: %d of what was to be told is given up after a day: %s"
            log.error(told, self.name, len(old), old[-1].said)
            self.store.settle(old, NotificationState.GIVEN_UP)
        return [row for row in waiting if row not in old]

    def _drop_answered(self, waiting: Sequence[Notification]) -> list[Notification]:
        """Somebody has done meanwhile what was to be told."""
        done = [row for row in waiting if row.kind == "needed" and row.key not in self.needs]
        if done:
            self.store.settle(done, NotificationState.DROPPED)
        return [row for row in waiting if row not in done]

    def _choose(self, waiting: Sequence[Notification], now: float) -> list[Notification]:
        """What goes out next as one message; empty where nothing is due.

        A batch that was begun comes first, and what came since waits until it has ended: so a
        channel that was down for hours sends two messages and not a hundred.
        """
        if begun := next((row.batch for row in waiting if row.batch), ""):
            rows = [row for row in waiting if row.batch == begun]
            return rows if _is_due(rows, now) else []
        oldest = next((row for row in waiting if _is_due([row], now)), None)
        if oldest is None:
            return []
        rows = [row for row in waiting if row.kind == "needed"]
        rows = rows if oldest.kind == "needed" else [oldest]
        self.store.begin_batch(rows, name_batch(self.name, (row.key for row in rows)))
        return rows

    def _send(self, rows: Sequence[Notification], now: float) -> bool:
        message = bound(self._compose(rows), self.secrets)
        self.store.require_lease()
        try:
            self.send(message)
        except ChannelError as exc:
            tries = max(row.tries for row in rows)
            pause = min(FIRST_PAUSE_SECONDS * 2.0 ** min(tries, 6), MAX_PAUSE_SECONDS)
            pause = min(max(pause, exc.retry_after), MAX_PAUSE_SECONDS)
            log.warning("notify: %s: tried again in %.0f min: %s", self.name, pause / 60, exc)
            self.store.postpone(rows, now + pause, str(exc))
            return False
        self.store.settle(rows, NotificationState.SENT)
        return True

    def _compose(self, rows: Sequence[Notification]) -> Message:
        name = rows[0].batch or name_batch(self.name, (row.key for row in rows))
        if rows[0].kind == "night_over":
            return compose_night(rows[0].body, name, rows[0].at)
        told = {row.key for row in rows}
        needs = [need for key, need in self.needs.items() if key in told]
        return compose_needs(needs, name, rows[0].at)


def _is_due(rows: Sequence[Notification], now: float) -> bool:
    """What is further away was noted before this machine's clock was set back."""
    due = max(row.due for row in rows)
    return due <= now or due > now + 2 * MAX_PAUSE_SECONDS
