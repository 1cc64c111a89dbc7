"""The threads of `serve`: they empty the inbox, advance tickets, keep time and sweep."""

import json
import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace

from bot.github.errors import (
    AccountError,
    GitHubError,
    MissingPermissionError,
    OutageError,
    find_retry_time,
)
from bot.github.rate_limits import MAX_LIMIT_SECONDS
from bot.github.webhooks import MalformedError, parse_event
from bot.logs.fields import add_log_fields, log_fields
from bot.machine_faults import find_machine_fault
from bot.storage.leader import TakenOverError
from bot.storage.tickets import Delivery
from bot.ticket.model import FOREVER, Ticket
from handlers.count_deaths import handle_counted
from handlers.dispatch import dispatch_event
from handlers.notify_loop import open_notifier
from handlers.owner_commands import OWNER_EVENT, run_owner_command
from handlers.redeliver import REDELIVER_SECONDS, redeliver_failed
from handlers.sweep import sweep
from runners.log_failure import log_failure
from runners.supervisor import Supervisor
from runners.tickets.advance import advance_ticket
from runners.tickets.services import Services
from runners.tickets.status_sync import sync_in_thread

log = logging.getLogger("bricklayer")
# They wait for GitHub and for worker processes, so there may be more of them than cores.
TICKET_THREADS = 6
TELLING_THREADS = 3
"""They write comments of tickets that are being looked at, so `/status` waits for no plan."""
FAULT_SECONDS = 5.0
"""Until what met a fault of ours, or of the database, is tried again."""
MIN_REST_SECONDS = 1.0
"""Between two looks at a ticket that nobody has woken."""
MIN_STEP_SECONDS = 30.0
"""Of a clock that is set back: less is waited for."""
CLOCK_SECONDS = 1.0
"""Between two looks at which tickets are due, at the most. What is added meanwhile is due no sooner
than `MIN_REST_SECONDS` later, so it is seen in time."""
SHORTEST_REST_SECONDS = 0.05
INBOX_SECONDS = 1.0
"""Between two looks at the inbox, into which other processes write, too."""
HANDLING_SECONDS = 10.0
"""For what is being handled when the process is told to end: a request to GitHub or two."""
# Each pause is twice the one before: together some minutes.
MAX_TRIES = 8
MAX_OUTAGE_SECONDS = 3 * 86_400.0
"""How old a delivery may be that waits for the end of an outage; later the sweep finds it."""
REMEMBERED_SECONDS = 4 * 86_400.0
"""The id of a delivery is remembered; GitHub can redeliver for three days.

https://docs.github.com/en/webhooks/testing-and-troubleshooting-webhooks/redelivering-webhooks
"""


