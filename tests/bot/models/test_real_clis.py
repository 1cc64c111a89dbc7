"""The subscription CLIs themselves, against a scripted model on loopback."""

import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fake_models.server import ModelServer, ReceivedRequest, ScriptedAnswer
from fake_models.wire import TOKENS_IN, TOKENS_OUT

from bot.config.tiers import TierSettings
from bot.models.agent_cli.claude import CLAUDE
from bot.models.agent_cli.model import CLIS as REGISTRY
from bot.models.agent_cli.model import CliModel
from bot.models.agent_cli.protocol import CliCommand, CliRequest
from bot.models.model import ModelError, Prompt
from bot.models.spec import parse_spec

pytestmark = [pytest.mark.clis, pytest.mark.timeout(240)]
CLIS = {"codex": "scripted", "claude": "claude-sonnet-4-5", "opencode": "scripted"}
FOLDER = os.environ.get("BRICKLAYER_CLIS", "")
"""Read before a test's home takes the variables of this machine away."""


def keep_going(*_: object) -> str:
    return ""


@pytest.fixture(params=sorted(CLIS))
def cli(
    request: pytest.FixtureRequest, model_server: ModelServer, monkeypatch: pytest.MonkeyPatch
) -> CliModel:
    """Each real CLI in turn, asking the stand-in; skipped where it is not installed."""
    name = str(request.param)
    if FOLDER:
        monkeypatch.setenv("PATH", f"{FOLDER}:{os.environ['PATH']}")
    if shutil.which(name) is None:
        pytest.skip(f"{name} is not installed: npm install it, name its .bin in BRICKLAYER_CLIS")
    url = model_server.url.removesuffix("/v1") if name == "claude" else model_server.url
    kind = f"cli:{name}/{CLIS[name]}"
    return CliModel(parse_spec(kind), TierSettings(models=(kind,), base_url=url, timeout=120))


def test_prompt_in_text_out(cli: CliModel, model_server: ModelServer) -> None:
    """One request, without a single tool, brings the text and the server's own count."""
    model_server.answers = [ScriptedAnswer("```python\nx = 1\n```\n", cached=1000)]
    reply = cli.ask(Prompt("You are terse.", "Write x = 1."), keep_going)
    assert reply.text.strip() == "```python\nx = 1\n```"
    assert (reply.tokens_in, reply.tokens_out) == (TOKENS_IN, TOKENS_OUT)
    assert reply.tokens_cached == 1000
    assert len(model_server.requests) == 1
    asked = model_server.requests[0]
    assert asked.tool_names() == set()
    assert "You are terse." in str(asked.body)
    assert "Write x = 1." in str(asked.body)
    assert {"kind": "message", "source": "agent", "text": reply.text} in reply.events


def calls(command: str, path: str) -> dict[str, dict[str, Any]]:
    """How a model would ask for each tool these CLIs have when nobody turns it off."""
    return {
        "shell": {"command": ["sh", "-c", command]},
        "exec_command": {"cmd": command},
        "apply_patch": {"input": f"*** Begin Patch\n*** Add File: {path}\n+x\n*** End Patch"},
        "view_image": {"path": path},
        "Bash": {"command": command, "description": "x"},
        "Read": {"file_path": path},
        "Write": {"file_path": path, "content": "x"},
        "Task": {"description": "x", "prompt": command, "subagent_type": "general-purpose"},
        "bash": {"command": command, "description": "x"},
        "read": {"filePath": path},
        "write": {"filePath": path, "content": "x"},
        "webfetch": {"url": "http://127.0.0.1:9/", "format": "text"},
    }


