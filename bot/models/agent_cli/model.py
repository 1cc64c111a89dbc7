"""`cli:codex`, `cli:claude`, `cli:opencode`: a model behind an agent's command line."""

import json
import os
import re
import shutil
import time
from dataclasses import dataclass
from pathlib import Path

from bot.config.tiers import TierSettings
from bot.errors import UserError
from bot.models.agent_cli.claude import CLAUDE
from bot.models.agent_cli.codex import CODEX
from bot.models.agent_cli.home import Home, build_env, temporary_home, write_files
from bot.models.agent_cli.opencode import OPENCODE
from bot.models.agent_cli.process import RunningProgram, TooMuchOutputError, run_program
from bot.models.agent_cli.protocol import Cli, CliReply, CliRequest
from bot.models.model import Cause, ModelError, Prompt, Reply, Watch, is_retryable_status
from bot.models.quota import MAX_QUOTA_SECONDS, read_wait_seconds
from bot.models.spec import Spec
from bot.models.token_estimate import (
    MAX_CHARACTERS_PER_TOKEN,
    bounded_count,
    estimate_call_tokens,
    estimate_tokens,
)
from bot.models.tool_text import flatten_prompt
from bot.text.secrets import redact_line, redact_reply

CLIS: dict[str, Cli] = {"codex": CODEX, "claude": CLAUDE, "opencode": OPENCODE}

PLACEHOLDER_KEY = "not-set"
STDERR_CHARACTERS = 200
"""The end of a failed run's stderr that its error shows."""
_RETRYABLE_WORDS = re.compile(
    r"rate.?limit|usage.?limit|too many requests|overloaded|quota|try again|unavailable|timed? ?out"
    r"|connect|ECONN|network|stream (closed|disconnected)|\b(429|5\d\d)\b",
    re.IGNORECASE,
)
_LOGIN_WORDS = re.compile(
    r"\blog ?in\b|api.?key|unauthori[sz]ed|authenticat|not signed in|\b40[134]\b", re.IGNORECASE
)


class CliModel:
    """Raises UserError when it is opened for a CLI that is unknown or not installed."""

    def __init__(self, spec: Spec, settings: TierSettings) -> None:
        cli_name, _, self._model = spec.name.partition("/")
        self.name = str(spec)
        self._cli = _find_cli(cli_name)
        self._binary = _find_program(self._cli)
        self._settings = settings
        self._key = _read_api_key(settings)
        logins = (os.environ.get(name, "").strip() for name in self._cli.login_env)
        self._secrets = (self._key, *logins)

    def ask(self, prompt: Prompt, watch: Watch) -> Reply:
        """One run of the CLI; none of its processes is left when this returns."""
        prompt = flatten_prompt(prompt)
        reply = CliReply()
        began = time.monotonic()
        with temporary_home(self._cli, os.environ) as home:
            outcome = self._run(home, prompt, watch, reply)
        if outcome.error:
            raise self._error(outcome, prompt, reply)
        usage = _token_usage(prompt, reply)
        return Reply(
            text=redact_reply(reply.text, self._secrets),
            tokens_in=usage.tokens_in,
            tokens_out=usage.tokens_out,
            tokens_cached=usage.cached,
            seconds=time.monotonic() - began,
            model=self.name,
            stop="cut" if outcome.cut_why else "length" if reply.full else "end",
            cut_why=outcome.cut_why,
            events=tuple(reply.events),
        )

    def close(self) -> None:
        """Nothing stays between runs."""

    def _run(self, home: Home, prompt: Prompt, watch: Watch, reply: CliReply) -> "_Outcome":
        url = self._settings.base_url
        call = CliRequest(prompt.system, prompt.user, self._model, url, home.root)
        command = self._cli.build_command(call)
        write_files(home, command)
        env = build_env(self._cli, command, home, os.environ, self._key)
        argv = (self._binary, *command.arguments)
        deadline = time.monotonic() + self._settings.timeout
        with run_program(argv, env, home.work, command.stdin) as program:
            try:
                return self._read_reply(program, deadline, prompt, watch, reply)
            except TimeoutError:
                why = f"no whole answer within {self._settings.timeout:g} s"
                return _Outcome(error=why, retryable=True, timed_out=True)
            except TooMuchOutputError:
                return _Outcome(error="its output was longer than any reply can be", retryable=True)

    def _read_reply(
        self,
        program: RunningProgram,
        deadline: float,
        prompt: Prompt,
        watch: Watch,
        reply: CliReply,
    ) -> "_Outcome":
        seen_text, seen_events = "", 0
        for line in program.read_lines(deadline):
            if not line.startswith(b"{"):
                continue
            self._cli.read_event(_parse_event(line, self._secrets), reply)
            if reply.text == seen_text and len(reply.events) == seen_events:
                continue
            seen_text, seen_events = reply.text, len(reply.events)
            if why := watch(seen_text, reply.events):
                return _Outcome(cut_why=why)
            if len(seen_text) > prompt.reply * MAX_CHARACTERS_PER_TOKEN:
                reply.full = True
                return _Outcome()
        code = program.wait_for_exit(deadline)
        return _judge_end(
            reply,
            code,
            redact_line(
                program.read_stderr_end(), self._secrets, max_characters=-STDERR_CHARACTERS
            ),
        )

    def _error(self, outcome: "_Outcome", prompt: Prompt, reply: CliReply) -> ModelError:
        usage = _token_usage(prompt, reply)
        began = bool(reply.text or reply.tokens_in)
        wait = _find_wait(outcome, reply, time.time())
        return ModelError(
            self.name,
            redact_line(outcome.error, self._secrets),
            retryable=outcome.retryable and not self._cli.retries_itself,
            wait=wait,
            tokens_in=usage.tokens_in if began else 0,
            tokens_out=usage.tokens_out if began else 0,
            unmeasured=outcome.timed_out and not began,
            cause="outage" if wait else _find_cause(outcome),
        )


