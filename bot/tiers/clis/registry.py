"""The CLIs there are, by the name after `cli:`."""

from bot.tiers.clis import Cli
from bot.tiers.clis.claude import CLAUDE
from bot.tiers.clis.codex import CODEX
from bot.tiers.clis.opencode import OPENCODE

CLIS: dict[str, Cli] = {"codex": CODEX, "claude": CLAUDE, "opencode": OPENCODE}