def test_a_tool_call_runs_nothing(cli: CliModel, model_server: ModelServer, tmp_path: Path) -> None:
    """A model that asks for tools all the same gets none: no file is written, none is read."""
    ran = tmp_path / "ran"
    secret = tmp_path / "secret"
    secret.write_text("the crown jewels")
    native = {"codex": 4, "claude": 4, "opencode": 4}
    tool_calls = calls(f"cat {secret} > {ran}; cat {secret}", str(secret))
    starts = {"codex": 0, "claude": 4, "opencode": 8}
    name = cli.name.removeprefix("cli:").partition("/")[0]
    names = list(tool_calls)[starts[name] : starts[name] + native[name]]

    def answer(asked: ReceivedRequest) -> ScriptedAnswer:
        number = len(model_server.requests) - 1
        assert asked.tool_names() == set()
        return (
            ScriptedAnswer(tool=(names[number], tool_calls[names[number]]))
            if number < 1
            else ScriptedAnswer("no tools then")
        )

    for _ in range(len(names)):
        model_server.requests.clear()
        model_server.choose_answer = answer
        reply = cli.ask(Prompt("", "Use a tool."), keep_going)
        assert reply.text.strip().endswith("no tools then")
        assert not ran.exists()
        assert secret.read_text() == "the crown jewels"
        assert "crown jewels" not in str([asked.body for asked in model_server.requests])
        names = names[1:]


def name_in_every_way(secret: Path) -> str:
    """A text with every way these CLIs know of putting a file or a command's output in its place."""
    relative = secret.relative_to("/")
    ways = f"@{secret} @../../{relative} @../../../{relative} {{file:{secret}}} !`cat {secret}`"
    return f"Fix this:\n```\n{ways}\n```\n@{secret}"


def secret_in(home: Path) -> Path:
    secret = home / "secret.txt"
    secret.write_text("the crown jewels")
    return secret


@pytest.mark.parametrize("place", ["system", "user"])
def test_a_file_named_in_a_prompt_is_not_sent(
    cli: CliModel, model_server: ModelServer, home: Path, place: str
) -> None:
    """A file's name in the prompt, however it is written, is sent as text, without the file."""
    text = name_in_every_way(secret_in(home))
    prompt = Prompt("Be brief.", text) if place == "user" else Prompt(text, "Do it.")
    cli.ask(prompt, keep_going)
    sent = json.dumps([asked.body for asked in model_server.requests])
    assert json.dumps(text)[1:-1] in sent
    assert "crown jewels" not in sent


@pytest.mark.parametrize("cli", ["claude"], indirect=True)
@pytest.mark.parametrize("guard", ["variable", "setting"])
def test_either_guard_keeps_files_out(
    cli: CliModel,
    model_server: ModelServer,
    home: Path,
    guard: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Claude's attachments are off and its reading is denied: each alone keeps a named file here."""

    def build_weaker_command(call: CliRequest) -> CliCommand:
        command = CLAUDE.build_command(call)
        if guard == "variable":
            return replace(command, arguments=_without(command.arguments, "--settings"))
        return replace(command, env=_less(command.env, "CLAUDE_CODE_DISABLE_ATTACHMENTS"))

    monkeypatch.setitem(REGISTRY, "claude", replace(CLAUDE, build_command=build_weaker_command))
    spec = parse_spec(cli.name)
    settings = TierSettings(
        models=(cli.name,), base_url=model_server.url.removesuffix("/v1"), timeout=120
    )
    CliModel(spec, settings).ask(Prompt("", name_in_every_way(secret_in(home))), keep_going)
    assert "crown jewels" not in str([asked.body for asked in model_server.requests])


def _without(arguments: tuple[str, ...], option: str) -> tuple[str, ...]:
    at = arguments.index(option)
    return arguments[:at] + arguments[at + 2 :]


def _less(env: Mapping[str, str], name: str) -> dict[str, str]:
    assert name in env
    return {key: value for key, value in env.items() if key != name}


def test_a_rate_limit_is_reported(cli: CliModel, model_server: ModelServer) -> None:
    """429 from the model ends the run as an error that names it."""
    model_server.answers = [ScriptedAnswer("slow down", status=429, headers={"retry-after": "0"})]
    with pytest.raises(ModelError, match=r"slow down|429") as raised:
        cli.ask(Prompt("", "x"), keep_going)
    assert raised.value.retryable is ("opencode" not in cli.name)


def test_a_bad_key_is_reported(cli: CliModel, model_server: ModelServer) -> None:
    """A refused key ends the run at once and is not worth another try."""
    model_server.answers = [ScriptedAnswer("invalid api key", status=401)]
    with pytest.raises(ModelError) as raised:
        cli.ask(Prompt("", "x"), keep_going)
    assert not raised.value.retryable
