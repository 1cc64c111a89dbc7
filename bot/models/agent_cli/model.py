"""The CLIs there are, by the name after `cli:`."""

import json
import os
import re
import shutil
import time
from dataclasses import dataclass
from pathlib import Path

from bot.config.machine import TierSettings
from bot.errors import UserError
from bot.models.agent_cli.claude import CLAUDE
from bot.models.agent_cli.codex import CODEX
from bot.models.agent_cli.home import Home, build_env, temporary_home, write_files
from bot.models.agent_cli.opencode import OPENCODE
from bot.models.agent_cli.process import RunningProgram, TooMuchOutputError, run_program
from bot.models.agent_cli.protocol import Cli, CliReply, CliRequest
from bot.models.model import ModelError, Prompt, Reply, Watch
from bot.models.spec import Spec
from bot.models.token_estimate import bounded_count, estimate_call_tokens, estimate_tokens
from bot.text.secrets import redact_line, redact_reply

CLIS: dict[str, Cli] = {"codex": CODEX, "claude": CLAUDE, "opencode": OPENCODE}


MAX_CHARACTERS_PER_TOKEN = 16
PLACEHOLDER_KEY = "not-set"
STDERR_CHARACTERS = 200
"""Characters of the end of its stderr that a failed run is told with."""
_RETRYABLE_WORDS = re.compile(
    r"rate.?limit|usage.?limit|too many requests|overloaded|quota|try again|unavailable|timed? ?out"
    r"|connect|ECONN|network|stream (closed|disconnected)|\b(429|5\d\d)\b",
    re.IGNORECASE,
)
_RETRYABLE = {408, 409, 425, 429}
_SERVER = 500


class CliModel:
    """Raises UserError when it is opened for a CLI nobody knows or that is not installed."""

    def __init__(self, spec: Spec, settings: TierSettings) -> None:
        which, _, self._model = spec.name.partition("/")
        self.name = str(spec)
        self._cli = _find_cli(which)
        self._binary = _find_program(self._cli)
        self._settings = settings
        self._key = _read_api_key(settings)
        logins = (os.environ.get(name, "").strip() for name in self._cli.login_env)
        self._secrets = (self._key, *logins)

    def ask(self, prompt: Prompt, watch: Watch) -> Reply:
        """One run of the CLI. Its whole family is gone when this returns."""
        heard = CliReply()
        began = time.monotonic()
        with temporary_home(self._cli, os.environ) as there:
            ended = self._run(there, prompt, watch, heard)
        if ended.wrong:
            raise self._error(ended, prompt, heard)
        spent = _token_usage(prompt, heard)
        return Reply(
            text=redact_reply(heard.text, self._secrets),
            tokens_in=spent.tokens_in,
            tokens_out=spent.tokens_out,
            tokens_cached=spent.cached,
            seconds=time.monotonic() - began,
            model=self.name,
            stop="cut" if ended.cut_why else "length" if heard.full else "end",
            cut_why=ended.cut_why,
            events=tuple(heard.events),
        )

    def close(self) -> None:
        """Nothing stays between runs."""

    def _run(self, there: Home, prompt: Prompt, watch: Watch, heard: CliReply) -> "_Outcome":
        url = self._settings.base_url
        call = CliRequest(prompt.system, prompt.user, self._model, url, there.root)
        start = self._cli.build_command(call)
        write_files(there, start)
        env = build_env(self._cli, start, there, os.environ, self._key)
        argv = (self._binary, *start.arguments)
        deadline = time.monotonic() + self._settings.timeout
        with run_program(argv, env, there.work, start.stdin) as program:
            try:
                return self._listen(program, deadline, prompt, watch, heard)
            except TimeoutError:
                why = f"no whole answer within {self._settings.timeout:g} s"
                return _Outcome(wrong=why, retryable=True)
            except TooMuchOutputError:
                return _Outcome(wrong="it said more than any reply can need", retryable=True)

    def _listen(
        self,
        program: RunningProgram,
        deadline: float,
        prompt: Prompt,
        watch: Watch,
        heard: CliReply,
    ) -> "_Outcome":
        seen, events = "", 0
        for line in program.read_lines(deadline):
            if not line.startswith(b"{"):
                continue
            self._cli.read_event(_parse_event(line, self._secrets), heard)
            if heard.text == seen and len(heard.events) == events:
                continue
            seen, events = heard.text, len(heard.events)
            if why := watch(seen, heard.events):
                return _Outcome(cut_why=why)
            if len(seen) > prompt.reply * MAX_CHARACTERS_PER_TOKEN:
                heard.full = True
                return _Outcome()
        code = program.wait_for_exit(deadline)
        return _judge_end(
            heard,
            code,
            redact_line(
                program.read_stderr_end(), self._secrets, max_characters=-STDERR_CHARACTERS
            ),
        )

    def _error(self, ended: "_Outcome", prompt: Prompt, heard: CliReply) -> ModelError:
        spent = _token_usage(prompt, heard)
        began = bool(heard.text or heard.tokens_in)
        return ModelError(
            self.name,
            redact_line(ended.wrong, self._secrets),
            retryable=ended.retryable and not self._cli.retries_itself,
            tokens_in=spent.tokens_in if began else 0,
            tokens_out=spent.tokens_out if began else 0,
        )


