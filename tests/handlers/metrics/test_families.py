"""The numbers are the tables', by Prometheus's rules, and name nobody."""

from collections.abc import Sequence

import pytest
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import Metric
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.registry import Collector
from support.counted import NOON, Counted

from bot.ledger import LedgerRow
from bot.models.spec import name_model
from bot.spending import Spent
from handlers.metrics.families import MAX_MODELS, list_own, list_read
from handlers.metrics.readings import OwnFacts

OWN = OwnFacts(lambda: True, lambda: {"inbox": 0.5, "sweep": 70.0}, lambda: ["sweep"])
SMALL = "llama-cpp:small.gguf"
# Base units, and no other: https://prometheus.io/docs/practices/naming/#base-units
UNITS = ("_seconds", "_bytes", "_tokens", "_cost")
COUNTED = {"jobs", "attention", "outages", "builds", "deliveries", "workers", "queue_works"}
COUNTED |= {"worker_lanes", "worker_works", "attempts", "calls", "cost"}
STATES = {"build_info", "leading", "halted", "database_up", "loop_stuck"}


LABELS = ("stage", "situation", "tier", "model", "outcome", "scope", "name", "state", "reason")
LABELS += ("kind", "worker", "loop", "queue", "phase", "version")


class Families(Collector):
    def __init__(self, families: Sequence[Metric]) -> None:
        self._families = families

    def collect(self) -> Sequence[Metric]:
        return self._families


def told(counted: Counted) -> str:
    registry = CollectorRegistry()
    registry.register(Families([*list_own(OWN), *list_read(counted.read())]))
    return generate_latest(registry).decode()


def parse(text: str) -> list[Metric]:
    """By the library's own parser, as a Prometheus would read it."""
    return list(text_string_to_metric_families(text))


def numbers(counted: Counted) -> dict[tuple[str, ...], float]:
    """Each by its name without the prefix, and its labels in the order below."""
    return {
        (
            sample.name.removeprefix("bricklayer_"),
            *(sample.labels[name] for name in sorted(sample.labels, key=LABELS.index)),
        ): sample.value
        for family in parse(told(counted))
        for sample in family.samples
    }


def test_the_numbers_are_those_of_the_tables(counted: Counted) -> None:
    """Jobs, attempts, calls, caps, deliveries, workers and outages; of today what is counted up."""
    found = numbers(counted)
    wanted = {
        ("jobs", "building", "running"): 2,
        ("jobs", "building", "paused"): 1,
        ("jobs", "blocked", "blocked"): 1,
        ("jobs", "review", "waiting"): 1,
        ("jobs", "merged", "passed"): 1,
        ("attention", "blocked"): 1,
        ("attention", "review"): 1,
        ("outages", "models"): 1,
        ("builds", "passed"): 1,
        ("attempts_total", "local", SMALL, "passed"): 1,
        ("attempts_total", "local", SMALL, "check failed"): 1,
        ("attempts_total", "local", SMALL, "other"): 1,
        ("attempts_total", "senior", "anthropic:big", "passed"): 1,
        ("attempt_seconds_total", "local", SMALL): 4.5,
        ("attempt_seconds_total", "senior", "anthropic:big"): 9.0,
        ("cached_input_tokens_total", "local", SMALL): 180,
        ("cached_input_tokens_total", "senior", "anthropic:big"): 0,
        ("calls_total", "local", SMALL): 1,
        ("calls_total", "senior", "anthropic:big"): 2,
        ("input_tokens_total", "local", SMALL): 750,
        ("output_tokens_total", "local", SMALL): 250,
        ("input_tokens_total", "senior", "anthropic:big"): 650,
        ("output_tokens_total", "senior", "anthropic:big"): 150,
        ("cost_total", "local", SMALL): 0.0,
        ("cost_total", "senior", "anthropic:big"): 2.0,
        ("cap_left_tokens", "day", ""): 1_000_000 - 1_800 - 9_000,
        ("cap_left_cost", "day", ""): 10.0 - 2.0 - 1.0,
        ("cap_left_cost", "tier_day", "senior"): 4.0 - 2.0 - 1.0,
        ("cap_left_tokens", "model_day", SMALL): 5_000 - 1_000,
        ("model_quota_wait_seconds", "anthropic:big"): 120,
        ("deliveries", "waiting"): 2,
        ("deliveries", "set_aside"): 1,
        ("delivery_oldest_age_seconds",): 1.0,
        ("workers", "alive"): 1,
        ("workers", "dead"): 0,
        ("worker_lanes", "box-1"): 2,
        ("worker_works", "box-1"): 1,
        ("worker_disk_free_bytes", "box-1"): 1 << 30,
        ("leading",): 1,
        ("halted",): 0,
        ("database_up",): 1,
        ("loop_age_seconds", "inbox"): 0.5,
        ("loop_age_seconds", "sweep"): 70.0,
        ("loop_stuck", "inbox"): 0,
        ("loop_stuck", "sweep"): 1,
    }
    assert {key: found.get(key) for key in wanted} == wanted
    changing = {"build_info", "disk_free_bytes", "worker_heartbeat_age_seconds"}
    assert {key[0] for key in found.keys() - wanted.keys()} == changing


