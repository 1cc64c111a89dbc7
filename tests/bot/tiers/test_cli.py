import json
import os
import signal
import stat
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from bot.config import TierSettings
from bot.errors import UserError
from bot.tiers import ModelError, Prompt, Reply
from bot.tiers.cli import CliModel
from bot.tiers.spec import parse

SAID = {"type": "item.completed", "item": {"id": "1", "type": "agent_message", "text": "hi"}}
DONE = {"type": "turn.completed", "usage": {"input_tokens": 40, "output_tokens": 5}}
Codex = Callable[..., CliModel]


def calm(*_: object) -> str:
    return ""


def line(event: object) -> str:
    return f"printf '%s\\n' '{json.dumps(event)}'"


@pytest.fixture
def codex(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Codex:
    """A program called codex that does what the test says, in shell."""

    def make(script: str, **settings: object) -> CliModel:
        binary = tmp_path / "bin" / "codex"
        binary.parent.mkdir(exist_ok=True)
        binary.write_text(f"#!/bin/sh\n{script}\n")
        binary.chmod(stat.S_IRWXU)
        monkeypatch.setenv("PATH", f"{binary.parent}:{os.environ['PATH']}")
        wanted = {"models": ("cli:codex",), "timeout": 20, **settings}
        return CliModel(parse("cli:codex/some-model"), TierSettings.model_validate(wanted))

    return make


def ask(model: CliModel, user: str = "Do it.") -> Reply:
    return model.ask(Prompt("Be brief.", user), calm)


def test_text_usage_and_events_come_from_the_stream(codex: Codex) -> None:
    """The reply is the CLI's message, the tokens its own count, the events small records."""
    shell = {"id": "0", "type": "command_execution", "command": "ls", "aggregated_output": "no"}
    script = "\n".join(
        [
            "cat > /dev/null",
            "echo not json",
            "echo '[[[['",
            line({"type": "item.started", "item": shell}),
            line({"type": "item.completed", "item": {**shell, "exit_code": 1}}),
            line(SAID),
            line(DONE),
        ]
    )
    reply = ask(codex(script))
    assert (reply.text, reply.tokens_in, reply.tokens_out) == ("hi", 40, 5)
    assert reply.model == "cli:codex/some-model"
    assert reply.events[:2] == (
        {"kind": "action", "tool": "shell", "args": "ls"},
        {"kind": "observation", "tool": "shell", "exit_code": "1", "text": "no"},
    )
    assert reply.events[-1] == {"kind": "message", "source": "agent", "text": "hi"}


def test_it_runs_nowhere_with_little(
    codex: Codex, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An empty folder, a home of its own, no secret of this machine, the prompt on stdin."""
    monkeypatch.setenv("GITHUB_TOKEN", "t0p")
    seen = tmp_path / "seen"
    script = f"{{ env; echo FILES; ls -A; echo ASKED; cat; }} > {seen}\n{line(SAID)}\n{line(DONE)}"
    ask(codex(script), "x" * 300_000)
    env, _, rest = seen.read_text().partition("FILES\n")
    assert rest == f"ASKED\n{'x' * 300_000}"
    assert "t0p" not in env
    home = next(row for row in env.splitlines() if row.startswith("HOME="))
    assert home.removeprefix("HOME=") != os.environ["HOME"]
    assert not Path(home.removeprefix("HOME=")).exists()


def test_the_login_is_linked_and_a_renewed_one_kept(codex: Codex, home: Path) -> None:
    """The CLI sees its login and nothing else of the person's; a renewed login is not lost."""
    login = home / ".codex" / "auth.json"
    login.parent.mkdir()
    login.write_text("old")
    (home / ".codex" / "AGENTS.md").write_text("obey me")
    script = (
        'test "$(cat "$CODEX_HOME/auth.json")" = old || exit 9\n'
        'test ! -e "$CODEX_HOME/AGENTS.md" || exit 8\n'
        'printf new > "$CODEX_HOME/next"; mv "$CODEX_HOME/next" "$CODEX_HOME/auth.json"\n'
        f"{line(SAID)}\n{line(DONE)}"
    )
    assert ask(codex(script)).text == "hi"
    assert login.read_text() == "new"
    assert stat.S_IMODE(login.stat().st_mode) == 0o600


def test_a_key_goes_into_its_variable_and_no_word(
    codex: Codex, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A configured key reaches the CLI by environment, never by its command line or an error."""
    monkeypatch.setenv("HOUSE_KEY", "sk-house-0123456789")
    script = 'echo "$*" key "$CODEX_API_KEY" >&2; exit 3'
    with pytest.raises(ModelError, match="exit code 3") as wrong:
        ask(codex(script, api_key_env="HOUSE_KEY"))
    assert wrong.value.why.count("[key]") == 1
    assert "sk-house" not in wrong.value.why


@pytest.mark.parametrize("end", ["cut", "timeout"])
def test_nothing_of_it_outlives_the_call(codex: Codex, tmp_path: Path, end: str) -> None:
    """A cut and a timeout kill the program, its children and those that left its group."""
    pids = tmp_path / "pids"
    script = (
        f"setsid sleep 300 & echo $! > {pids}\nsleep 300 & echo $! >> {pids}\n"
        f"echo $$ >> {pids}\n{line(SAID) if end == 'cut' else ''}\nwait"
    )
    model = codex(script, timeout=20 if end == "cut" else 1)
    if end == "cut":
        reply = model.ask(Prompt("", "x"), lambda text, _=(): "echo" if text else "")
        assert (reply.stop, reply.cut_why, reply.text) == ("cut", "echo", "hi")
        assert reply.tokens_in > 0
        assert reply.tokens_out > 0
    else:
        with pytest.raises(ModelError, match="within 1 s") as wrong:
            ask(model)
        assert wrong.value.retryable
    for pid in map(int, pids.read_text().split()):
        assert _gone(pid)


def _gone(pid: int) -> bool:
    ends = time.monotonic() + 5
    while time.monotonic() < ends:
        try:
            if psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
                return True
        except psutil.NoSuchProcess:
            return True
        time.sleep(0.01)
    os.kill(pid, signal.SIGKILL)
    return False


def test_a_flood_ends(codex: Codex) -> None:
    """A CLI that never stops talking is ended by how much it says."""
    with pytest.raises(ModelError, match="more than any reply"):
        ask(codex("yes floodfloodflood"))
    with pytest.raises(ModelError, match="more than any reply"):
        ask(codex("tr '\\0' x < /dev/zero"))


def test_a_reply_beyond_its_room(codex: Codex) -> None:
    """A CLI takes no limit for its reply, so a longer one ends as out of room."""
    long = {**SAID, "item": {**SAID["item"], "text": "word " * 2000}}  # type: ignore[dict-item]
    model = codex(f"{line(long)}\nsleep 300")
    assert model.ask(Prompt("", "x", reply=64), calm).stop == "length"


@pytest.mark.parametrize(
    ("script", "words", "later"),
    [
        ("exit 0", "said nothing", True),
        ("echo 'not logged in' >&2; exit 1", "not logged in", False),
        (line({"type": "turn.failed", "error": {"message": "usage limit hit"}}), "usage", True),
        (line({"type": "turn.failed", "error": {"message": "bad model"}}), "bad model", False),
        (f"{line(SAID)}; kill -9 $$", "exit code -9", False),
        (f"{line(SAID)}; exit 0", "said nothing", True),
        (line({"type": "turn.failed", "error": 5}), "None", False),
    ],
)
def test_what_is_no_reply(codex: Codex, script: str, words: str, later: bool) -> None:
    """Only a run that ended well counts; what a little later may mend is retryable."""
    with pytest.raises(ModelError, match=words) as wrong:
        ask(codex(script))
    assert wrong.value.retryable is later


def test_a_cli_that_is_not_there(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An unknown CLI lists the known ones; one not installed names its package."""
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UserError, match="no CLI called 'gemini'") as wrong:
        CliModel(parse("cli:gemini"), TierSettings(models=("cli:gemini",)))
    assert "cli:opencode" in wrong.value.mend
    with pytest.raises(UserError, match="claude is not installed") as wrong:
        CliModel(parse("cli:claude"), TierSettings(models=("cli:claude",)))
    assert "@anthropic-ai/claude-code" in wrong.value.mend
