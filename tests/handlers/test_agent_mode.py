"""A tier in agent mode, through `bricklayer run`: real git, checks, sandbox and HTTP."""

import json
from collections.abc import Callable, Sequence
from typing import Any, Literal

import pytest
from fake_models.server import ModelServer, ReceivedRequest, ScriptedAnswer
from support.project import CONFIG, Project

from bot.ledger import LedgerRow
from bot.storage.database import sqlite_url
from bot.storage.jobs import open_store

TASK = """### Task: fix
- file: bank.py
- check: test tests/test_bank.py

withdraw must subtract.
"""
OLD, NEW = "    return balance + amount", "    return balance - amount"
RED = "    return balance * amount"
CHECK_NAME = "test tests/test_bank.py"
Answer = ScriptedAnswer | tuple[str, dict[str, Any]]


def call(tool: str, **arguments: object) -> str:
    return f"```json\n{json.dumps({'tool': tool, **arguments})}\n```"


def block(old: str, new: str, path: str = "bank.py") -> str:
    return f"{path}\n<<<<<<< SEARCH\n{old}\n=======\n{new}\n>>>>>>> REPLACE"


READ = call("read", path="bank.py")
CHECK = call("check", name=CHECK_NAME)
DONE = call("done")
READ_CALL = ("read", {"path": "bank.py"})
EDIT_CALL = ("edit", {"path": "bank.py", "search": OLD, "replace": NEW})
CHECK_CALL = ("check", {"name": CHECK_NAME})
TURNS: tuple[Answer, ...] = (READ_CALL, EDIT_CALL, CHECK_CALL)


def count_turns(request: ReceivedRequest) -> int:
    """How many replies of the model the conversation has."""
    return sum(message["role"] == "assistant" for message in request.body["messages"])


def serve_turns(
    project: Project, server: ModelServer, turns: Sequence[Answer], **more: int
) -> None:
    """The local tier is a hosted model that says these turns, by where the conversation is."""

    def choose(request: ReceivedRequest) -> ScriptedAnswer:
        said = turns[min(count_turns(request), len(turns) - 1)]
        return said if isinstance(said, ScriptedAnswer) else ScriptedAnswer(tool=said)

    server.choose_answer = choose
    settings: dict[str, object] = {"base_url": server.url, "mode": "agent", **more}
    lines = [f"{key} = {json.dumps(value)}" for key, value in settings.items()]
    told = 'reflection = false\n[tiers.local]\nmodels = ["openai-chat:scripted"]\nretries = 0\n'
    (project.room / "bricklayer.toml").write_text(told + "\n".join(lines) + "\n")


def list_rows(project: Project) -> list[LedgerRow]:
    state = project.room / "state" / "bricklayer"
    (job,) = (state / "jobs").iterdir()
    return list(open_store(sqlite_url(state)).list_attempts(job.name))


@pytest.mark.slow
def test_a_task_is_done_in_turns(project: Project) -> None:
    """Reading, editing and checking by JSON in a text; the commit is what the turns made."""
    project.agent([READ, block(OLD, NEW), CHECK])
    code, out = project.bricklayer("run", project.plan(TASK))
    assert code == 0, out
    assert "passed after 3 turns: its checks pass" in out
    assert "turn 1: read bank.py 1-2" in out
    assert NEW in project.git("show", "bricklayer/mend-it:bank.py")


@pytest.mark.slow
def test_a_task_is_done_by_calls_of_the_api(project: Project, model_server: ModelServer) -> None:
    """One row for the attempt has the tokens of all its turns; `show` tells each of them."""
    serve_turns(project, model_server, TURNS)
    code, out = project.bricklayer("run", project.plan(TASK))
    assert code == 0, out
    assert NEW in project.git("show", "bricklayer/mend-it:bank.py")
    assert len(model_server.requests) == 3
    (row,) = list_rows(project)
    assert (len(row.turns), row.outcome) == (3, "passed")
    assert (row.tokens_in, row.tokens_out) == tuple(map(sum, zip(*row.turns, strict=True)))
    shown = project.bricklayer("show", "fix")[1]
    assert "===== turn 2: edit bank.py =====" in shown
    assert '"search": "    return balance + amount"' in shown


@pytest.mark.slow
def test_several_calls_of_one_reply_are_done_in_their_order(
    project: Project, model_server: ModelServer
) -> None:
    """An edit and a check in one reply: the check is of the edited files."""
    pieces = [
        {"index": 0, "id": f"c{n}", "function": {"name": name, "arguments": json.dumps(arguments)}}
        for n, (name, arguments) in enumerate((EDIT_CALL, CHECK_CALL))
    ]
    both = ScriptedAnswer(deltas=({"tool_calls": pieces},), finish="tool_calls")
    serve_turns(project, model_server, [both])
    code, out = project.bricklayer("run", project.plan(TASK))
    assert code == 0, out
    assert "passed after 1 turn: its checks pass" in out


