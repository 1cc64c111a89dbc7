"""A fault of the plan that the build meets is planned anew by itself, and lands in one pull request."""

import re
from functools import partial

import psutil
import pytest
from fake_github.world import GitHub, Issue
from fake_models.server import ModelServer, ReceivedRequest, ScriptedAnswer
from support.machine import (
    CONFIG,
    GOOD,
    PLAN,
    Machine,
    bank,
    pull_of,
    status,
    until,
    waits,
    whole,
)

# Whole jobs: CI and `make test-rest` run them.
pytestmark = pytest.mark.slow

AT_FAULT = f"""{PLAN}
### Task: say-so
- file: NOTES.md
- after: fix-withdraw
- check: subtracts

Say in NOTES.md that withdraw() subtracts.
"""
"""Once the first task is done the second one's check is green: it proves nothing of the notes."""
ANEW = """### Task: note-it
- file: NOTES.md
- check: subtracts
- exists: NOTES.md

```file=NOTES.md
withdraw() subtracts.
```
"""
ASKS_ANEW = "Write the tasks for what is left of this phase"
TWO_CHECKS = f"""{CONFIG}
[checks.subtracts]
run = "grep -q 'balance - amount' bank.py"
timeout = 20
"""
TRIAL = "8.0625"
"""Seconds, which no other process sleeps."""
SLOW = f"""{TWO_CHECKS}
[checks.slow]
run = "sleep {TRIAL}"
timeout = 60
"""
"""What is planned anew is tried for so long before it is used."""
PRICED = 'base_url = "{url}"\nprice_in = 10.0\nprice_out = 10.0\n'


def answer(request: ReceivedRequest, anew: str = ANEW) -> ScriptedAnswer:
    told = str(request.body)
    if request.body["model"] == "coder":
        return ScriptedAnswer(whole("bank.py", GOOD))
    return ScriptedAnswer(anew if ASKS_ANEW in told else AT_FAULT)


def asked(server: ModelServer, *, anew: bool) -> int:
    """How often the planner was asked for its plan, or anew."""
    told = [str(each.body) for each in server.requests if each.body["model"] == "planner"]
    return sum((ASKS_ANEW in each) == anew for each in told)


@pytest.fixture
def over_http(machine: Machine, model_server: ModelServer) -> Machine:
    """Its models are those of a server; the planner costs money."""
    model_server.choose_answer = answer
    machine.models = {}
    machine.reflection = False
    machine.env = {"SCRIPTED_KEY": "k"}
    for tier, model in (("planner", "planner"), ("local", "coder")):
        machine.more += (
            f'\n[tiers.{tier}]\nmodels = ["openai-chat:{model}"]\napi_key_env = "SCRIPTED_KEY"\n'
        )
        machine.more += PRICED.format(url=model_server.url)
    return machine


def begin(github: GitHub, machine: Machine, config: str) -> Issue:
    issue = bank(github, {".bricklayer.toml": config})
    github.ci_on("octocat/bank")
    machine.start()
    issue.label("bricklayer", by=github.person("mona"))
    return issue


def check_end(issue: Issue, server: ModelServer) -> None:
    """One pull request with both tasks; it and the comment tell of the one time, and its cost."""
    assert asked(server, anew=False) == asked(server, anew=True) == 1
    assert len(issue.repo.pulls) == 1
    pull = pull_of(issue)
    subjects = issue.repo.git.git("log", "--format=%s", f"main..{pull.head_sha}").splitlines()
    named = [each.partition(":")[0] for each in subjects]
    assert [named.count(task) for task in ("fix-withdraw", "note-it", "say-so")] == [1, 1, 0], named
    for text in (status(issue), pull.body):
        assert text.count("**Planned anew once**") == 1, text
        assert re.search(r"was met \([1-9][\d,]* tokens, cost 0\.\d*[1-9]\d*\):", text), text
        assert "- `say-so` became `note-it`: " in text
        assert "replan 1" not in text.partition("-->")[2]
    assert "Tasks: 2 of 2 passed, 1 replaced" in status(issue), status(issue)


def test_what_was_planned_anew_is_told_with_what_it_cost(
    github: GitHub, over_http: Machine, model_server: ModelServer
) -> None:
    """No person is asked: the job goes on with the new tasks, and lands."""
    issue = begin(github, over_http, TWO_CHECKS)
    waits(over_http, issue, "waiting for CI")
    check_end(issue, model_server)


def test_a_kill_between_the_second_answer_and_its_use_pays_nothing_twice(
    github: GitHub, over_http: Machine, model_server: ModelServer
) -> None:
    """What the planner answered was kept before it was tried; the next start takes it from there."""
    model_server.choose_answer = partial(
        answer, anew=ANEW.replace("- check", "- check: slow\n- check", 1)
    )
    issue = begin(github, over_http, SLOW)
    until(lambda: asked(model_server, anew=True) and is_tried(), over_http.told)
    over_http.kill()
    assert asked(model_server, anew=True) == 1
    assert not list(over_http.room.rglob("replans.json")), "it was used before the kill"
    over_http.start()
    waits(over_http, issue, "waiting for CI")
    check_end(issue, model_server)


def is_tried() -> bool:
    """Whether what was planned anew has arrived: its own check runs, in its sandbox."""
    return any(TRIAL in (each.info["cmdline"] or []) for each in psutil.process_iter(["cmdline"]))
