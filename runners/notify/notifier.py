"""One turn of telling people: what is needed is noted, a night that is over too, then all is sent.

What is needed follows from the tickets as they are at each turn, so nothing is lost by a kill, and
what a person has answered meanwhile is not told.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from bot.config.machine import Settings
from bot.errors import DiskFloorError
from bot.storage.notifications import Notification, NotificationState, NotificationStore
from bot.storage.tickets import TicketStore
from bot.ticket.keys import server_fault_mark
from bot.ticket.model import OutageKind, Ticket
from runners.dashboard.morning import MorningReport, find_last_evening, read_morning
from runners.dashboard.morning_text import format_empty, format_morning, summarize
from runners.disk_floor import require_free_disk
from runners.history.open_history import OpenHistory
from runners.notify.channels import Send
from runners.notify.deliver import Delivery
from runners.notify.needs import Need, find_needs, find_server_faults, make_server_need
from runners.notify.night import QUIET_SECONDS, find_night, find_set_time, is_any_working

TURN_SECONDS = 15.0
GATHER_SECONDS = 20.0
"""What comes within so long goes out as one message."""
EPISODE_SECONDS = 3600.0
"""A fault of the server that comes back sooner is the same one, and is not told again."""
_SEEN_SECONDS = 60.0
MAX_SPAN_SECONDS = 7 * 86_400.0
_DAY_SECONDS = 86_400.0


@dataclass(slots=True)
class Notifier:
    """For one thread. `is_refused`: GitHub did not let the last sweep in.

    `find_secrets` gives what must be in no message, `beat` is called before each channel.
    """

    settings: Settings
    store: NotificationStore
    marks: TicketStore
    read_tickets: Callable[[], Sequence[Ticket]]
    channels: Mapping[str, Send]
    find_secrets: Callable[[], Sequence[str]]
    history: OpenHistory
    now: Callable[[], float]
    beat: Callable[[], None] = lambda: None
    is_refused: bool = False
    _quiet_since: float | None = None
    _looked: tuple[str, float] = ("", 0.0)
    _cleaned: float = 0.0

    def take_turn(self) -> float:
        """Seconds to rest. Raises what is wrong with one channel once all had their turn."""
        now, tickets = self.now(), self.read_tickets()
        needs = self._find_needs(tickets, now) if self.settings.notify.needed else {}
        self._note("needed", dict.fromkeys(needs, ""), now)
        self._note_night(tickets, now)
        self._deliver_all(needs, now)
        if not 0 <= now - self._cleaned < _DAY_SECONDS:
            self.store.delete_settled(now - self.settings.keep.history * _DAY_SECONDS, needs.keys())
            self._cleaned = now
        return TURN_SECONDS

    def _find_needs(self, tickets: Sequence[Ticket], now: float) -> dict[str, Need]:
        faults = dict.fromkeys(find_server_faults(tickets, now))
        if self.is_refused:
            faults["account"] = None
        try:
            require_free_disk(self.settings)
        except DiskFloorError:
            faults["disk"] = None
        server = [make_server_need(kind, self._find_since(kind, now)) for kind in faults]
        needs = find_needs(tickets, self.settings.github.api_url)
        return {need.key: need for need in server} | needs

    def _find_since(self, kind: OutageKind, now: float) -> float:
        """When this fault began: it is told once, however often the server is started meanwhile."""
        mark = server_fault_mark(kind)
        since, seen = (float(part) for part in (self.marks.read_mark(mark) or "0 0").split())
        if not 0 <= now - seen <= EPISODE_SECONDS:
            since, seen = now, 0.0
        if now - seen > _SEEN_SECONDS:
            self.marks.write_mark(mark, f"{since:.0f} {now:.0f}")
        return round(since)

    def _note(
        self,
        kind: str,
        bodies: Mapping[str, str],
        now: float,
        state: NotificationState = NotificationState.WAITING,
    ) -> None:
        gather = GATHER_SECONDS if kind == "needed" else 0.0
        self.store.note(
            Notification(key, name, kind, now, body, state, due=now + gather)  # type: ignore[arg-type]
            for key, body in bodies.items()
            for name in self.channels
        )

    def _note_night(self, tickets: Sequence[Ticket], now: float) -> None:
        wanted = self.settings.notify.night_over
        if wanted == "idle":
            self._note_idle_night(tickets, now)
        elif wanted != "off":
            name = find_set_time(now, wanted)
            if name and not self.store.is_known(name):
                self._note_report(name, self._read_report(now), now)

    def _note_idle_night(self, tickets: Sequence[Ticket], now: float) -> None:
        if is_any_working(tickets):
            self._quiet_since = None
            return
        if self._quiet_since is None or self._quiet_since > now:
            self._quiet_since = now
        night = find_night(now)
        if night is None or now - self._quiet_since < QUIET_SECONDS:
            return
        name, began = night
        if self._looked == (name, self._quiet_since) or self.store.is_known(name):
            return
        self._looked = (name, self._quiet_since)
        if not read_morning(self.history, began, now).is_empty:
            self._note_report(name, self._read_report(now), now)

    def _read_report(self, now: float) -> MorningReport:
        """Since the last one that was told, so that nothing falls between two."""
        last = self.store.find_newest("night_over")
        since = last if 0 < now - last <= MAX_SPAN_SECONDS else find_last_evening(now)
        return read_morning(self.history, since, now)

    def _note_report(self, name: str, report: MorningReport, now: float) -> None:
        """Where nothing was done it is noted as well: it is not looked at again."""
        if not report.is_empty:
            body, state = format_morning(report), NotificationState.WAITING
        else:
            told = self.settings.notify.empty_nights
            state = NotificationState.WAITING if told else NotificationState.DROPPED
            body = format_empty(report)
        self._note("night_over", {name: f"{summarize(report)}\n{body}"}, now, state)

    def _deliver_all(self, needs: Mapping[str, Need], now: float) -> None:
        fault: Exception | None = None
        waiting, secrets = self.store.list_waiting(), self.find_secrets()
        for name, send in self.channels.items():
            self.beat()
            own = [row for row in waiting if row.channel == name]
            try:
                Delivery(self.store, name, send, needs, secrets).deliver(own, now)
            except Exception as exc:  # noqa: BLE001  # raised below, for the supervisor
                fault = exc
        if fault:
            raise fault
