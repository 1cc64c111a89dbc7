"""What a worker's own model servers are doing, looked at beside its heartbeat, which tells of it.

One look for all who watch, by the machine that can reach them: some listen on a socket there.
"""

import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field, fields, replace

from bot.config.machine import Settings
from bot.models.llama_server.watched_servers import WatchedServer, list_watched
from bot.models.server_load import Counters, ServerLoad, compute_rates, read_load

LOOK_SECONDS = 5.0
THREADS = 8
MAX_NAME_CHARACTERS = 120
MAX_TOLD_NUMBER = 2e11
"""As seconds since 1970 still a date."""


@dataclass(frozen=True, slots=True)
class ServerState:
    """`read` and `written` are tokens a second, of prompts and of answers; 0 where none is known.

    `silent` is since when it does not answer, in seconds since 1970; 0 where it does.
    The other fields are as in `ServerLoad`.
    """

    tier: str
    model: str
    lanes: tuple[str, ...]
    busy: int = 0
    slots: int = 0
    prompt: int = 0
    cached: int = 0
    read: float = 0.0
    written: float = 0.0
    silent: float = 0.0
    note: str = ""


@dataclass(slots=True)
class ServerWatch:
    """`look` is a turn of a loop of its own; `states` never waits for a server."""

    settings: Settings
    is_at_work: Callable[[], bool]
    now: Callable[[], float] = time.time
    states: tuple[ServerState, ...] = ()
    _known: dict[str, ServerState] = field(default_factory=dict)
    _counters: dict[str, Counters] = field(default_factory=dict)

    def look(self) -> float:
        at_work, servers = self.is_at_work(), list_watched(self.settings)
        with ThreadPoolExecutor(THREADS, thread_name_prefix="model server") as pool:
            looks = list(pool.map(lambda each: self._look_at(each, at_work=at_work), servers))
        self.states = tuple(state for state in looks if state)
        return LOOK_SECONDS

    def _look_at(self, server: WatchedServer, *, at_work: bool) -> ServerState | None:
        key = server.key
        if not server.is_started:
            self._known.pop(key, None)
            return None
        try:
            load = read_load(server.get, at_work=at_work)
        except OSError:
            self._known[key] = self._mark_silent(server, self._known.get(key))
            return self._known[key]
        if load is None:
            return None
        self._known[key] = self._describe(server, key, load)
        return self._known[key]

    def _mark_silent(self, server: WatchedServer, before: ServerState | None) -> ServerState:
        since = before.silent if before and before.silent else round(self.now())
        return _begin_state(server, silent=since)

    def _describe(self, server: WatchedServer, key: str, load: ServerLoad) -> ServerState:
        read, written = self._measure(key, load.counters)
        state = _begin_state(server, silent=0.0)
        return replace(
            state,
            busy=load.busy,
            slots=load.slots,
            prompt=load.prompt,
            cached=load.cached,
            read=read,
            written=written,
            note=load.note,
        )

    def _measure(self, key: str, counters: Counters | None) -> tuple[float, float]:
        """The newest rates that are known: a server counts a request once it has ended."""
        if counters is None:
            return 0.0, 0.0
        rates = compute_rates(counters, self._counters.get(key))
        self._counters[key] = counters
        known = self._known.get(key)
        before = (known.read, known.written) if known else (0.0, 0.0)
        read, written = (round(a, 1) or b for a, b in zip(rates, before, strict=True))
        return read, written


def _begin_state(server: WatchedServer, *, silent: float) -> ServerState:
    name = server.model[-MAX_NAME_CHARACTERS:]
    return ServerState(server.tier, name, server.lanes, silent=silent)


def format_states(states: tuple[ServerState, ...]) -> list[dict[str, object]]:
    """As JSON has it, and `parse_states` takes it."""
    return [asdict(each) for each in states]


def parse_states(found: object) -> tuple[ServerState, ...]:
    """Those that are ours."""
    listed = found if isinstance(found, list) else []
    states = (_parse_one(each) for each in listed if isinstance(each, dict))
    return tuple(state for state in states if state)


def _is_number(value: object) -> bool:
    is_one = isinstance(value, int | float) and not isinstance(value, bool)
    return is_one and 0 <= value <= MAX_TOLD_NUMBER  # type: ignore[operator]


def _parse_one(found: Mapping[str, object]) -> ServerState | None:
    lanes = found.get("lanes")
    values: dict[str, object] = {}
    for each in fields(ServerState):
        value = found.get(each.name)
        if each.name == "lanes":
            value = tuple(map(str, lanes)) if isinstance(lanes, list) else None
        elif each.name in {"tier", "model", "note"}:
            value = value if isinstance(value, str) else None
        else:
            value = value if _is_number(value) else None
        if value is None:
            return None
        values[each.name] = value
    return ServerState(**values)  # type: ignore[arg-type]  # looked at above
