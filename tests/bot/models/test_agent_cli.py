import json
import os
import signal
import stat
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.processes import is_running

from bot.config.tiers import TierSettings
from bot.errors import UserError
from bot.ledger_sums import compute_cost
from bot.models.agent_cli.model import CLIS, CliModel
from bot.models.agent_cli.protocol import Cli, CliReply
from bot.models.model import ModelError, Prompt, Reply
from bot.models.spec import parse_spec
from bot.models.token_estimate import MAX_TOKEN_COUNT, bounded_count

MESSAGE = {"type": "item.completed", "item": {"id": "1", "type": "agent_message", "text": "hi"}}
DONE = {"type": "turn.completed", "usage": {"input_tokens": 40, "output_tokens": 5}}
Codex = Callable[..., CliModel]
NAMES = (
    *("type", "item", "id", "text", "event", "message", "content", "delta", "index", "part"),
    *("tool", "state", "status", "usage", "input_tokens", "output_tokens", "tokens", "cache"),
    *("read", "write", "input", "output", "reason", "error", "data", "statusCode", "stop_reason"),
)
KINDS = (
    *("item.completed", "item.started", "turn.completed", "turn.failed", "error", "agent_message"),
    *("command_execution", "stream_event", "assistant", "user", "result", "tool_use", "text"),
    *("message_start", "content_block_delta", "text_delta", "message_delta", "step_finish", "stop"),
)
LEAF = st.one_of(
    st.sampled_from(KINDS), st.none(), st.booleans(), st.floats(), st.sampled_from([-1, 10**400])
)
ANY = st.recursive(
    LEAF,
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=4)
    ),
    max_leaves=12,
)
EVENTS = st.dictionaries(st.sampled_from(NAMES), ANY, max_size=4)


def keep_going(*_: object) -> str:
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
        fields = {"models": ("cli:codex",), "timeout": 20, **settings}
        return CliModel(parse_spec("cli:codex/some-model"), TierSettings.model_validate(fields))

    return make


def ask(model: CliModel, user: str = "Do it.") -> Reply:
    return model.ask(Prompt("Be brief.", user), keep_going)


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
            line(MESSAGE),
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


