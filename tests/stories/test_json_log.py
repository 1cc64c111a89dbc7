"""`[log] format = "json"`, while a job runs."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from fake_github.world import GitHub
from support.machine import MODELS, Machine, bank, machine_for, said, waits

MODEL_WITHOUT_ANSWER = said("No idea.\n2026-01-01 00:00:00,000 ERROR forged", "fix-withdraw")


@pytest.fixture
def machine(github: GitHub, tmp_path: Path) -> Iterator[Machine]:
    models = {**MODELS, "local": MODEL_WITHOUT_ANSWER}
    with machine_for(tmp_path, github, models=models, more='[log]\nformat = "json"') as made:
        yield made


@pytest.mark.slow
def test_each_line_is_an_object_that_says_what_it_is_about(
    github: GitHub, machine: Machine
) -> None:
    """Of the server, its deliveries, the ticket, and the job that is built for it."""
    issue = bank(github)
    machine.start()
    issue.label("bricklayer", by=github.person("mona"))
    waits(machine, issue, "blocked")
    machine.stop()
    lines = [json.loads(line) for line in machine.log.read_text().splitlines()]
    assert all({"time", "level", "logger", "message"} <= line.keys() for line in lines)

    of_ticket = [line for line in lines if line.get("ticket")]
    assert {line["ticket"] for line in of_ticket} == {"octocat/bank#1"}
    assert {line["repository"] for line in of_ticket} == {"octocat/bank"}
    [job] = {line.get("job") for line in of_ticket if "fix-withdraw" in line["message"]}
    assert job
    assert (machine.room / "state/jobs" / job).is_dir()
    deliveries = [line for line in lines if line["message"].startswith("delivery ")]
    assert all(line["delivery"] in line["message"] for line in deliveries)