@pytest.mark.slow
def test_a_server_without_tools_is_asked_in_words(
    project: Project, model_server: ModelServer
) -> None:
    said = [ScriptedAnswer(text) for text in (READ, block(OLD, NEW), CHECK)]
    serve_turns(project, model_server, said)
    choose = model_server.choose_answer

    def refuse_tools(request: ReceivedRequest) -> ScriptedAnswer:
        if request.body.get("tools"):
            return ScriptedAnswer("this model does not support tools", status=400)
        return choose(request)

    model_server.choose_answer = refuse_tools
    code, out = project.bricklayer("run", project.plan(TASK))
    assert code == 0, out
    assert len(model_server.requests) == 4


@pytest.mark.slow
def test_the_models_word_never_counts(project: Project) -> None:
    """Done while the check is red: the next attempt begins with how that failed."""
    project.write(".bricklayer.toml", limits(local_attempts=2))
    project.commit()
    project.agent([block(OLD, RED), DONE], [READ, DONE])
    code, out = project.bricklayer("run", project.plan(TASK))
    assert code == 1, out
    assert "1 local script:local.md: check failed: " in out
    assert "after 2 turns: the model called done" in out
    assert "10 != 3" in project.bricklayer("show", "fix", "--attempt", "1")[1]


@pytest.mark.slow
def test_what_the_first_turn_is_asked_can_be_seen_before(project: Project) -> None:
    """With the tools, in the whole of the tier's window."""
    project.agent([READ])
    code, out = project.bricklayer("context", project.plan(TASK), "fix")
    assert code == 0, out
    assert "fix, attempt 1 (local: by tools)" in out
    assert "of a window of 8192" in out
    assert "what it may call, in turns" in out


@pytest.mark.slow
def test_done_counts_only_once_there_is_something_to_judge(project: Project) -> None:
    """Not before an edit, and not in the reply whose own check is red: the model is told why."""
    blind = f"{block(OLD, RED)}\n\n{CHECK}\n\n{DONE}"
    project.agent([DONE, blind, block(RED, NEW), DONE])
    code, out = project.bricklayer("run", project.plan(TASK))
    assert code == 0, out
    assert out.count("done: not yet") == 2
    assert "passed after 4 turns: the model called done" in out


def limits(**values: int) -> str:
    lines = "\n".join(f"{key} = {value}" for key, value in values.items())
    return f"{CONFIG}\n[limits]\n{lines}\nsenior_attempts = 0\n"


@pytest.mark.slow
def test_what_the_task_may_not_write_is_refused_in_words(project: Project) -> None:
    """The test that is to pass, the settings and anything outside stay as they are."""
    project.write(".bricklayer.toml", limits(local_attempts=1))
    project.commit()
    weaker = block("self.assertEqual(withdraw(5, 2), 3)", "pass", "tests/test_bank.py")
    turns = [
        weaker,
        call("edit", path="tests/test_bank.py", content="import unittest\n"),
        call("edit", path=".bricklayer.toml", search="unittest -q", replace="true"),
        call("edit", path="../../outside.py", content="x = 1\n"),
        call("edit", path="new.py", content="x = 1\n"),
        call("read", path="../outside.py"),
        DONE,
    ]
    project.agent(turns)
    code, out = project.bricklayer("run", project.plan(TASK))
    assert code == 1, out
    assert out.count(": refused") == 5
    shown = project.bricklayer("show", "fix")[1]
    assert shown.count("but may only change bank.py") == 4
    assert not (project.room.parent / "outside.py").exists()


LOOPS = {
    "the same call 3 times": [READ, READ, READ],
    "3 replies without a call that could be read": ["I am thinking.", "Well.", '{"tool": "fly"}'],
    "8 turns without any change": [call("search", text=f"word{n}") for n in range(9)],
    "an edit that had failed before": [
        block(OLD, RED),
        block(RED, OLD),
        block(OLD, RED),
        block(RED, OLD),
    ],
    "all 20 turns are used up": [
        block(OLD if n == 0 else f"{RED} * {n}", f"{RED} * {n + 1}") for n in range(30)
    ],
}


@pytest.mark.slow
@pytest.mark.parametrize("why", LOOPS)
def test_an_attempt_that_gets_nowhere_ends_with_its_reason(project: Project, why: str) -> None:
    project.write(".bricklayer.toml", limits(local_attempts=1))
    project.commit()
    project.agent(LOOPS[why])
    code, out = project.bricklayer("run", project.plan(TASK))
    assert code == 1, out
    assert f": {why}" in out


