"""A worker tells what its llama-servers do, whatever they answer, and whether they do."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from fake_models.llama_load import BUSY_SLOT, LlamaLoad, metrics, serve_load

from bot.config.machine import Settings
from bot.models.bounded_request import Limits
from bot.models.llama_server import watched_servers
from bot.models.llama_server.server_process import SOCKET_NAME
from bot.models.llama_server.watched_servers import WatchedServer, list_watched
from bot.models.server_load import read_load
from runners.queues.activity import format_activity, parse_activity, parse_servers
from runners.queues.server_watch import ServerState, ServerWatch

HUGE = "9" * 65_536


@dataclass
class Watched:
    """A stand-in, and who looks at it; `clock` is what time it is."""

    load: LlamaLoad
    watch: ServerWatch
    clock: list[float]
    at_work: list[bool]

    def look(self) -> ServerState | None:
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
        clock, at_work = [1000.0], [True]
        settings = settings_of(load.url)
        watch = ServerWatch(settings, lambda: at_work[0], lambda: clock[0])
        yield Watched(load, watch, clock, at_work)


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
    watched.load.answers["/props"] = {"error": "not found"}
    assert watched.look() is None


def test_one_that_loads_its_model_says_so(watched: Watched) -> None:
    watched.load.status = 503
    assert (state := watched.look())
    assert state.note == "loads its model"


def test_one_of_our_own_is_asked_on_its_socket(tmp_path: Path) -> None:
    with serve_load(tmp_path / SOCKET_NAME) as served:
        server = WatchedServer("local", "m.gguf", ("gpu-0",), folder=tmp_path)
        load = read_load(server.get, at_work=True)
    assert load
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
