"""What is wrong with the models of tiers, as far as it is known before one is asked."""

from collections.abc import Iterator, Mapping

from bot.config.tiers import TierSettings
from bot.errors import UserError
from bot.models.chain import open_tier


def find_model_faults(tiers: Mapping[str, TierSettings]) -> Iterator[UserError]:
    """One error for each model that cannot be asked: its name, file, program, package or key.

    Nothing is loaded and no server is asked.
    """
    for name, tier in tiers.items():
        for model in tier.models:
            if fault := find_model_fault(name, tier, model):
                yield fault


def find_model_fault(name: str, tier: TierSettings, model: str) -> UserError | None:
    try:
        with open_tier(tier.model_copy(update={"models": (model,)})):
            return None
    except UserError as exc:
        about = exc.where in {"", "models", "api_key_env", model}
        what = exc.what if about else f"{exc.where}: {exc.what}"
        what = what if model in what else f"{model}: {what}"
        return UserError(what, where=f"[tiers.{name}]", hint=exc.hint)


def require_usable_models(tiers: Mapping[str, TierSettings]) -> None:
    """Raises UserError with every fault, each with its fix."""
    faults = list(find_model_faults(tiers))
    if len(faults) == 1:
        raise faults[0]
    if faults:
        raise UserError("\n".join(map(str, faults)))