@pytest.mark.slow
@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("turn", [1, 2, 3])
@pytest.mark.parametrize("point", ["do a turn", "ask for a turn"])
def test_killed_at_any_turn_it_goes_on_and_pays_for_none_twice(
    project: Project,
    model_server: ModelServer,
    point: str,
    turn: int,
    when: Literal["before", "after"],
) -> None:
    """Each reply is kept before it is used, so each is asked for once."""
    if (point, turn) == ("ask for a turn", 3):
        pytest.skip("there are three turns, and the first is asked for with the attempt")
    serve_turns(project, model_server, TURNS)
    plan = project.plan(TASK)
    project.killed_at(point, when, "run", plan, call=turn)
    code, out = project.bricklayer("run", plan)
    assert code == 0, out
    assert len(model_server.requests) == 3
    (row,) = list_rows(project)
    assert len(row.turns) == 3
    assert NEW in project.git("show", "bricklayer/mend-it:bank.py")


@pytest.mark.slow
def test_a_server_that_is_down_in_the_middle_is_waited_for(
    project: Project, model_server: ModelServer
) -> None:
    """The turn is asked for again, and no attempt is lost."""
    serve_turns(project, model_server, TURNS)
    choose, refused = model_server.choose_answer, list[int]()

    def fail_once(request: ReceivedRequest) -> ScriptedAnswer:
        if count_turns(request) == 1 and not refused:
            refused.append(1)
            return ScriptedAnswer("overloaded", status=503)
        return choose(request)

    model_server.choose_answer = fail_once
    code, out = project.bricklayer("run", project.plan(TASK))
    assert code == 0, out
    assert refused
    (row,) = list_rows(project)
    assert row.number == 1


@pytest.mark.slow
def test_a_limit_in_the_middle_pauses_and_goes_on_from_there(
    project: Project, model_server: ModelServer
) -> None:
    """Tokens count as they are spent, turn by turn; what was said is not asked for again."""
    project.write(".bricklayer.toml", limits(local_attempts=1, tokens=2000))
    project.commit()
    serve_turns(project, model_server, TURNS)
    plan = project.plan(TASK)
    code, out = project.bricklayer("run", plan)
    assert code != 0
    assert "limit of 2,000 tokens is reached" in out
    asked = len(model_server.requests)
    assert asked < 3
    (state,) = (project.room / "state" / "bricklayer" / "jobs").iterdir()
    code, out = project.bricklayer("resume", state.name)
    assert code == 0, out
    assert len(model_server.requests) == 3


LONG = "".join(f"# \u202e {n * n}\n" for n in range(6_000))
HOSTILE: dict[str, Callable[[], Answer]] = {
    "no JSON": lambda: raw_call("read", '{"path": "bank.py"'),
    "a list": lambda: raw_call("read", "[1, 2]"),
    "nested deep": lambda: raw_call("read", "[" * 5_000),
    "no path": lambda: ("read", {}),
    "another type": lambda: ("read", {"path": ["bank.py"], "first": "one"}),
    "an unknown tool": lambda: ("shell", {"command": "rm -rf /"}),
    "a name of 64 kB": lambda: ("x" * 64_000, {}),
    "arguments of 64 kB": lambda: ("edit", {"path": "new.py", "content": LONG}),
    "a path of 64 kB": lambda: ("read", {"path": LONG}),
    "control characters": lambda: ("read", {"path": "bank\x1b[31m.py\n===== turn 9: x ====="}),
    "a check with another command": lambda: ("check", {"name": "test; touch /tmp/x"}),
    "a check with another path": lambda: ("check", {"name": "test /etc/passwd"}),
    "a check of 64 kB": lambda: ("check", {"name": f"'{LONG}"}),
    "an expression that takes all memory": lambda: ("search", {"text": "(?R)", "regex": True}),
    "half a pair": lambda: raw_call("search", '{"text": "\\ud800"}'),
}


def raw_call(name: str, arguments: str) -> ScriptedAnswer:
    piece = {"index": 0, "id": "c", "function": {"name": name, "arguments": arguments}}
    return ScriptedAnswer(deltas=({"tool_calls": [piece]},), finish="tool_calls")


@pytest.mark.slow
@pytest.mark.parametrize("kind", HOSTILE)
def test_a_call_that_cannot_be_done_is_answered_and_the_work_goes_on(
    project: Project, model_server: ModelServer, kind: str
) -> None:
    """What is wrong with it is its result; nothing of it breaks the run or the evidence."""
    serve_turns(project, model_server, [HOSTILE[kind](), *TURNS], context=262_144, answer=65_536)
    code, out = project.bricklayer("run", project.plan(TASK))
    assert code == 0, out
    assert len(model_server.requests) == 4
    shown = project.bricklayer("show", "fix")[1]
    assert shown.count("\n===== turn ") == 4
    assert "\x1b" not in out + shown
