"""A stranger's thousand comments a minute beside a writer's: what each waits, and what is asked."""

import json
import time
from collections import Counter

from accept import dealt_with
from fake_github.world import GitHub
from load import Kind, finish, start
from stage import stage
from support.machine import bank, until

STRANGERS_A_SECOND = 1000 / 60
WRITERS_A_SECOND = 2.0
PLAIN = "Same here, what is the state of this?\n"
HOSTILE = "/note x [a](" + " " * 60_000 + '"'


def flood(seconds: float) -> None:
    for name, body in (("plain", PLAIN), ("a command of 60,000 blanks", HOSTILE)):
        with stage(hook=False) as (machine, github):
            strangers, writers = _comments(github, body)
            machine.start()
            before = len(github.calls)
            one = start(machine.port, machine.secret, strangers, STRANGERS_A_SECOND, seconds, "s")
            two = start(machine.port, machine.secret, writers, WRITERS_A_SECOND, seconds, "w")
            writer, stranger = finish(two), finish(one)
            began = time.monotonic()
            until(lambda: dealt_with(machine), machine.told, 600)
            asked = Counter(call.path.split("/")[-1] for call in github.calls[before:])
            print(f"strangers, {name}: {stranger.told()}")
            print(f"  a writer beside them: {writer.told()}")
            print(
                f"  all dealt with {time.monotonic() - began:.1f} s after the last; calls that"
                f" ask who the stranger is: {asked['permission']}; all calls: {dict(asked)}"
            )


def _comments(github: GitHub, body: str) -> tuple[list[Kind], list[Kind]]:
    """As webhooks; each of the stranger's has another comment's id."""
    github.hook(lambda _headers, _body: 202, "nobody reads these")
    issue = bank(github)
    github.app().install("octocat")
    issue.comment(body, by=github.person("stranger"))
    issue.comment("It adds.\n", by=github.person("mona"))
    github.hooks.flush()
    told = [one for one in github.hooks.deliveries if one.event == "issue_comment"]
    first, second = told[-2:]
    many = []
    for number in range(50):
        payload = json.loads(first.body)
        payload["comment"]["id"] += 1000 + number
        many.append((first.event, json.dumps(payload).encode()))
    return many, [(second.event, second.body)]
