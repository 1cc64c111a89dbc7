"""`agent:codex`, `agent:claude`, `agent:opencode`: CLIs that do tasks themselves, in a sandbox."""

import os
import shutil
from pathlib import Path
from urllib.parse import urlsplit

from bot.config.tiers import TierSettings
from bot.errors import UserError, find_nearest
from bot.models.agent_cli.agent import AgentCli
from bot.models.agent_cli.claude_agent import CLAUDE_AGENT
from bot.models.agent_cli.codex_agent import CODEX_AGENT
from bot.models.agent_cli.opencode_agent import OPENCODE_AGENT
from bot.models.model import ModelError, Prompt, Reply, Watch
from bot.models.spec import Spec

AGENTS: dict[str, AgentCli] = {
    "codex": CODEX_AGENT,
    "claude": CLAUDE_AGENT,
    "opencode": OPENCODE_AGENT,
}
ANY_MODEL = "default"
"""What a server of one's own is asked for where no model is named: llama-server takes any name."""
MIN_CONTEXT = 16_384
"""What the CLIs say of themselves and their tools takes half of it."""
_ELF = b"\x7fELF"


class AgentModel:
    """Raises UserError when it is opened for a CLI that is unknown or not installed.

    Or without a server, or the key that it wants.
    """

    def __init__(self, spec: Spec, settings: TierSettings) -> None:
        name, _, model = spec.name.partition("/")
        self.name = str(spec)
        self.agent = _find_agent(name)
        self.server = find_server(self.agent, settings)
        if not model and not settings.base_url:
            hint = f"Write agent:{name}/MODEL, with the model's name as its provider has it."
            raise UserError(f"{self.name} names no model", where="models", hint=hint)
        if settings.context < MIN_CONTEXT:
            what = f"{self.name} cannot work in a window of {settings.context:,} tokens"
            hint = "Set `context` in that table to what the model's server has: 65536, say."
            raise UserError(what, where="models", hint=hint)
        self.model = model or ANY_MODEL
        self.program = find_program(self.agent)
        self.key = _read_key(self.agent, settings)

    def ask(self, _prompt: Prompt, _watch: Watch) -> Reply:
        """It needs a work tree, and gets one with a task alone."""
        why = "it does the tasks of a plan, and answers no question: name a model of another kind"
        raise ModelError(self.name, why, cause="settings")

    def close(self) -> None:
        """Nothing stays between runs."""


def find_server(agent: AgentCli, settings: TierSettings) -> str:
    """The address below which its endpoint is. Raises UserError where there is none."""
    url = (settings.base_url or agent.server).rstrip("/")
    if not url:
        hint = 'Set base_url = "http://127.0.0.1:8080/v1" in that table, say.'
        what = f"agent:{agent.cli.binary} needs the address of its model's server"
        raise UserError(what, where="models", hint=hint)
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query:
        hint = "Write it as http://127.0.0.1:8080/v1, with nothing behind it."
        raise UserError(f"{url} is no address of a server", where="base_url", hint=hint)
    # The Messages API is below /v1, and the CLI's own setting has that left out:
    # https://docs.anthropic.com/en/api/messages
    return f"{url}/v1" if agent.wire == "messages" and not parts.path.endswith("/v1") else url


def find_program(agent: AgentCli) -> Path:
    """The file that is executed: the program itself, not a script that looks for it.

    Raises UserError where it is not installed.
    """
    found = shutil.which(agent.cli.binary)
    if found is None:
        hint = f"Run: npm install --global {agent.cli.package}"
        where = f"agent:{agent.cli.binary}"
        raise UserError(f"{agent.cli.binary} is not installed", where=where, hint=hint)
    path = Path(found).resolve()
    if _is_program(path):
        return path
    package = path.parent.parent
    natives = (each for form in agent.natives for each in sorted(package.glob(form)))
    return next(filter(_is_program, natives), path).resolve()


def _is_program(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(len(_ELF)) == _ELF
    except OSError:
        return False


def _find_agent(name: str) -> AgentCli:
    if name in AGENTS:
        return AGENTS[name]
    near = find_nearest(name, tuple(AGENTS))
    meant = f"Did you mean agent:{near}? " if near else ""
    hint = f"{meant}Known: {', '.join(f'agent:{known}' for known in AGENTS)}."
    raise UserError(f"no CLI called {name!r}", where="models", hint=hint)


def _read_key(agent: AgentCli, settings: TierSettings) -> str:
    """Empty for a server of one's own, unless the settings name a variable."""
    variable = settings.api_key_env or ("" if settings.base_url else agent.key_env)
    if not variable:
        return ""
    if key := os.environ.get(variable, "").strip():
        return key
    hint = "Set it, or name another one as `api_key_env`. A login of the CLI itself is not used."
    raise UserError(f"the variable {variable} is not set", where="api_key_env", hint=hint)
