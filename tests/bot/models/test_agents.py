"""`agent:` as a name of a model: which CLI, at which server, with which key."""

from pathlib import Path

import pytest

from bot.config.tiers import TierSettings
from bot.errors import UserError
from bot.models.agent_cli.agent import PLACEHOLDER_KEY, AgentCall
from bot.models.agent_cli.agent_model import AGENTS, AgentModel
from bot.models.chain import open_tier
from bot.models.model import ModelError, Prompt
from bot.models.places import find_place
from bot.models.spec import parse_spec

CALL = AgentCall("m", "http://127.0.0.1:4141/v1", "/box/home", 65536, 8192)


@pytest.fixture(autouse=True)
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """All of them, as npm installs codex: what is on PATH only starts the program."""
    package = tmp_path / "node_modules" / "@openai" / "codex"
    for name in AGENTS:
        program = tmp_path / "bin" / name
        program.parent.mkdir(exist_ok=True)
        program.write_text("#!/usr/bin/env node\n")
        program.chmod(0o755)
    (package / "bin").mkdir(parents=True)
    (package / "bin" / "codex.js").write_text("#!/usr/bin/env node\n")
    (package / "bin" / "codex.js").chmod(0o755)
    (tmp_path / "bin" / "codex").unlink()
    (tmp_path / "bin" / "codex").symlink_to(package / "bin" / "codex.js")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    return tmp_path


def open_model(name: str, **more: object) -> AgentModel:
    settings = {"models": (name,), "base_url": "http://127.0.0.1:8080/v1", "context": 65536, **more}
    return AgentModel(parse_spec(name), TierSettings.model_validate(settings))


def test_the_program_itself_is_found(installed: Path) -> None:
    """Not the script that npm puts on PATH, which would need all of its package."""
    native = installed / "node_modules/@openai/codex-linux-x64/vendor/x86_64/bin/codex"
    native.parent.mkdir(parents=True)
    native.write_bytes(b"\x7fELF")
    assert open_model("agent:codex/m").program == native


@pytest.mark.parametrize("name", list(AGENTS))
def test_no_command_has_a_key_or_leads_elsewhere(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever this machine's variables hold, the sandbox gets a placeholder and the proxy."""
    monkeypatch.setenv("OPENAI_API_KEY", "sk-real")
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-real")
    told = str(AGENTS[name].build_command(CALL))
    assert "sk-real" not in told
    assert PLACEHOLDER_KEY in told
    assert "http://127.0.0.1:4141" in told
    assert "https://" not in told


def test_a_server_of_ones_own_needs_no_key() -> None:
    """Nor a model's name: llama-server takes any."""
    model = open_model("agent:codex")
    assert (model.key, model.model) == ("", "default")
    assert model.server == "http://127.0.0.1:8080/v1"


def test_the_providers_server_needs_its_key(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UserError, match="ANTHROPIC_API_KEY is not set"):
        open_model("agent:claude/m", base_url="")
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-real")
    model = open_model("agent:claude/m", base_url="")
    assert (model.key, model.server) == ("sk-real", "https://api.anthropic.com/v1")
    monkeypatch.setenv("OTHER", "sk-other")
    assert open_model("agent:claude/m", api_key_env="OTHER").key == "sk-other"


def test_the_address_of_anthropics_protocol_may_end_before_v1() -> None:
    assert open_model("agent:claude/m", base_url="http://x:1/").server == "http://x:1/v1"


@pytest.mark.parametrize(
    ("name", "more", "told"),
    [
        ("agent:cluade/m", {}, "Did you mean agent:claude"),
        ("agent:claude", {"base_url": ""}, "names no model"),
        ("agent:codex/m", {"context": 8192}, "cannot work in a window of 8,192"),
        ("agent:opencode/m", {"base_url": ""}, "needs the address"),
        ("agent:opencode/m", {"base_url": "localhost:8080"}, "no address"),
        ("agent:opencode/m", {"base_url": "http://x/v1?a=b"}, "no address"),
    ],
)
def test_a_name_that_is_none_is_told(name: str, more: dict[str, object], told: str) -> None:
    with pytest.raises(UserError, match=told):
        open_model(name, **more)


def test_agents_and_other_models_have_tiers_of_their_own() -> None:
    """One is given files, the other a prompt."""
    tier = TierSettings(
        models=("agent:codex/m", "openai-chat:m"), base_url="http://127.0.0.1:8080/v1"
    )
    with pytest.raises(UserError, match="have a tier for each"):
        open_tier(tier)


def test_it_answers_no_question() -> None:
    """A planner or a reviewer has to be a model of another kind."""
    with pytest.raises(ModelError, match="answers no question") as raised:
        open_model("agent:codex/m").ask(Prompt("", "x"), lambda *_: "")
    assert raised.value.cause == "settings"


def test_its_place_is_its_servers() -> None:
    tier = TierSettings(models=("agent:codex/m",), base_url="http://127.0.0.1:8080/v1")
    assert find_place("agent:codex/m", tier) == "here"
    assert find_place("agent:codex/m", TierSettings(models=("agent:codex/m",))) == "away"
