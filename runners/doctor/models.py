"""Whether each tier's models can be opened, and with `ask` whether they answer."""

from collections.abc import Iterator

from bot.config.machine import Settings, Tier, TierSettings
from bot.models.chain import open_tier
from bot.models.model import Prompt
from bot.models.spec import parse
from runners.doctor.finding import Finding, tried

_WORD = Prompt(system="", user="Say the word ready, and nothing else.", reply=16)
TIERS: tuple[Tier, ...] = ("planner", "local", "senior", "reviewer")
_MISSING = {
    "planner": "no issue becomes a plan",
    "local": "only exact blocks are laid without it",
}


def models(settings: Settings, *, ask: bool) -> Iterator[Finding]:
    for name in TIERS:
        tier = settings.tiers.get(name)
        if tier is None:
            if why := _MISSING.get(name):
                hint = f"Name models in [tiers.{name}] of this machine's settings."
                yield Finding(f"tier {name}: none; {why}", good=None, hint=hint)
            continue
        for model in tier.models:
            yield _model(name, tier.model_copy(update={"models": (model,), "retries": 0}), ask=ask)


def _model(name: str, tier: TierSettings, *, ask: bool) -> Finding:
    """Opening loads none. A script has replies for its own tasks only: it is not asked."""
    model = tier.models[0]
    asked = ask and parse(model).kind != "script"

    def look() -> None:
        with open_tier(tier) as chain:
            if asked:
                chain.ask(_WORD, lambda _said, _events=(): "")

    return tried(f"tier {name}: {model}{' answers' if asked else ''}", look)