@dataclass(frozen=True, slots=True)
class _Outcome:
    """How a run came to its end; `wrong` is empty where it brought a reply."""

    wrong: str = ""
    retryable: bool = False
    cut_why: str = ""


@dataclass(frozen=True, slots=True)
class _TokenUsage:
    tokens_in: int
    tokens_out: int
    cached: int


def _judge_end(heard: CliReply, code: int, words: str) -> _Outcome:
    """A reply is what the CLI ended well with: its text alone is not enough."""
    if heard.failed:
        status = heard.status
        later = status in _RETRYABLE or status >= _SERVER if status else _is_retryable(heard.failed)
        return _Outcome(wrong=heard.failed, retryable=later)
    if heard.ended and heard.text and code == 0:
        return _Outcome()
    if code != 0:
        why = f"ended with exit code {code}{f': {words}' if words else ''}"
        return _Outcome(wrong=why, retryable=_is_retryable(words))
    said = [str(one.get("text", "")) for one in heard.events if one["kind"] == "error"]
    last = said[-1] if said else words
    return _Outcome(wrong=f"said nothing{f': {last}' if last else ''}", retryable=True)


def _is_retryable(words: str) -> bool:
    return _RETRYABLE_WORDS.search(words) is not None


def _token_usage(prompt: Prompt, heard: CliReply) -> _TokenUsage:
    """The CLI's own count, or an estimate where it gave none: a run is never free of tokens."""
    counted = estimate_tokens(heard.text)
    tokens_in = bounded_count(heard.tokens_in) or estimate_call_tokens(prompt.system, prompt.user)
    tokens_out = bounded_count(heard.tokens_out)
    return _TokenUsage(
        tokens_in,
        tokens_out if heard.ended and tokens_out else max(tokens_out, counted),
        min(bounded_count(heard.tokens_cached), tokens_in),
    )


def _parse_event(line: bytes, secrets: tuple[str, ...]) -> dict[str, object]:
    """One line of the CLI's output, no key in it; what is no JSON object is no event."""
    try:
        event = json.loads(redact_reply(line.decode(), secrets))
    except (ValueError, RecursionError):
        return {}
    return event if isinstance(event, dict) else {}


def _find_cli(which: str) -> Cli:
    if which not in CLIS:
        hint = f"Known: {', '.join(f'cli:{name}' for name in CLIS)}."
        raise UserError(f"no CLI called {which!r}", where="models", hint=hint)
    return CLIS[which]


def _find_program(cli: Cli) -> str:
    found = shutil.which(cli.binary)
    if found is None:
        hint = f"Run: npm install --global {cli.package}"
        raise UserError(f"{cli.binary} is not installed", where=f"cli:{cli.binary}", hint=hint)
    return str(Path(found).resolve())


def _read_api_key(settings: TierSettings) -> str:
    if not settings.api_key_env:
        return PLACEHOLDER_KEY if settings.base_url else ""
    if key := os.environ.get(settings.api_key_env, "").strip():
        return key
    hint = "Set it, or leave api_key_env out to use the CLI's own login."
    raise UserError(
        f"the variable {settings.api_key_env} is not set", where="api_key_env", hint=hint
    )
