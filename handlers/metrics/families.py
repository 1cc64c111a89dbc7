"""Readings as families of metrics, named by Prometheus's rules and with few labels.

https://prometheus.io/docs/practices/naming/

Counters begin anew at midnight (UTC), as caps do, which Prometheus takes for the restart of any
process: `increase()` and `rate()` add up over it. Sums of the whole table would shrink each time
that old jobs are removed, and then all that is left would be counted a second time.
https://prometheus.io/docs/concepts/metric_types/#counter

A label is what the machine's owner has named, or one of a few words of ours: no title, branch or
person. Of models' names, which a server may make up, there are `MAX_MODELS` at most.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from importlib.metadata import version
from typing import TypeVar

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, InfoMetricFamily, Metric

from bot.ledger import AttemptOutcome
from bot.models.spec import name_model
from handlers.metrics.readings import CapRoom, OwnFacts, Reading
from runners.stalls import STALL_SENTENCES

MAX_MODELS = 100
OTHER = "other"
_OUTCOMES = frozenset({*AttemptOutcome, *STALL_SENTENCES})
Labels = tuple[str, ...]
AnyLabels = TypeVar("AnyLabels", bound=Labels)
Sums = defaultdict[Labels, float]


def list_own(own: OwnFacts) -> Iterator[Metric]:
    """What is known without anything being read."""
    release = {"version": version("bricklayer-bot")}
    yield InfoMetricFamily("bricklayer_build", "The release.", release)
    yield _gauge("leading", "Whether this server leads the loop of jobs.", own.is_leading())
    ages, stuck = own.measure_ages(), own.find_stuck()
    told = "Since the last turn of a loop."
    yield _gauges("loop_age_seconds", told, ("loop",), _named(ages))
    told = "Whether a loop should have turned by now."
    yield _gauges("loop_stuck", told, ("loop",), {(name,): name in stuck for name in ages})


def list_read(read: Reading | None) -> Iterator[Metric]:
    """What the database has, or that it was not read."""
    yield _gauge("database_up", "Whether the database was read.", read is not None)
    if read:
        yield from _list_read(read)


def _list_read(read: Reading) -> Iterator[Metric]:
    yield _gauge("halted", "Whether nothing is begun, by the kill switch.", read.is_halted)
    yield _gauge("disk_free_bytes", "Free where the state folder lies.", read.disk_free)
    yield _gauges("jobs", "Jobs of issues.", ("stage", "situation"), read.tickets)
    yield _gauges("attention", "Jobs that wait for a person.", ("reason",), _named(read.attention))
    yield _gauges("outages", "Jobs that wait for what is away.", ("kind",), _named(read.outages))
    yield _gauges("builds", "Plans built or under way.", ("state",), _named(read.builds))
    yield from _list_queues(read)
    yield from _list_workers(read)
    yield from _list_attempts(read)
    yield from _list_calls(read)
    yield from _list_rooms(read.rooms)
    waits = {(name_model(model),): until - read.at for model, until in read.quotas.items()}
    told = "Until a model has quota again, where it has none."
    yield _gauges("model_quota_wait_seconds", told, ("model",), waits)


def _list_queues(read: Reading) -> Iterator[Metric]:
    works = {
        (each.queue, "running" if each.is_running else "queued"): each.works for each in read.queues
    }
    yield _gauges("queue_works", "Plans and builds in a queue.", ("queue", "phase"), works)
    ages = {(q.queue,): max(0.0, read.at - q.since) for q in read.queues if not q.is_running}
    yield _gauges("queue_oldest_age_seconds", "Of what waits in a queue.", ("queue",), ages)
    inbox = read.deliveries
    counts = {("waiting",): inbox.waiting, ("set_aside",): inbox.set_aside}
    yield _gauges("deliveries", "Webhooks that are not dealt with.", ("state",), counts)
    age = max(0.0, read.at - inbox.since) if inbox.waiting else 0.0
    yield _gauge("delivery_oldest_age_seconds", "Of the webhook that waits longest.", age)


def _list_workers(read: Reading) -> Iterator[Metric]:
    states = Counter("dead" if row.is_dead else "alive" for row in read.workers)
    counts = {(state,): states[state] for state in ("alive", "dead")}
    yield _gauges("workers", "Workers.", ("state",), counts)
    by, alive = ("worker",), [row for row in read.workers if not row.is_dead]
    names = [(row.facts.executor,) for row in alive]

    def each(values: Iterable[float]) -> dict[Labels, float]:
        return dict(zip(names, values, strict=True))

    lanes, works = (row.facts.lanes for row in alive), (len(row.facts.running) for row in alive)
    yield _gauges("worker_lanes", "Lanes of a worker.", by, each(lanes))
    yield _gauges("worker_works", "What a worker has under way.", by, each(works))
    free = (row.facts.disk_free for row in alive)
    yield _gauges("worker_disk_free_bytes", "Free on a worker.", by, each(free))
    silent = (max(0.0, row.silent) for row in alive)
    told = "Since a worker was heard of."
    yield _gauges("worker_heartbeat_age_seconds", told, by, each(silent))


def _list_attempts(read: Reading) -> Iterator[Metric]:
    attempts, seconds, cached = Sums(float), Sums(float), Sums(float)
    names = fold_models(each.model for each in read.attempts)
    for each in read.attempts:
        of = (each.tier, names[each.model])
        attempts[*of, each.outcome if each.outcome in _OUTCOMES else OTHER] += each.attempts
        seconds[of] += each.seconds
        cached[of] += each.tokens_cached
    by = ("tier", "model")
    yield _counters("attempts", "Attempts at tasks today (UTC).", (*by, "outcome"), attempts)
    yield _counters("attempt_seconds", "Taken by models for attempts.", by, seconds)
    told = "Of the tokens in of attempts, those that the server already had."
    yield _counters("cached_input_tokens", told, by, cached)


def _list_calls(read: Reading) -> Iterator[Metric]:
    calls, tokens_in, tokens_out, cost = Sums(float), Sums(float), Sums(float), Sums(float)
    names = fold_models(each.model for each in read.calls)
    for each in read.calls:
        of = (each.tier, names[each.model])
        calls[of] += each.calls
        tokens_in[of] += each.tokens_in
        tokens_out[of] += each.tokens_out
        cost[of] += each.cost
    by = ("tier", "model")
    yield _counters("calls", "Calls to models that were begun today (UTC) and ended.", by, calls)
    yield _counters("input_tokens", "Tokens in of these calls.", by, tokens_in)
    yield _counters("output_tokens", "Tokens out of these calls.", by, tokens_out)
    yield _counters("cost", "Of these calls, in the currency of the tiers' prices.", by, cost)


def _list_rooms(rooms: Iterable[CapRoom]) -> Iterator[Metric]:
    """Of the caps for all jobs, `name` is empty."""
    left: dict[str, dict[Labels, float]] = {"tokens": {}, "cost": {}}
    for room in rooms:
        name = room.callee.tier or name_model(room.callee.model)
        left[room.cap.unit][room.cap.scope, name] = room.left
    by = ("scope", "name")
    yield _gauges("cap_left_tokens", "Tokens left of a day's cap.", by, left["tokens"])
    yield _gauges("cap_left_cost", "Cost left of a day's cap.", by, left["cost"])


def fold_models(models: Iterable[str]) -> dict[str, str]:
    """Each with its label: the first ones by name, and one for all the others."""
    known = enumerate(sorted({*models}))
    return {model: name_model(model) if at < MAX_MODELS else OTHER for at, model in known}


def _named(counts: Mapping[str, float]) -> dict[Labels, float]:
    return {(name,): count for name, count in counts.items()}


def _gauge(name: str, told: str, value: float) -> Metric:
    return GaugeMetricFamily(f"bricklayer_{name}", told, value)


def _gauges(name: str, told: str, by: Labels, values: Mapping[AnyLabels, float]) -> Metric:
    family = GaugeMetricFamily(f"bricklayer_{name}", told, labels=by)
    for labels, value in sorted(values.items()):
        family.add_metric(labels, value)
    return family


def _counters(name: str, told: str, by: Labels, values: Mapping[Labels, float]) -> Metric:
    """The library ends their names with `_total`."""
    family = CounterMetricFamily(f"bricklayer_{name}", told, labels=by)
    for labels, value in sorted(values.items()):
        family.add_metric(labels, value)
    return family
