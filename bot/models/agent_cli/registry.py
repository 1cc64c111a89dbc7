"""The CLIs there are, by the name after `cli:`."""

from bot.models.agent_cli.claude import CLAUDE
from bot.models.agent_cli.codex import CODEX
from bot.models.agent_cli.opencode import OPENCODE
from bot.models.agent_cli.protocol import Cli

CLIS: dict[str, Cli] = {"codex": CODEX, "claude": CLAUDE, "opencode": OPENCODE}
