"""What labels lead to: one job however often they are told, and a planner that is asked soon."""

import statistics
import time
import uuid
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import httpx
from accept import asked, dealt_with
from fake_github.issues import Issue
from fake_github.world import GitHub
from fake_models.server import ModelServer, ScriptedAnswer, serve_models
from stage import stage
from support.machine import Machine, bank, said, status, until

PAUSE = 10.0
"""Seconds between two labels: the process kept for the planner is there again."""


def again(times: int) -> None:
    """One labelled event, redelivered: half of them as the button does, half by other ids."""
    with stage(models={"planner": said("ANSWER: It adds.")}) as (machine, github):
        issue = bank(github)
        machine.start()
        issue.label("bricklayer", by=github.person("mona"))
        github.hooks.flush()
        told = [_sent(machine, github, times)]
        until(lambda: dealt_with(machine), machine.told, 600)
        jobs = asked(machine, "SELECT count(*) FROM bricklayer_tickets")[0][0]
        starts = asked(machine, "SELECT count(*) FROM bricklayer_starts")[0][0]
        until(lambda: status(issue), machine.told)
        print(f"{times} redeliveries of one label: answered {told[0]}; jobs {jobs}, begun {starts}")


def _sent(machine: Machine, github: GitHub, times: int) -> dict[int, int]:
    """The answers by status, from eight senders at once."""
    one = next(d for d in github.hooks.deliveries if (d.event, d.action) == ("issues", "labeled"))
    url = f"http://127.0.0.1:{machine.port}/webhook"

    def send(number: int) -> int:
        name = one.guid if number % 2 else str(uuid.UUID(int=number))
        headers = {**one.headers, "X-GitHub-Delivery": name}
        return httpx.post(url, content=one.body, headers=headers, timeout=30).status_code

    with ThreadPoolExecutor(8) as senders:
        return dict(Counter(senders.map(send, range(times))))


def plan(times: int) -> None:
    """From the click on the label until a hosted planner has the request, issue by issue."""
    with serve_models() as planner, stage(env={"OPENAI_API_KEY": "none"}) as (machine, github):
        planner.answers = [ScriptedAnswer("ANSWER: It adds.")]
        machine.more = _tier(planner)
        first = bank(github)
        machine.start()
        for pause in (PAUSE, 0.0):
            issues = (first, *(_another(first) for _ in range(times - 1)))
            took = [_until_asked(planner, machine, github, one, pause) for one in issues]
            apart = "far apart" if pause else "each at the end of the one before"
            print(
                f"label to plan request, {times} labels {apart}: "
                f"median {statistics.median(took):.2f} s, most {max(took):.2f} s"
            )
            first = _another(first)


def _tier(planner: ModelServer) -> str:
    lines = ('models = ["openai:planner"]', f'base_url = "{planner.url}"', "retries = 0")
    return "\n".join(("[tiers.planner]", *lines))


def _another(issue: Issue) -> Issue:
    return issue.repo.open_issue("What does it do?", "bank.py: it adds?", issue.author)


def _until_asked(
    planner: ModelServer, machine: Machine, github: GitHub, issue: Issue, pause: float
) -> float:
    time.sleep(pause)
    before, began = len(planner.requests), time.monotonic()
    issue.label("bricklayer", by=github.person("mona"))
    until(lambda: len(planner.requests) > before, machine.told)
    took = time.monotonic() - began
    until(lambda: "It adds." in status(issue), machine.told)
    return took
