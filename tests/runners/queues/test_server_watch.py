"""A worker tells what its llama-servers do, whatever they answer, and whether they do."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from fake_models.llama_load import BUSY_SLOT, LlamaLoad, metrics, route, serve_load

from bot.config.machine import Settings
from bot.models.bounded_request import Limits
from bot.models.llama_server import watched_servers
from bot.models.llama_server.server_process import SOCKET_NAME
from bot.models.llama_server.watched_servers import WatchedServer, list_watched
from bot.models.server_load import read_loads
from runners.queues.activity import format_activity, parse_activity, parse_servers
from runners.queues.server_pace import LOOK_SECONDS, Pace
from runners.queues.server_watch import ServerState, ServerWatch

HUGE = "9" * 65_536


@dataclass
class Watched:
    """A stand-in, and who looks at it; `clock` is what time it is."""

    load: LlamaLoad
    watch: ServerWatch
    clock: list[float]
    at_work: list[bool]
    ticks: list[float]

    def look(self) -> ServerState | None:
        """After so long that each is looked at."""
        self.ticks[0] += 1000
        self.watch.look()
        (state,) = self.watch.states or (None,)
        return state


def settings_of(url: str, **more: object) -> Settings:
    tier = {"models": ["openai-chat:coder"], "base_url": f"{url}/v1", **more}
    return Settings.model_validate({"tiers": {"local": tier}, "lanes": [{"name": "gpu-0"}]})


@pytest.fixture
def watched(monkeypatch: pytest.MonkeyPatch) -> Iterator[Watched]:
    monkeypatch.setattr(watched_servers, "LIMITS", Limits(0.3, 0.3, 1 << 20))
    with serve_load() as load:
        clock, at_work, ticks = [1000.0], [True], [0.0]
        settings = settings_of(load.url)
        watch = ServerWatch(settings, lambda: at_work[0], lambda: clock[0], lambda: ticks[0])
        yield Watched(load, watch, clock, at_work, ticks)


def test_slots_cached_tokens_and_rates_are_told(watched: Watched) -> None:
    """Rates are of what was done since the look before; while nothing ends they stay."""
    first = ServerState("local", "coder", ("gpu-0",), 1, 2, 1200, 900, 500.0, 50.0)
    assert watched.look() == first
    assert watched.look() == first
    watched.load.answers["/metrics"] = metrics(1800, 3, 130, 3)
    after = watched.look()
    assert after
    assert (after.read, after.written) == (800.0, 40.0)
    watched.load.answers["/metrics"] = metrics(10, 1, 7, 1)  # started anew
    again = watched.look()
    assert again
    assert (again.read, again.written) == (10.0, 7.0)


def test_while_nothing_is_built_no_server_is_kept_awake(watched: Watched) -> None:
    """Then only what neither wakes it nor counts as work is asked for."""
    watched.at_work[0] = False
    assert watched.look() == ServerState("local", "coder", ("gpu-0",), slots=2)
    watched.load.answers["/props"]["is_sleeping"] = True
    watched.at_work[0] = True
    assert (state := watched.look())
    assert state.note == "sleeps until it is asked"
    assert set(watched.load.asked) == {"/props"}


def test_since_when_it_does_not_answer_is_told_until_it_does(watched: Watched) -> None:
    """Also of one that sends a byte at a time: each look has its end."""
    assert (state := watched.look())
    assert not state.silent
    watched.load.drips = True
    for now in (1010.0, 1020.0):
        watched.clock[0] = now
        assert watched.look() == ServerState("local", "coder", ("gpu-0",), silent=1010)
    watched.load.drips = False
    assert (state := watched.look())
    assert not state.silent


@pytest.mark.parametrize(
    ("path", "answer"),
    [
        ("/slots", HUGE),
        ("/slots", [{"is_processing": "true"}, 7, None]),
        ("/slots", {"error": {"code": 501}}),
        ("/slots", [BUSY_SLOT | {"n_prompt_tokens": "x" * 65_536, "n_prompt_tokens_cache": -1}]),
        ("/slots", [BUSY_SLOT | {"n_prompt_tokens_processed": [1], "n_prompt_tokens_cache": True}]),
        ("/slots", "[" * 65_536),
        ("/metrics", f"llamacpp:prompt_tokens_total {HUGE}\n" * 2),
        ("/metrics", metrics(float("nan"), 1, 1, 1)),
        ("/metrics", metrics(-5, float("inf"), 1, 1)),
        ("/metrics", {"a": "b"}),
        ("/props", {"default_generation_settings": 3, "total_slots": HUGE}),
    ],
)
def test_what_has_another_form_counts_as_not_told(
    watched: Watched, path: str, answer: object
) -> None:
    """The rest is told; and what is told can be read by whoever shows it."""
    watched.load.answers[path] = answer
    assert (state := watched.look())
    assert not state.silent
    assert state.cached <= state.prompt
    assert parse_servers(format_activity({}, watched.watch.states)) == (state,)


def test_a_server_of_another_kind_is_not_told_of(watched: Watched) -> None:
    """Neither while it answers nor when it is gone."""
    watched.load.answers["/props"] = {"error": "not found"}
    assert watched.look() is None
    watched.load.drips = True
    assert watched.look() is None


def test_one_that_has_not_answered_yet_is_named_by_its_address_until_it_has(
    watched: Watched,
) -> None:
    """Nobody knows whether it is a llama-server; once it was one, its silence is that one's."""
    watched.load.drips = True
    watched.watch.settings = settings_of(watched.load.url.replace("//", "//mona:s3cret@"))
    told = watched.load.url.removeprefix("http://")
    silent = ServerState("local", "coder", ("gpu-0",), silent=1000, address=told)
    assert watched.look() == silent
    watched.clock[0] = 1500
    assert watched.look() == silent
    watched.load.drips = False
    assert (state := watched.look())
    assert (state.address, state.slots) == ("", 2)
    watched.load.drips = True
    assert watched.look() == ServerState("local", "coder", ("gpu-0",), silent=1500)
    assert parse_servers(format_activity({}, (silent,))) == (silent,)


