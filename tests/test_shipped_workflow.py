"""The workflow we ship gives nobody more than it must."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

FILE = Path(__file__).parent.parent / ".github/workflows/bricklayer.yml"


@pytest.fixture(scope="module")
def flow() -> dict[Any, Any]:
    return yaml.safe_load(FILE.read_text())


def test_a_forks_code_can_start_nothing(flow: dict[Any, Any]) -> None:
    """Neither `pull_request` nor `pull_request_target` starts it, and it never runs in a fork."""
    on = flow[True]  # YAML 1.1 reads `on` as true
    assert not {"pull_request", "pull_request_target", "push"} & set(on)
    assert "!github.event.repository.fork" in flow["jobs"]["bricklayer"]["if"]


def test_it_runs_on_the_machine_with_the_gpu_and_ends_before_actions_would(
    flow: dict[Any, Any],
) -> None:
    job = flow["jobs"]["bricklayer"]
    assert job["runs-on"] == ["self-hosted", "gpu"]
    assert job["timeout-minutes"] < 360


def test_permissions_are_named_one_by_one(flow: dict[Any, Any]) -> None:
    """Nothing by default; for the job, no more than it writes."""
    assert flow["permissions"] == {}
    given = flow["jobs"]["bricklayer"]["permissions"]
    assert set(given) == {
        "actions", "checks", "contents", "issues", "pull-requests", "statuses",
    }  # fmt: skip
    assert "id-token" not in given


def test_the_concurrency_key_is_never_empty(flow: dict[Any, Any]) -> None:
    """An empty one would let every run of every repository wait for one another."""
    group = flow["concurrency"]["group"]
    assert re.match(r"[a-z]+-\$\{\{ github\.repository_id \|\| github\.run_id \}\}$", group)
    assert flow["concurrency"]["cancel-in-progress"] is False


def test_every_action_is_pinned_and_no_text_of_strangers_reaches_a_shell(
    flow: dict[Any, Any],
) -> None:
    """Steps name actions by a full SHA only, and their commands hold no expression."""
    for step in flow["jobs"]["bricklayer"]["steps"]:
        if "uses" in step:
            assert re.search(r"@[0-9a-f]{40}$", step["uses"])
        assert "${{" not in step.get("run", "")
