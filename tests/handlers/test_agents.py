"""`agent:` in a tier, by the real command: a CLI does the task, the checks decide, faults are told."""

import os
import shutil
import signal
import sqlite3
import threading
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from fake_models.server import ModelServer, ReceivedRequest, ScriptedAnswer
from fake_models.wire import TOKENS_IN, TOKENS_OUT
from support import obedient_agent
from support.project import Project

ASK = "### Task: fix\n- file: bank.py\n- check: test\n\nSubtract.\n"
MEND = "t = open('bank.py').read(); open('bank.py', 'w').write(t.replace('+', '-'))"


@pytest.fixture
def agent(project: Project, model_server: ModelServer, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A project whose local tier is an agent that does what its model tells it."""
    program = project.room / "bin" / "opencode"
    program.parent.mkdir()
    shutil.copyfile(obedient_agent.__file__, program)
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    set_tiers(project, model_server)
    return project


def set_tiers(project: Project, server: ModelServer, more: str = "") -> None:
    (project.room / "bricklayer.toml").write_text(
        '[tiers.local]\nmodels = ["agent:opencode/scripted"]\nretries = 0\nwait = 0\n'
        "context = 65536\n"
        f'base_url = "{server.url}"\n{more}'
    )


def script(server: ModelServer, *codes: str) -> None:
    """Each code is run in turn; then the agent says that it is done."""
    server.answers = [*(ScriptedAnswer(f"RUN:{code}") for code in codes), ScriptedAnswer("Done.")]


def read_table(project: Project, query: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(project.room / "state/bricklayer/bricklayer.sqlite")) as db:
        return db.execute(query).fetchall()


@pytest.mark.slow
def test_it_does_the_task(agent: Project, model_server: ModelServer) -> None:
    """Its change is the commit, and what each of its calls took stands in the ledger."""
    script(model_server, MEND)
    code, out = agent.bricklayer("run", agent.plan(ASK))
    assert code == 0, out
    assert "agent:opencode/scripted: passed" in out
    assert f"{2 * TOKENS_IN:,}" in out
    assert agent.git("diff", "--stat", "main", "bricklayer/mend-it").count("bank.py") == 1
    calls = read_table(agent, "SELECT tokens FROM bricklayer_calls")
    assert calls == [(TOKENS_IN + TOKENS_OUT,)] * 2
    assert not list(agent.room.glob("state/bricklayer/jobs/*/lanes"))


@pytest.mark.slow
def test_its_prompt_is_the_task(agent: Project, model_server: ModelServer) -> None:
    """With the files it may write, the command that decides, and how that fails now."""
    script(model_server, MEND)
    agent.bricklayer("run", agent.plan(ASK))
    told = model_server.requests[0].body["messages"][0]["content"]
    for words in ("Subtract.", "- bank.py", "python3 -m unittest -q", "7 != 3"):
        assert words in told


@pytest.mark.slow
def test_only_the_tasks_own_files_count(agent: Project, model_server: ModelServer) -> None:
    """What else it wrote is told in words, also to its next try."""
    spoil = "open('tests/test_bank.py', 'w').write(''); open('NEW', 'w').write('x')"
    script(model_server, spoil, "open('bank.py', 'a').write('# x\\n')")
    code, out = agent.bricklayer("run", agent.plan(ASK))
    assert code == 1
    assert "not the task's to write, so left out: NEW, tests/test_bank.py" in out
    told = [asked.body["messages"][0]["content"] for asked in model_server.requests]
    assert "left out: NEW, tests/test_bank.py" not in told[0]
    assert any("left out: NEW, tests/test_bank.py" in each for each in told[3:])


@pytest.mark.slow
def test_its_words_count_for_nothing(agent: Project, model_server: ModelServer) -> None:
    """It says that it is done, and that its checks pass."""
    model_server.answers = [ScriptedAnswer("Done. All tests pass: exit 0, 1 test OK.")]
    code, out = agent.bricklayer("run", agent.plan(ASK))
    assert code == 1
    assert "the answer left the file as it was" in out


@pytest.mark.slow
def test_at_its_tokens_what_it_has_done_is_judged(
    agent: Project, model_server: ModelServer
) -> None:
    """Where that is enough, the task has passed."""
    set_tiers(agent, model_server, "[tiers.local.agent]\ntokens = 1000\n")
    script(model_server, MEND, "raise SystemExit('asked once too often')")
    code, out = agent.bricklayer("run", agent.plan(ASK))
    assert code == 0, out
    assert "passed: ended at its limit of 1,000 tokens" in out
    assert len(model_server.requests) == 1


@pytest.mark.slow
def test_a_refused_key_is_no_attempt(
    agent: Project, model_server: ModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is told by name, with what to do, and the key is told to nobody."""
    monkeypatch.setenv("AGENT_TEST_KEY", "sk-very-secret-0123456789")
    set_tiers(agent, model_server, 'api_key_env = "AGENT_TEST_KEY"\n')
    model_server.answers = [ScriptedAnswer("bad key sk-very-secret-0123456789", status=401)]
    code, out = agent.bricklayer("run", agent.plan(ASK))
    assert code == 2, out
    assert "HTTP 401" in out
    assert "No attempt was counted" in out
    assert "very-secret" not in out
    assert read_table(agent, "SELECT * FROM bricklayer_attempts") == []


@pytest.mark.slow
def test_a_server_that_is_down_is_no_attempt(agent: Project, model_server: ModelServer) -> None:
    """Once it answers again, the same command goes on with the first attempt."""
    model_server.answers = [ScriptedAnswer("overloaded", status=503)]
    code, out = agent.bricklayer("run", agent.plan(ASK))
    assert code == 70, out
    assert "HTTP 503" in out
    assert "No attempt was counted" in out
    script(model_server, MEND)
    code, out = agent.bricklayer("run", agent.plan(ASK))
    assert code == 0, out
    assert "fix: 1 local" in out


@pytest.mark.slow
def test_a_cap_pauses_the_job(agent: Project, model_server: ModelServer) -> None:
    """No attempt is counted, and the next call is not made."""
    set_tiers(agent, model_server, "[spending]\njob_tokens = 66000\n")
    script(model_server, "pass", MEND)
    code, out = agent.bricklayer("run", agent.plan(ASK))
    assert code != 0
    assert "cap" in out
    assert len(model_server.requests) == 1
    assert read_table(agent, "SELECT * FROM bricklayer_attempts") == []


@pytest.mark.slow
def test_a_cli_that_is_not_there_is_told(agent: Project) -> None:
    """Before anything is begun, with the command that installs it."""
    (agent.room / "bin" / "opencode").unlink()
    code, out = agent.bricklayer("run", agent.plan(ASK))
    assert code == 2
    assert "opencode is not installed" in out
    assert "npm install --global opencode-ai" in out


@pytest.mark.slow
def test_a_cli_that_cannot_work_is_no_attempt(agent: Project) -> None:
    """It ends before it has asked its model anything: another version of it, say."""
    (agent.room / "bin" / "opencode").write_text("#!/bin/sh\necho unknown option >&2\nexit 3\n")
    code, out = agent.bricklayer("run", agent.plan(ASK))
    assert code == 2
    assert "exit code 3 and never asked its model: unknown option" in out
    assert read_table(agent, "SELECT * FROM bricklayer_attempts") == []


@pytest.mark.slow
def test_killed_it_is_started_anew(agent: Project, model_server: ModelServer) -> None:
    """Nothing of its room is left, none of its processes, and the attempt is the first again."""
    held = threading.Event()

    def hold(_: ReceivedRequest) -> ScriptedAnswer:
        held.set()
        return ScriptedAnswer(drip=True)

    model_server.choose_answer = hold
    plan = agent.plan(ASK)
    process = agent.start("run", plan)
    assert held.wait(60)
    os.kill(process.pid, signal.SIGKILL)
    agent.finish(process)
    wait_until(lambda: not find_agents(agent))
    model_server.choose_answer = model_server._next  # noqa: SLF001  # the stand-in's own
    script(model_server, MEND)
    code, out = agent.bricklayer("run", plan)
    assert code == 0, out
    assert "fix: 1 local" in out
    assert not list(agent.room.glob("state/bricklayer/jobs/*/lanes/*/*/agent"))
    assert len(read_table(agent, "SELECT * FROM bricklayer_attempts")) == 1


def find_agents(project: Project) -> list[str]:
    """Processes whose root or command is of this project's agent."""
    found = []
    for path in Path("/proc").glob("[0-9]*/mountinfo"):
        try:
            if str(project.room / "bin") in path.read_text():
                found.append(path.parent.name)
        except OSError:
            continue
    return found


def wait_until(is_so: Callable[[], bool], seconds: float = 20.0) -> None:
    pause, deadline = threading.Event(), time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline
        pause.wait(0.02)


@pytest.mark.slow
def test_a_question_is_answered_by_what_it_says(agent: Project, model_server: ModelServer) -> None:
    """And what it wrote meanwhile is nobody's."""
    ask = "### Task: ask\n- kind: query\n- reads: bank.py\n\nWho calls withdraw()?\n\n"
    told = "Only tests/test_bank.py does."
    model_server.answers = [
        ScriptedAnswer("RUN:open('bank.py', 'w').write('')"),
        ScriptedAnswer(told),
        ScriptedAnswer(f"RUN:{MEND}"),
        ScriptedAnswer("Done."),
    ]
    fix = ASK.replace("- check", "- after: ask\n- check")
    code, out = agent.bricklayer("run", agent.plan(ask + fix))
    assert code == 0, out
    assert told in out


@pytest.mark.slow
def test_files_that_hold_keys_are_not_shown(agent: Project, model_server: ModelServer) -> None:
    """What the agent reads goes to its model. Nor is a repository's own setting of a CLI."""
    for name in (".env", ".claude/settings.json", "opencode.json"):
        agent.write(name, "{}")
    agent.commit()
    look = "import os; assert not {'.env', '.claude', 'opencode.json'} & {*os.listdir('.')}"
    script(model_server, f"{look}; {MEND}")
    code, out = agent.bricklayer("run", agent.plan(ASK))
    assert code == 0, out
    assert "left out" not in out


@pytest.mark.slow
def test_killed_once_it_has_ended_it_is_not_asked_again(
    agent: Project, model_server: ModelServer
) -> None:
    """What it left is held by git and paid for: the next run goes on with that."""
    script(model_server, MEND)
    plan = agent.plan(ASK)
    agent.killed_at("ask a model", "after", "run", plan)
    asked = len(model_server.requests)
    assert asked == 2
    code, out = agent.bricklayer("run", plan)
    assert code == 0, out
    assert len(model_server.requests) == asked
    assert "fix: 1 local" in out


@pytest.mark.slow
def test_without_bubblewrap_nothing_is_begun(
    agent: Project, model_server: ModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Though this machine runs its checks without a sandbox: an agent has one, or does not work."""
    settings = agent.room / "bricklayer.toml"
    settings.write_text(f'sandbox = "none"\n{settings.read_text()}')
    bare = agent.room / "bare"
    bare.mkdir()
    for name in ("git", "python3", "sh", "nice", "env"):
        (bare / name).symlink_to(shutil.which(name) or "")
    monkeypatch.setenv("PATH", f"{agent.room / 'bin'}:{bare}")
    code, out = agent.bricklayer("run", agent.plan(ASK))
    assert code == 2, out
    assert "bubblewrap (bwrap) is not installed" in out
    assert model_server.requests == []


@pytest.mark.slow
def test_it_works_beside_checks_without_a_sandbox(
    agent: Project, model_server: ModelServer
) -> None:
    settings = agent.room / "bricklayer.toml"
    settings.write_text(f'sandbox = "none"\n{settings.read_text()}')
    script(model_server, f"import os; assert os.getcwd() == '/box/repo'; {MEND}")
    code, out = agent.bricklayer("run", agent.plan(ASK))
    assert code == 0, out


@pytest.mark.slow
def test_it_sees_what_setup_left(agent: Project, model_server: ModelServer) -> None:
    """As its checks do, though what it writes there is its own."""
    config = (agent.repo / ".bricklayer.toml").read_text()
    agent.write(
        ".bricklayer.toml",
        f'{config}\n[setup]\ncommand = "mkdir -p vendor && echo made > vendor/tool"\n',
    )
    agent.commit()
    script(model_server, f"assert open('vendor/tool').read() == 'made\\n'; {MEND}")
    code, out = agent.bricklayer("run", agent.plan(ASK))
    assert code == 0, out
    assert "left out" not in out
