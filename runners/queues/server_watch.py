"""What a worker's own model servers are doing, looked at beside its heartbeat, which tells of it.

One look for all who watch, by the machine that can reach them: some listen on a socket there.
"""

import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field, fields, replace

from bot.config.machine import Settings
from bot.models.llama_server.watched_servers import WatchedServer, list_watched
from bot.models.server_load import Counters, ServerLoad, compute_rates, read_loads
from runners.queues.server_pace import LOOK_SECONDS, Pace

THREADS = 8
MAX_NAME_CHARACTERS = 120
MAX_TOLD_NUMBER = 2e11
"""As seconds since 1970 still a date."""
_TEXTS = frozenset({"tier", "model", "note", "address"})


@dataclass(frozen=True, slots=True)
class ServerState:
    """`read` and `written` are tokens a second, of prompts and of answers; 0 where none is known.

    `silent` is since when it does not answer, in seconds since 1970; 0 where it does. `address` is
    its host and port where it has not answered since this was begun: of what kind it is, nobody
    knows then. The other fields are as in `ServerLoad`.
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
    address: str = ""


@dataclass(slots=True)
class ServerWatch:
    """`look` is a turn of a loop of its own; `states` never waits for a server."""

    settings: Settings
    is_at_work: Callable[[], bool]
    now: Callable[[], float] = time.time
    clock: Callable[[], float] = time.monotonic
    states: tuple[ServerState, ...] = ()
    _pace: Pace = field(default_factory=Pace)
    _listed: tuple[Settings, list[WatchedServer]] | None = None
    _known: dict[str, tuple[ServerState, ...]] = field(default_factory=dict)
    _answered: set[str] = field(default_factory=set)
    _counters: dict[tuple[str, str], Counters] = field(default_factory=dict)

    def look(self) -> float:
        at_work, servers = self.is_at_work(), self._list_servers()
        self._pace.note_work(at_work=at_work)
        began = self.clock()
        due = [each for each in servers if self._pace.is_due(each.key, began)]
        if due:
            # Threads are made for those that are looked at alone: mostly for none.
            with ThreadPoolExecutor(min(THREADS, len(due)), "model server") as pool:
                looks = list(pool.map(lambda each: self._look_at(each, at_work=at_work), due))
            for server, states in zip(due, looks, strict=True):
                self._known[server.key] = states
                answered = not any(state.silent for state in states)
                self._pace.note_look(server.key, began, answered=answered)
        self.states = tuple(one for each in servers for one in self._known.get(each.key, ()))
        return LOOK_SECONDS

    def _list_servers(self) -> list[WatchedServer]:
        """Of the settings, once: it reads paths and commands of each tier and lane."""
        if self._listed is None or self._listed[0] is not self.settings:
            self._listed = (self.settings, list_watched(self.settings))
        return self._listed[1]

    def _look_at(self, server: WatchedServer, *, at_work: bool) -> tuple[ServerState, ...]:
        if not server.is_started:
            return ()
        tiers = server.tiers
        try:
            loads = read_loads(server.get, tuple(tiers), at_work=at_work)
        except OSError:
            return self._mark_silent(server)
        self._answered.add(server.key)
        return tuple(
            self._describe(server, (tiers[model], model), load) for model, load in loads.items()
        )

    def _mark_silent(self, server: WatchedServer) -> tuple[ServerState, ...]:
        before = self._known.get(server.key, ())
        since = next((state.silent for state in before if state.silent), round(self.now()))
        if server.url and server.key in self._answered and not before:
            return ()  # it is of another kind
        address = "" if server.key in self._answered else server.address
        state = _begin_state(server, (server.tier, server.model), silent=since)
        return (replace(state, address=address),)

    def _describe(
        self, server: WatchedServer, asked: tuple[str, str], load: ServerLoad
    ) -> ServerState:
        read, written = self._measure(server.key, asked[1], load.counters)
        return replace(
            _begin_state(server, asked, silent=0.0),
            busy=load.busy,
            slots=load.slots,
            prompt=load.prompt,
            cached=load.cached,
            read=read,
            written=written,
            note=load.note,
        )

    def _measure(self, key: str, model: str, counters: Counters | None) -> tuple[float, float]:
        """The newest rates that are known: a server counts a request once it has ended."""
        if counters is None:
            return 0.0, 0.0
        rates = compute_rates(counters, self._counters.get((key, model)))
        self._counters[key, model] = counters
        name = _cut_name(model)
        known = next((each for each in self._known.get(key, ()) if each.model == name), None)
        before = (known.read, known.written) if known else (0.0, 0.0)
        read, written = (round(a, 1) or b for a, b in zip(rates, before, strict=True))
        return read, written


def _begin_state(server: WatchedServer, asked: tuple[str, str], *, silent: float) -> ServerState:
    tier, model = asked
    return ServerState(tier, _cut_name(model), server.lanes, silent=silent)


def _cut_name(model: str) -> str:
    return model[-MAX_NAME_CHARACTERS:]


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
        # Workers of an earlier release do not tell each of them.
        value = found.get(each.name, "" if each.name == "address" else None)
        if each.name == "lanes":
            value = tuple(map(str, lanes)) if isinstance(lanes, list) else None
        elif each.name in _TEXTS:
            value = value if isinstance(value, str) else None
        else:
            value = value if _is_number(value) else None
        if value is None:
            return None
        values[each.name] = value
    return ServerState(**values)  # type: ignore[arg-type]  # looked at above