def test_a_router_is_asked_of_each_tiers_model_and_loads_none_for_it(watched: Watched) -> None:
    """What is not loaded stays so, and which models are loaded is told."""
    route(watched.load, {"coder": "loaded", "big": "unloaded", "vision": "sleeping"})
    tier = {"base_url": f"{watched.load.url}/v1"}
    names = {"local": "coder", "senior": "big", "planner": "vision", "reviewer": "none"}
    tiers = {name: {**tier, "models": [f"openai-chat:{model}"]} for name, model in names.items()}
    lanes = [{"name": "gpu-0"}]
    watched.watch.settings = Settings.model_validate({"tiers": tiers, "lanes": lanes})
    watched.ticks[0] += 1000
    watched.watch.look()
    which = "routes to 3 models, loaded: coder, vision"
    coder = ServerState("local", "coder", ("gpu-0",), 1, 2, 1200, 900, 500.0, 50.0, note=which)
    others = [
        ("senior", "big", "loads its model once it is asked"),
        ("planner", "vision", "sleeps until it is asked"),
        ("reviewer", "none", "has no model of that name"),
    ]
    told = (ServerState(*each[:2], ("gpu-0",), note=f"{each[2]}; {which}") for each in others)
    assert sorted(map(str, watched.watch.states)) == sorted(map(str, (coder, *told)))
    assert all("autoload=false" in path for path in watched.load.asked if "?" in path)
    assert not any("model=big" in path or "model=vision" in path for path in watched.load.asked)


@pytest.mark.parametrize(
    ("state", "told"),
    [
        ("loading", "loads its model"),
        ("downloading", "downloads its model"),
        ("failed", "its model did not load: its process ended with 1"),
        ("of another day", ""),
    ],
)
def test_what_a_routed_model_does_in_place_of_answering_is_told(
    watched: Watched, state: str, told: str
) -> None:
    route(watched.load, {"coder": state})
    assert (found := watched.look())
    assert found.note == "; ".join(filter(None, (told, "routes to 1 model, none loaded")))


