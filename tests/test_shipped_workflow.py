"""The workflow we ship gives nobody more than it must."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from support.workflow_if import evaluate

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


def test_the_place_in_line_is_the_jobs_and_its_key_is_never_empty(flow: dict[Any, Any]) -> None:
    """Above `jobs` a run that `if` skips would replace one that waits; an empty key holds all."""
    assert "concurrency" not in flow
    given = flow["jobs"]["bricklayer"]["concurrency"]
    assert re.match(
        r"[a-z]+-\$\{\{ github\.repository_id \|\| github\.run_id \}\}$", given["group"]
    )
    # GitHub refuses `queue: max` beside `cancel-in-progress: true`.
    assert (given["cancel-in-progress"], given["queue"]) == (False, "max")


PERSON, BOT = {"type": "User"}, {"type": "Bot"}
OURS = "<!-- bricklayer {} -->\n- [x] a lesson"


def comment(body: str, action: str = "created", by: dict[str, str] = PERSON) -> dict[str, Any]:
    return {"action": action, "comment": {"body": body}, "sender": by}


def review(head: int, by: dict[str, str] = PERSON) -> dict[str, Any]:
    return {"pull_request": {"head": {"repo": {"id": head}}}, "sender": by}


@pytest.mark.parametrize(
    ("event", "payload", "runs"),
    [
        ("issues", {"sender": PERSON}, True),
        ("issues", {"sender": BOT}, False),
        ("issue_comment", comment("/approve"), True),
        ("issue_comment", comment("I read it.\r\n/approve 1a2b"), True),
        ("issue_comment", comment("Please look again, @Bricklayer."), True),
        ("issue_comment", comment("Thanks, and/or see a/b."), False),
        ("issue_comment", comment(""), False),
        ("issue_comment", comment(OURS, "edited"), True),
        ("issue_comment", comment(OURS, "edited", BOT), False),
        ("issue_comment", comment(OURS, "created"), False),
        ("issue_comment", comment("/approve", by=BOT), False),
        ("pull_request_review", review(7), True),
        ("pull_request_review", review(8), False),
        ("pull_request_review", {"pull_request": {"head": {"repo": None}}, "sender": PERSON}, False),
        ("pull_request_review_comment", review(7, BOT), False),
        ("pull_request_review_comment", review(8), False),
        ("check_suite", {"sender": BOT}, True),
        ("workflow_run", {"sender": BOT}, True),
        ("status", {"state": "success", "sender": BOT}, True),
        ("status", {"state": "pending", "sender": PERSON}, False),
        ("schedule", {}, True),
        ("workflow_dispatch", {"sender": PERSON}, True),
    ],
)  # fmt: skip
def test_only_what_may_be_meant_for_the_bot_starts_a_run(
    flow: dict[Any, Any], event: str, payload: dict[str, Any], runs: bool
) -> None:
    """A stranger's chat, a fork's review and what a bot did take no time of the machine."""
    assert event in flow[True]
    github: dict[str, Any] = {
        "repository_owner": "octocat",
        "event_name": event,
        "event": {"repository": {"id": 7, "fork": False}, **payload},
    }
    condition = flow["jobs"]["bricklayer"]["if"]
    assert evaluate(condition, github) is runs
    github["event"]["repository"]["fork"] = True
    assert evaluate(condition, github) is False


def test_every_action_is_pinned_and_no_text_of_strangers_reaches_a_shell(
    flow: dict[Any, Any],
) -> None:
    """Steps name actions by a full SHA only, and their commands hold no expression."""
    for step in flow["jobs"]["bricklayer"]["steps"]:
        if "uses" in step:
            assert re.search(r"@[0-9a-f]{40}$", step["uses"])
        assert "${{" not in step.get("run", "")


def test_it_says_whom_its_owner_trusts_with_the_machine() -> None:
    """Before `on:`, where whoever copies it reads first."""
    head = " ".join(FILE.read_text().partition("\non:")[0].replace("#", "").split())
    for told in ("can push a branch", "private key", "runner in a group", "pull requests of forks"):
        assert told in head
