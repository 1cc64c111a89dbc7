"""How attempts in turns differ. Each begins anew, with what the one before found out."""

from bot.config.tiers import Mode, TierSettings
from bot.models.model_size import find_size
from bot.prompts.strategies import SIZES, Strategy

TOOL_STRATEGIES: tuple[Strategy, ...] = (
    Strategy("by tools", "tools", 0.2, tests="failing", digest="all", draft="instead"),
    Strategy(
        "by tools, another way",
        "tools",
        0.6,
        tests="failing",
        digest="all",
        draft="instead",
        hint="An earlier try failed: look for the cause before you edit.",
    ),
)
PROMPT_SHARE = 0.6
"""Of the window beside one reply, what the first prompt may take: the rest is for the turns."""


def choose_mode(tier: TierSettings) -> Mode:
    """As the settings say, else by the tier's size; a CLI is an agent of its own already."""
    if any(model.startswith(("cli:", "agent:")) for model in tier.models):
        return "one-file"
    return tier.mode or SIZES[find_size(tier)].mode


def choose_tool_strategy(turn: int) -> Strategy:
    """That of a tier's attempt `turn`, from 0; they recur, with other seeds."""
    return TOOL_STRATEGIES[turn % len(TOOL_STRATEGIES)]


def prompt_window(window: int, reply: int) -> int:
    """The window that the first prompt is made for, its reply included."""
    return reply + int((window - reply) * PROMPT_SHARE)