@dataclass(frozen=True, slots=True)
class _Outcome:
    """How a run ended; `error` is empty where it brought a reply."""

    error: str = ""
    retryable: bool = False
    cut_why: str = ""
    timed_out: bool = False


@dataclass(frozen=True, slots=True)
class _TokenUsage:
    tokens_in: int
    tokens_out: int
    cached: int


def _judge_end(reply: CliReply, code: int, stderr: str) -> _Outcome:
    """Text is a reply only where the stream came to its end and the CLI exited with 0."""
    if reply.failed:
        status = reply.status
        retryable = is_retryable_status(status) if status else _is_retryable_message(reply.failed)
        return _Outcome(error=reply.failed, retryable=retryable)
    if reply.ended and reply.text and code == 0:
        return _Outcome()
    if code != 0:
        why = f"ended with exit code {code}{f': {stderr}' if stderr else ''}"
        return _Outcome(error=why, retryable=_is_retryable_message(stderr))
    errors = [str(event.get("text", "")) for event in reply.events if event["kind"] == "error"]
    detail = errors[-1] if errors else stderr
    return _Outcome(error=f"answered nothing{f': {detail}' if detail else ''}", retryable=True)


def _find_wait(outcome: _Outcome, reply: CliReply, now: float) -> float:
    """Seconds until a used-up quota is free again, as the CLI says it; 0 for another error."""
    until = reply.resets_at - now
    return until if 0 < until <= MAX_QUOTA_SECONDS else read_wait_seconds(outcome.error, now)


def _find_cause(outcome: "_Outcome") -> Cause:
    if outcome.retryable:
        return "outage"
    return "settings" if _LOGIN_WORDS.search(outcome.error) else ""


def _is_retryable_message(message: str) -> bool:
    return _RETRYABLE_WORDS.search(message) is not None


def _token_usage(prompt: Prompt, reply: CliReply) -> _TokenUsage:
    """The CLI's own count, or an estimate where it gave none."""
    estimated = estimate_tokens(reply.text)
    tokens_in = bounded_count(reply.tokens_in) or estimate_call_tokens(prompt.system, prompt.user)
    tokens_out = bounded_count(reply.tokens_out)
    return _TokenUsage(
        tokens_in,
        tokens_out if reply.ended and tokens_out else max(tokens_out, estimated),
        min(bounded_count(reply.tokens_cached), tokens_in),
    )


def _parse_event(line: bytes, secrets: tuple[str, ...]) -> dict[str, object]:
    """One line of the CLI's output without its keys; empty for what is no JSON object."""
    try:
        event = json.loads(redact_reply(line.decode(), secrets))
    except (ValueError, RecursionError):
        return {}
    return event if isinstance(event, dict) else {}


def _find_cli(name: str) -> Cli:
    if name not in CLIS:
        hint = f"Known: {', '.join(f'cli:{known}' for known in CLIS)}."
        raise UserError(f"no CLI called {name!r}", where="models", hint=hint)
    return CLIS[name]


def _find_program(cli: Cli) -> str:
    path = shutil.which(cli.binary)
    if path is None:
        hint = f"Run: npm install --global {cli.package}"
        raise UserError(f"{cli.binary} is not installed", where=f"cli:{cli.binary}", hint=hint)
    return str(Path(path).resolve())


def _read_api_key(settings: TierSettings) -> str:
    if not settings.api_key_env:
        return PLACEHOLDER_KEY if settings.base_url else ""
    if key := os.environ.get(settings.api_key_env, "").strip():
        return key
    hint = "Set it, or leave api_key_env out to use the CLI's own login."
    raise UserError(
        f"the variable {settings.api_key_env} is not set", where="api_key_env", hint=hint
    )
