"""`/metrics` of the real command."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from fake_github.world import GitHub
from fastapi import FastAPI
from prometheus_client.parser import text_string_to_metric_families
from support.machine import Machine, machine_for, until

from bot.config.machine import Settings, parse_settings
from bot.errors import UserError
from handlers.metrics import open_metrics as module

TOKEN = "a long random word"  # noqa: S105


@pytest.fixture
def machine(github: GitHub, tmp_path: Path) -> Iterator[Machine]:
    github.person("octocat")
    more = "[signals]\nmetrics = true"
    env = {"BRICKLAYER_METRICS_TOKEN": TOKEN}
    with machine_for(tmp_path, github, more=more, env=env) as made:
        yield made


@pytest.mark.slow
def test_a_server_tells_its_loops_its_worker_and_the_empty_queues(machine: Machine) -> None:
    """To who has the token."""
    machine.start()
    url = f"http://127.0.0.1:{machine.port}/metrics"

    def read() -> dict[str, float]:
        answer = httpx.get(url, headers={"Authorization": f"Bearer {TOKEN}"}, timeout=30)
        assert answer.status_code == 200, answer.text
        families = text_string_to_metric_families(answer.text)
        return {
            " ".join((sample.name, *sample.labels.values())): sample.value
            for family in families
            for sample in family.samples
        }

    assert httpx.get(url, timeout=30).status_code == 401
    until(lambda: read().get("bricklayer_workers alive") == 1, machine.told)
    found = read()
    assert found["bricklayer_leading"] == found["bricklayer_database_up"] == 1
    assert {"inbox", "clock", "sweep", "lease", "queues"} <= {
        name.split()[1] for name in found if name.startswith("bricklayer_loop_age_seconds ")
    }
    assert found["process_resident_memory_bytes"] > 0


def test_metrics_are_off_by_default() -> None:
    app = FastAPI()
    before = len(app.routes)
    module.open_metrics(app, Settings(), *[None] * 3)  # type: ignore[arg-type]
    assert len(app.routes) == before


def test_without_its_package_metrics_say_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "find_spec", lambda _name: None)
    settings = parse_settings("[signals]\nmetrics = true")
    with pytest.raises(UserError, match="needs the package prometheus-client") as refused:
        module.open_metrics(FastAPI(), settings, *[None] * 3)  # type: ignore[arg-type]
    assert ".[metrics]" in refused.value.hint
