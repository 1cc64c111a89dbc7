"""`[signals] traces = true`, while a job runs."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fake_github.world import GitHub
from support.machine import MODELS, Machine, bank, machine_for, until
from support.otlp_collector import Collector, collecting


@pytest.fixture
def collector() -> Iterator[Collector]:
    with collecting() as made:
        yield made


@pytest.fixture
def machine(github: GitHub, tmp_path: Path, collector: Collector) -> Iterator[Machine]:
    more, env = "[signals]\ntraces = true", {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.url}
    with machine_for(tmp_path, github, models=dict(MODELS), more=more, env=env) as made:
        yield made


@pytest.mark.slow
def test_a_job_that_was_built_is_one_trace_at_the_collector(
    github: GitHub, machine: Machine, collector: Collector
) -> None:
    """Of its plan's phase, task and attempt, without a word of the issue, the plan or a path."""
    issue = bank(github)
    machine.start()
    issue.label("bricklayer", by=github.person("mona"))
    until(lambda: collector.taken, machine.told)
    spans = collector.list_spans()
    assert {"job", "phase", "task", "attempt"} <= {span.name for span in spans}
    assert len({span.trace_id for span in spans}) == 1
    [job] = [span for span in spans if not span.parent_span_id]
    named = {each.key: each.value.string_value for each in job.attributes}
    assert (machine.room / "state/jobs" / named["bricklayer.job"]).is_dir()
    told = "".join(str(request) for _, request in collector.taken)
    for word in ("withdraw adds", "must subtract", str(machine.room), "octocat"):
        assert word not in told
