"""Examines a CLI that does tasks itself: whether it is there, its version, and its sandbox."""

from bot.config.machine import Settings
from bot.config.tiers import TierSettings
from bot.errors import UserError
from bot.models.agent_cli.agent_model import AgentModel
from bot.models.spec import parse_spec
from runners.agents.try_agent import ask_version
from runners.doctor.finding import Finding


def examine_agent(settings: Settings, name: str, tier: TierSettings, model: str) -> Finding:
    """It is started, and asks no model: that costs nothing, and needs no server."""
    try:
        version = ask_version(AgentModel(parse_spec(model), tier), settings)
    except UserError as exc:
        where = f" ({exc.where})" if exc.where else ""
        return Finding(f"tier {name}: {model}: {exc.what}{where}", good=False, hint=exc.hint)
    return Finding(f"tier {name}: {model} starts in its sandbox: {version}", good=True)