class Worker:
    """`start` and `stop` once each. A ticket is advanced by one thread at a time."""

    def __init__(self, services: Services, supervisor: Supervisor | None = None) -> None:
        self.services = services
        services.wake = self.wake
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._busy: dict[str, bool] = {}
        self._due_at: dict[str, float] = {}
        self._retry_at: dict[str, float] = {}
        self._outlived: set[str] = set()
        self._redeliver_at = 0.0
        self._clock_seen = (services.now(), time.monotonic())
        self._pool = ThreadPoolExecutor(TICKET_THREADS, thread_name_prefix="ticket")
        self._telling = ThreadPoolExecutor(TELLING_THREADS, thread_name_prefix="telling")
        supervisor = supervisor or Supervisor()
        self._inbox = supervisor.add("inbox", while_leading(self._drain_inbox))
        self._clock = supervisor.add("clock", while_leading(self._run_clock))
        self._sweep = supervisor.add("sweep", while_leading(self._run_sweep))
        self._loops = [self._inbox, self._clock, self._sweep]
        if notifier := open_notifier(services):
            notify = supervisor.add("notify", while_leading(notifier.take_turn))
            notifier.beat = notify.beat
            self._loops.append(notify)
        self._notifier = notifier

    def start(self) -> None:
        """Take up what was under way or is due; of the others the comment is looked at alone.

        GitHub is not asked about what waits: a thousand jobs would use up its calls of an hour.
        """
        now = self.services.now()
        waiting = []
        for ticket in self.services.tickets.list_tickets():
            if ticket.wake_at <= now:
                self.wake(ticket.key)
                continue
            self._due_at[ticket.key] = ticket.wake_at
            waiting.append(ticket.key)
        self._telling.submit(self._tell_all, waiting)
        for loop in self._loops:
            loop.start()

    def _tell_all(self, keys: Sequence[str]) -> None:
        """One after another, in one thread: a thousand must not keep others from being told."""
        for key in keys:
            if self._stop.is_set():
                return
            sync_in_thread(self.services, key)

    def stop(self) -> None:
        """Nothing new is begun; what runs is stopped and goes on with the next start."""
        self._stop.set()
        for loop in self._loops:
            loop.stop()
        self.services.stop_all()
        for pool in (self._pool, self._telling):
            pool.shutdown(wait=True, cancel_futures=True)
        # What is cut off while it is handled counts as what ended this process.
        ends_at = time.monotonic() + HANDLING_SECONDS
        for loop in (self._inbox, self._sweep):
            loop.join(max(0.0, ends_at - time.monotonic()))

    def signal_delivery(self) -> None:
        self._inbox.nudge()

    def wake(self, key: str) -> None:
        """Have the ticket looked at, once more if it is being looked at right now."""
        # Written down first: after a kill the next start finds that it is due. A look at its time
        # is not written down, so whoever finds a time there knows that no event came since.
        with suppress(KeyError):
            self.services.tickets.change_ticket(key, _make_due)
        self._submit(key)

    def _submit(self, key: str) -> None:
        with self._lock:
            if self._stop.is_set():
                return
            again = key in self._busy
            self._busy[key] = again
            self._due_at.pop(key, None)
        # A look may take minutes, while GitHub hangs: what was asked meanwhile is shown at once.
        if again:
            self._telling.submit(sync_in_thread, self.services, key)
        else:
            self._pool.submit(self._advance, key)

    def _advance(self, key: str) -> None:
        again = True
        while again and not self._stop.is_set():
            due_at = self._advance_once(key)
            with self._lock:
                again = self._busy.get(key, False)
                self._busy[key] = False
                if not again:
                    self._busy.pop(key, None)
                    self._due_at[key] = due_at

    def _find_due_time(self, ticket: Ticket) -> float:
        """Not at once again where a look has changed nothing, as while the machine is halted."""
        soonest = self.services.now() + MIN_REST_SECONDS
        return max(ticket.wake_at, soonest) if ticket.wake_at else 0.0

    def _advance_once(self, key: str) -> float:
        """When the clock is to wake it, in seconds since 1970; 0 for never."""
        with log_fields(ticket=key):
            return self._advance_named(key)

    def _advance_named(self, key: str) -> float:
        try:
            ticket = advance_ticket(self.services, key)
            return self._find_due_time(ticket) if ticket else 0.0
        except TakenOverError as exc:
            log.warning("%s: nothing is done for it: %s", key, exc)
            return 0.0
        except BaseException as exc:  # noqa: BLE001  # a thread's boundary
            log_failure(exc, key)
            return self.services.now() + FAULT_SECONDS

    def _run_clock(self) -> float:
        """Every ticket that is due is woken, whatever became of the one before it."""
        fault: BaseException | None = None
        now = self.services.now()
        self._follow_clock(now)
        with self._lock:
            due = [key for key, at in self._due_at.items() if 0 < at <= now]
            next_at = min((at for at in self._due_at.values() if at > now), default=FOREVER)
        for key in due:
            try:
                self._submit(key)
            except Exception as exc:  # noqa: BLE001  # raised below, for the supervisor
                fault = exc
        if fault:
            raise fault
        return max(SHORTEST_REST_SECONDS, min(next_at - self.services.now(), CLOCK_SECONDS))

    def _follow_clock(self, now: float) -> None:
        """A clock that is set back delays nothing: what was due in five seconds still is."""
        elapsed = time.monotonic()
        seen, at = self._clock_seen
        self._clock_seen = (now, elapsed)
        back = seen + (elapsed - at) - now
        if back < MIN_STEP_SECONDS:
            return
        log.warning("this machine's clock was set back by %.0f seconds", back)
        with self._lock:
            moved = {key: at - back for key, at in self._due_at.items() if 0 < at < FOREVER}
            self._due_at.update(moved)

    def _drain_inbox(self) -> float:
        return INBOX_SECONDS if self._handle_inbox() else 0.0

    def _handle_inbox(self) -> bool:
        """Whether nothing waited there."""
        now = self.services.now()
        # What is further away was noted before this machine's clock was set back.
        last = now + MAX_LIMIT_SECONDS
        postponed = [name for name, at in self._retry_at.items() if now < at <= last]
        waiting = self.services.tickets.list_waiting(postponed)
        self.services.tickets.settle_deliveries(dict(self._handle_waiting(waiting)))
        return not waiting

    def _handle_waiting(self, waiting: Sequence[Delivery]) -> Iterator[tuple[str, str]]:
        """Deliveries that are done with; after a kill, those not stored so are handled again."""
        tickets, outlived = self.services.tickets, self._outlived
        for name, outcome in handle_counted(tickets, waiting, self._handle, outlived):
            self._inbox.beat()
            if outcome:
                self._retry_at.pop(name, None)
                yield name, outcome

    def _handle(self, delivery: Delivery) -> str:
        """How it ended; empty where it is tried again."""
        with log_fields(delivery=delivery.id):
            return self._handle_named(delivery)

    def _handle_named(self, delivery: Delivery) -> str:
        if self._stop.is_set():
            return ""
        try:
            return self._dispatch(delivery)
        except OutageError as exc:
            return self._wait_out(delivery, exc)
        except MissingPermissionError as exc:
            return self._wait_out(delivery, AccountError(exc.what, hint=exc.hint))
        except TakenOverError:
            raise  # whoever leads now handles it
        except Exception as exc:  # noqa: BLE001  # tried again, then logged and left
            return self._retry(delivery, exc)

    def _retry(self, delivery: Delivery, exc: Exception) -> str:
        if fault := find_machine_fault(exc):
            return self._wait_out(delivery, OutageError(str(fault)))
        log.warning("delivery %s: %s", delivery.id, type(exc).__name__, exc_info=exc)
        if delivery.tries >= MAX_TRIES:
            return type(exc).__name__
        self.services.tickets.record_failure(delivery.id, type(exc).__name__)
        self._retry_at[delivery.id] = self.services.now() + 2.0**delivery.tries
        return ""

    def _dispatch(self, delivery: Delivery) -> str:
        if delivery.event == OWNER_EVENT:
            return run_owner_command(self.services, delivery)
        return handle_delivery(delivery, lambda event: dispatch_event(self.services, event))

    def _wait_out(self, delivery: Delivery, exc: OutageError) -> str:
        """Not counted as a try: it is not the delivery that fails."""
        now = self.services.now()
        if now - delivery.at > MAX_OUTAGE_SECONDS:
            return type(exc).__name__
        log.warning("delivery %s: it waits: %s", delivery.id, exc)
        self._retry_at[delivery.id] = find_retry_time(exc, delivery.at, now)
        return ""

    def _run_sweep(self) -> float:
        self.services.tickets.delete_before(self.services.now() - REMEMBERED_SECONDS)
        try:
            if time.monotonic() >= self._redeliver_at:
                self._redeliver_at = time.monotonic() + REDELIVER_SECONDS
                redeliver_failed(self.services)
            failures = [*sweep(self.services, beat=self._sweep.beat).values()]
        except GitHubError as exc:
            log.warning("sweep: %s", exc)
            failures = [exc]
        if self._notifier:
            self._notifier.is_refused = any(isinstance(exc, AccountError) for exc in failures)
        return self.services.settings.github.sweep_seconds


def _make_due(ticket: Ticket) -> Ticket:
    return replace(ticket, wake_at=0.0) if ticket.wake_at else ticket


def while_leading(turn: Callable[[], float]) -> Callable[[], float]:
    """Nothing is logged as a fault where another process leads now: this loop is about to end."""

    def take_turn() -> float:
        try:
            return turn()
        except TakenOverError as exc:
            log.warning("%s: %s", turn.__name__.strip("_"), exc)
            return FAULT_SECONDS

    return take_turn


def handle_delivery(delivery: Delivery, dispatch: Callable[..., None]) -> str:
    """Parse a delivery and dispatch its event; how that ended, in a word."""
    try:
        event = parse_event(delivery.event, json.loads(delivery.body))
    except (ValueError, RecursionError, MalformedError) as exc:
        log.warning("delivery %s (%s): %s", delivery.id, delivery.event, exc)
        return "malformed"
    if event is None:
        log.info("delivery %s (%s): not for us", delivery.id, delivery.event)
        return "ignored"
    add_log_fields(repository=event.where.repo)
    dispatch(event)
    return "done"