def test_it_runs_in_an_empty_folder_with_a_home_of_its_own(
    codex: Codex, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The program starts in an empty folder, with a temporary home, no secret, and the prompt on stdin."""
    monkeypatch.setenv("GITHUB_TOKEN", "t0p")
    record = tmp_path / "seen"
    script = (
        f"{{ env; echo FILES; ls -A; echo ASKED; cat; }} > {record}\n{line(MESSAGE)}\n{line(DONE)}"
    )
    ask(codex(script), "x" * 300_000)
    env, _, rest = record.read_text().partition("FILES\n")
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
        f"{line(MESSAGE)}\n{line(DONE)}"
    )
    assert ask(codex(script)).text == "hi"
    assert login.read_text() == "new"
    assert stat.S_IMODE(login.stat().st_mode) == 0o600


def test_a_key_is_passed_by_its_variable_only(
    codex: Codex, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A configured key reaches the CLI by environment, never by its command line or an error."""
    monkeypatch.setenv("HOUSE_KEY", "sk-house-0123456789")
    script = 'echo "$*" key "$CODEX_API_KEY" >&2; exit 3'
    with pytest.raises(ModelError, match="exit code 3") as raised:
        ask(codex(script, api_key_env="HOUSE_KEY"))
    assert raised.value.why.count("[key]") == 1
    assert "sk-house" not in raised.value.why


LOGIN = "sk-ant-oat01-0123456789abcdef"


@pytest.fixture
def claude(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Codex:
    """A program called claude that does what the test says, logged in by its variable."""
    monkeypatch.setenv("CLAUDE_CODE_OAUTH_TOKEN", LOGIN)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")

    def make(script: str) -> CliModel:
        binary = tmp_path / "claude"
        binary.write_text(f"#!/bin/sh\n{script}\n")
        binary.chmod(stat.S_IRWXU)
        return CliModel(parse_spec("cli:claude"), TierSettings(models=("cli:claude",), timeout=20))

    return make


def test_a_login_by_variable_is_never_shown(claude: Codex) -> None:
    """A login that came by a variable is taken out of the errors of a CLI that fails."""
    with pytest.raises(ModelError, match="exit code 3") as raised:
        ask(claude('echo "refused: $CLAUDE_CODE_OAUTH_TOKEN" >&2; exit 3'))
    assert "refused: [key]" in raised.value.why
    with pytest.raises(ModelError, match="refused") as raised:
        ask(claude(line({"type": "result", "is_error": True, "result": f"refused: {LOGIN}"})))
    assert LOGIN[:14] not in raised.value.why


def test_a_login_in_a_reply_is_redacted(claude: Codex) -> None:
    """A reply and its events are kept, so neither has the login in it, in however many pieces."""
    block = {"type": "text", "text": f"{'x' * 1980}{LOGIN}"}
    deltas = [
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": piece}}
        for piece in ("it is ", LOGIN[:9], LOGIN[9:], "!")
    ]
    events = [
        *({"type": "stream_event", "event": delta} for delta in deltas),
        {"type": "assistant", "message": {"content": [block]}},
        {"type": "result", "result": "done"},
    ]
    reply = ask(claude("\n".join(map(line, events))))
    assert reply.text == "it is [key]!"
    assert LOGIN[:14] not in str(reply.events)
    assert "[key]" in str(reply.events)


def test_an_event_can_always_be_written(codex: Codex) -> None:
    """Half a surrogate pair in a CLI's output is in no event that is kept and in no error."""
    half = {"type": "item.completed", "item": {"type": "error", "message": "no \ud800 entry"}}
    with pytest.raises(ModelError, match=r"no \? entry"):
        ask(codex(line(half)))
    reply = ask(codex("\n".join(map(line, (half, MESSAGE, DONE)))))
    assert str(reply.events).encode()
    assert reply.events[0]["text"] == "no ? entry"


@pytest.mark.parametrize("end", ["cut", "timeout"])
def test_nothing_of_it_outlives_the_call(codex: Codex, tmp_path: Path, end: str) -> None:
    """A cut and a timeout kill the program, its children and those that left its group."""
    pids = tmp_path / "pids"
    script = (
        f"setsid sleep 300 & echo $! > {pids}\nsleep 300 & echo $! >> {pids}\n"
        f"echo $$ >> {pids}\n{line(MESSAGE) if end == 'cut' else ''}\nwait"
    )
    model = codex(script, timeout=20 if end == "cut" else 1)
    if end == "cut":
        reply = model.ask(Prompt("", "x"), lambda text, _=(): "echo" if text else "")
        assert (reply.stop, reply.cut_why, reply.text) == ("cut", "echo", "hi")
        assert reply.tokens_in > 0
        assert reply.tokens_out > 0
    else:
        with pytest.raises(ModelError, match="within 1 s") as raised:
            ask(model)
        assert raised.value.retryable
    for pid in map(int, pids.read_text().split()):
        assert _wait_until_gone(pid)


def _wait_until_gone(pid: int) -> bool:
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        if not is_running(pid):
            return True
        time.sleep(0.01)
    os.kill(pid, signal.SIGKILL)
    return False


@pytest.mark.parametrize("cli", CLIS.values(), ids=CLIS)
@given(events=st.lists(EVENTS, max_size=3))
def test_any_event_can_be_read(cli: Cli, events: list[dict[str, object]]) -> None:
    """Whatever JSON a CLI writes, reading it raises nothing and counts nothing below 0."""
    reply = CliReply()
    for event in events:
        cli.read_event(event, reply)
    assert min(reply.tokens_in, reply.tokens_out, reply.tokens_cached) >= 0
    assert isinstance(reply.text, str)


@pytest.mark.parametrize(
    ("name", "event"),
    [
        ("codex", {"type": ["x"]}),
        ("codex", {"type": "item.started", "item": {"type": ["x"]}}),
        ("opencode", {"type": "step_finish", "part": {"reason": []}}),
        ("claude", {"type": {"x": []}}),
    ],
)
def test_a_kind_that_is_no_string(name: str, event: dict[str, object]) -> None:
    """A list where an event's kind or reason belongs is an unknown event and raises nothing."""
    reply = CliReply()
    CLIS[name].read_event(event, reply)
    assert not reply.ended


def test_an_impossible_count(codex: Codex) -> None:
    """However many tokens a CLI claims, and however often, their cost is a number."""
    huge = {"input_tokens": 10**400, "output_tokens": 1e300, "cached_input_tokens": 10**400}
    done = line({"type": "turn.completed", "usage": huge})
    reply = ask(codex("\n".join([line(MESSAGE), done, done])))
    assert (reply.tokens_in, reply.tokens_out, reply.tokens_cached) == (
        MAX_TOKEN_COUNT,
        MAX_TOKEN_COUNT,
        MAX_TOKEN_COUNT,
    )
    assert compute_cost(reply.tokens_in, reply.tokens_out, price_in=2, price_out=8) == 1e7
    counts = [-1, True, "7", None, float("nan"), float("inf"), 12.0, -float("inf")]
    assert [bounded_count(count) for count in counts] == [0, 0, 0, 0, 0, MAX_TOKEN_COUNT, 12, 0]


@pytest.mark.slow
def test_endless_output_ends(codex: Codex) -> None:
    """A CLI that never stops writing is ended at the limit for its output."""
    with pytest.raises(ModelError, match="longer than any reply"):
        ask(codex("yes floodfloodflood"))
    with pytest.raises(ModelError, match="longer than any reply"):
        ask(codex("tr '\\0' x < /dev/zero"))


def test_a_reply_beyond_its_limit(codex: Codex) -> None:
    """A CLI takes no limit for its reply, so a longer one is ended with the stop `length`."""
    long = {**MESSAGE, "item": {**MESSAGE["item"], "text": "word " * 2000}}  # type: ignore[dict-item]
    model = codex(f"{line(long)}\nsleep 300")
    assert model.ask(Prompt("", "x", reply=64), keep_going).stop == "length"


@pytest.mark.parametrize(
    ("script", "words", "retryable"),
    [
        ("exit 0", "answered nothing", True),
        ("echo 'not logged in' >&2; exit 1", "not logged in", False),
        (line({"type": "turn.failed", "error": {"message": "usage limit hit"}}), "usage", True),
        (line({"type": "turn.failed", "error": {"message": "bad model"}}), "bad model", False),
        (f"{line(MESSAGE)}; kill -9 $$", "exit code -9", False),
        (f"{line(MESSAGE)}; exit 0", "answered nothing", True),
        (line({"type": "turn.failed", "error": 5}), "None", False),
    ],
)
def test_a_run_without_a_reply(codex: Codex, script: str, words: str, retryable: bool) -> None:
    """Only a run that ended well counts; an error that may pass is retryable."""
    with pytest.raises(ModelError, match=words) as raised:
        ask(codex(script))
    assert raised.value.retryable is retryable


def test_a_cli_that_is_not_installed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An unknown CLI lists the known ones; one not installed names its package."""
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UserError, match="no CLI called 'gemini'") as raised:
        CliModel(parse_spec("cli:gemini"), TierSettings(models=("cli:gemini",)))
    assert "cli:opencode" in raised.value.hint
    with pytest.raises(UserError, match="claude is not installed") as raised:
        CliModel(parse_spec("cli:claude"), TierSettings(models=("cli:claude",)))
    assert "@anthropic-ai/claude-code" in raised.value.hint


LIMIT = (
    "You've hit your usage limit. Upgrade to Pro (https://x.y) or try again in 2 hours 3 minutes."
)


def test_a_used_up_quota_is_an_outage_with_its_end(codex: Codex) -> None:
    """Whatever the CLI says it in: the event of a failed turn, or the last words of its log."""
    failed = {"type": "turn.failed", "error": {"message": LIMIT.replace("'", "")}}
    for script in (line(failed), f'echo "{LIMIT}" >&2; exit 1'):
        with pytest.raises(ModelError) as raised:
            ask(codex(f"cat > /dev/null\n{script}"))
        assert raised.value.wait == 2 * 3600 + 3 * 60
        assert raised.value.cause == "outage"


def test_claudes_event_of_a_rejected_limit_says_when_it_ends() -> None:
    """Only of a rejected one: the same event tells of limits that are near, or far."""
    reply = CliReply()
    info = {"status": "allowed_warning", "resetsAt": 1778565600, "rateLimitType": "five_hour"}
    CLIS["claude"].read_event({"type": "rate_limit_event", "rate_limit_info": info}, reply)
    assert reply.resets_at == 0
    rejected = {**info, "status": "rejected"}
    CLIS["claude"].read_event({"type": "rate_limit_event", "rate_limit_info": rejected}, reply)
    assert reply.resets_at == 1778565600
    CLIS["claude"].read_event({"type": "rate_limit_event", "rate_limit_info": [1]}, reply)