def test_counters_begin_anew_at_midnight_and_never_shrink_before(counted: Counted) -> None:
    """As Prometheus expects of a process that is started again."""
    before = numbers(counted)
    counted.attempt(LedgerRow("t9", 1, "local", "m", outcome="passed"), NOON + 1)
    after = numbers(counted)
    counters = [key for key in before if key[0].endswith("_total")]
    assert counters
    assert all(after[key] >= before[key] for key in counters)
    counted.now = NOON + 86_400
    assert not [key for key in numbers(counted) if key[0].endswith("_total")]


def test_an_empty_database_is_read(empty: Counted) -> None:
    found = numbers(empty)
    assert found["deliveries", "waiting"] == found["workers", "alive"] == 0
    assert found["cap_left_cost", "day", ""] == 10.0


def test_without_the_database_it_says_so_and_tells_what_is_known_without() -> None:
    registry = CollectorRegistry()
    registry.register(Families([*list_own(OWN), *list_read(None)]))
    lines = generate_latest(registry).decode().splitlines()
    assert "bricklayer_database_up 0.0" in lines
    assert "bricklayer_leading 1.0" in lines
    assert not [line for line in lines if line.startswith("bricklayer_jobs")]


def test_names_follow_the_rules_of_prometheus(counted: Counted) -> None:
    """One prefix, base units, counters alone end in `_total`, each told, none with its type in it."""
    for family in parse(told(counted)):
        name = family.name.removeprefix("bricklayer_")
        assert family.name.startswith("bricklayer_")
        assert family.documentation.endswith(".")
        assert name.endswith(UNITS) or name in COUNTED | STATES, name
        assert not {"gauge", "counter", "total", "count", "sum", "bucket"} & set(name.split("_"))
        is_counter = {sample.name for sample in family.samples if sample.name.endswith("_total")}
        assert bool(is_counter) == (family.type == "counter")


def test_nobody_and_nothing_of_an_issue_is_a_label(counted: Counted) -> None:
    """Nor where a model's file lies."""
    text = told(counted)
    for word in ("mona", "secret title", "octocat", "/home", "d0"):
        assert word not in text


@pytest.mark.slow
@pytest.mark.parametrize("at", ["attempt", "call"])
def test_models_that_a_server_makes_up_are_one_label_beyond_a_hundred(
    empty: Counted, at: str
) -> None:
    for n in range(MAX_MODELS + 20):
        if at == "attempt":
            empty.attempt(LedgerRow(f"t{n}", 1, "local", f"m{n}", outcome="passed"))
        else:
            empty.call("local", f"m{n}", Spent(10, 0.0, 1))
    name = {"attempt": "attempts_total", "call": "calls_total"}[at]
    found = {key: value for key, value in numbers(empty).items() if key[0] == name}
    assert len(found) == MAX_MODELS + 1
    assert sum(found.values()) == MAX_MODELS + 20
    assert [value for key, value in found.items() if "other" in key] == [20]


def test_a_model_of_any_name_is_a_label_that_is_read_back(empty: Counted) -> None:
    name = 'a"b\\c\nbricklayer_leading 0\u2028\u202e'
    empty.attempt(LedgerRow("t", 1, "local", name, outcome="passed"))
    assert numbers(empty)["attempts_total", "local", name, "passed"] == 1
    assert numbers(empty)["leading",] == 1


@pytest.mark.parametrize(
    ("model", "named"),
    [
        ("llama-cpp:/home/mona/m.gguf", "llama-cpp:m.gguf"),
        ("script:~/x/y.md", "script:y.md"),
        ("openai-chat:qwen/Qwen3", "openai-chat:qwen/Qwen3"),
        ("ollama:qwen2.5-coder:7b", "ollama:qwen2.5-coder:7b"),
        ("/srv/m.gguf", "m.gguf"),
        ("", ""),
    ],
)
def test_of_a_models_file_its_name_is_the_label(model: str, named: str) -> None:
    assert name_model(model) == named