def test_a_list_of_another_form_is_no_list(watched: Watched) -> None:
    route(watched.load, {"coder": "loaded"})
    for strange in (HUGE, {"data": [7, {"id": 3}, {"id": "coder", "status": [1]}]}, "[" * 65_536):
        watched.load.answers["/models"] = strange
        assert (found := watched.look())
        assert not found.slots


def test_a_server_is_looked_at_as_often_as_there_is_something_to_see(watched: Watched) -> None:
    """Often while there is work, at once where it begins, and ever less where nothing answers."""
    watched.at_work[0] = False
    counts = []
    for at_work, seconds in ((False, 60), (True, 60)):
        watched.at_work[0] = at_work
        before = len(watched.load.asked)
        for _ in range(int(seconds / LOOK_SECONDS)):
            watched.ticks[0] += LOOK_SECONDS
            watched.watch.look()
        counts.append(watched.load.asked[before:].count("/props"))
    assert counts == [2, 12]


@pytest.mark.parametrize(("at_work", "most"), [(True, 20), (False, 120)])
def test_one_that_does_not_answer_is_asked_ever_less(at_work: bool, most: float) -> None:
    pace, now, pauses = Pace(), 0.0, []
    pace.note_work(at_work=at_work)
    for _ in range(8):
        began = now
        pace.note_look("a", now, answered=False)
        while not pace.is_due("a", now):
            now += 1
        pauses.append(now - began)
    assert pauses[:2] == [5, 10]
    assert pauses[-1] == most
    pace.note_look("a", now, answered=True)
    pace.note_look("a", now, answered=False)
    assert pace.is_due("a", now + 5)


def test_one_that_loads_its_model_says_so(watched: Watched) -> None:
    watched.load.status = 503
    assert (state := watched.look())
    assert state.note == "loads its model"


def test_one_of_our_own_is_asked_on_its_socket(tmp_path: Path) -> None:
    with serve_load(tmp_path / SOCKET_NAME) as served:
        server = WatchedServer("local", "m.gguf", ("gpu-0",), folder=tmp_path)
        (load,) = read_loads(server.get, ("m.gguf",), at_work=True).values()
    assert (load.busy, load.slots) == (1, 2)
    assert served.asked == ["/props", "/slots", "/metrics"]


def test_the_key_of_the_tier_is_sent(watched: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LLAMA_KEY", "s3cret")
    watched.watch.settings = settings_of(watched.load.url, api_key_env="LLAMA_KEY")
    watched.look()
    assert set(watched.load.keys) == {"Bearer s3cret"}


def test_no_server_of_somebody_else_is_asked() -> None:
    """Only those of this machine and its network, each once with all its lanes."""
    lanes = [{"name": "a"}, {"name": "b"}, {"name": "c", "base_url": "http://10.0.0.7:1/v1"}]
    tiers = {
        "local": {"models": ["openai-chat:m"], "base_url": "http://127.0.0.1:9/v1"},
        "senior": {"models": ["openai-chat:m"], "base_url": "https://api.example.com/v1"},
        "planner": {"models": ["anthropic:m"]},
    }
    found = list_watched(Settings.model_validate({"lanes": lanes, "tiers": tiers}))
    told = [(each.url, each.lanes) for each in found]
    assert told == [("http://127.0.0.1:9", ("a", "b")), ("http://10.0.0.7:1", ("c",))]


@pytest.mark.parametrize(
    "servers",
    [3, [3], [{}], [{"tier": 1}], {"a": 1}, "x" * 65_536, [{"lanes": ["a"], "silent": 1e300}]],
)
def test_what_a_strange_worker_tells_shows_nothing(servers: object) -> None:
    text = json.dumps({"servers": servers, "7#1": {}})
    assert parse_servers(text) == ()
    assert [each.ticket for each in parse_activity(text)] == ["7#1"]
