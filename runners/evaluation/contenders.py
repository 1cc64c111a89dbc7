"""Who does the tasks again: a tier of this machine, in each way in which it is to be asked."""

import hashlib
import itertools
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from bot.config.machine import Settings, find_settings_file
from bot.config.tiers import DoingTier, Mode, StrategyName, Thinking, TierSettings
from bot.errors import UserError
from bot.evaluation import Configuration
from bot.evaluation.choose_start import offer_tier
from bot.evaluation.result import UNTOLD
from bot.models.find_faults import find_model_faults, require_usable_models
from bot.models.measured_models import measure_tier
from bot.models.model_identity import find_identity
from bot.models.spec import HOSTED_KINDS, SERVER_CLIENT, parse_spec
from bot.prompts.strategies import SIZES
from runners.build.asked_version import digest_asking
from runners.build.candidate_count import count_candidates
from runners.build.choose_start import DOING_TIERS
from runners.evaluation.model_version import read_identity


@dataclass(frozen=True, slots=True)
class Ways:
    """What is varied: each with each. What is empty is as the tier's settings have it."""

    tiers: tuple[DoingTier, ...] = ()
    models: tuple[str, ...] = ()
    candidates: tuple[int, ...] = ()
    thinking: tuple[Thinking, ...] = ()
    modes: tuple[Mode, ...] = ()
    strategies: tuple[tuple[StrategyName, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Contender:
    configuration: Configuration
    tier: TierSettings

    @property
    def digest(self) -> str:
        """Of all that may change an answer: its settings, how it is asked, the weights."""
        told = self.tier.model_dump(mode="json", exclude=set(UNTOLD))
        who = self.configuration
        said = [who.tier, told, who.candidates, who.prompts, who.identity]
        return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def list_contenders(settings: Settings, ways: Ways) -> tuple[Contender, ...]:
    """In the order of the tiers. Raises UserError for a tier or a model that cannot be used."""
    found = [
        contender
        for tier in ways.tiers or DOING_TIERS
        for contender in _list_of_tier(settings, tier, ways, read_identity)
    ]
    if not found:
        named = " or ".join(f"[tiers.{tier}]" for tier in ways.tiers or DOING_TIERS)
        hint = "Name a model there: docs/models.md. Or for once: BRICKLAYER_LOCAL=ollama:NAME."
        where = str(find_settings_file())
        raise UserError(f"there is no {named}, so nobody to do it", where=where, hint=hint)
    for each in found:
        require_usable_models({each.configuration.tier: each.tier})
    return _drop_doubles(found)


def preview_contenders(
    settings: Settings, ways: Ways
) -> tuple[tuple[Contender, ...], tuple[UserError, ...]]:
    """Who would do it, and what has to be mended before that; no server is asked.

    Weights are those that were last noted of each model.
    """
    found: list[Contender] = []
    faults: list[UserError] = []
    for tier in ways.tiers or DOING_TIERS:
        try:
            found += _list_of_tier(settings, tier, ways, find_identity)
        except UserError as exc:
            faults.append(exc)
    for each in found:
        faults += find_model_faults({each.configuration.tier: each.tier})
    return _drop_doubles(found), tuple({str(each): each for each in faults}.values())


def _drop_doubles(found: Iterable[Contender]) -> tuple[Contender, ...]:
    return tuple({each.digest: each for each in found}.values())


def _list_of_tier(
    settings: Settings,
    name: DoingTier,
    ways: Ways,
    identify: Callable[[Settings, TierSettings], str],
) -> Iterator[Contender]:
    tier = settings.tiers.get(name)
    if tier is None:
        return
    identities: dict[str, str] = {}
    # One model each: of a chain it would be unknown who did it.
    for model, candidates, thinking, mode, strategies in itertools.product(
        ways.models or tier.models[:1],
        _choices(ways.candidates if name == "local" else (), tier.candidates),
        _choices(ways.thinking, tier.thinking),
        _choices(ways.modes, tier.mode),
        _choices(ways.strategies if name == "local" else (), tier.strategies),
    ):
        varied = {"models": (model,), "candidates": candidates, "thinking": thinking, "mode": mode}
        varied["strategies"] = strategies
        _require_room(name, tier, thinking)
        # In its own folder a replay would not find what `bricklayer doctor` measured.
        measured = measure_tier(settings, name, tier.model_copy(update=varied))
        if model not in identities:
            identities[model] = identify(settings, measured)
        yield _make_contender(name, measured, identities[model])


def _choices(asked: Sequence[object], own: object) -> Sequence[object]:
    return asked or (own,)


def _require_room(name: str, tier: TierSettings, thinking: object) -> None:
    if isinstance(thinking, int) and tier.answer + thinking >= tier.context:
        what = f"--thinking {thinking} leaves no room in a window of {tier.context}"
        raise UserError(what, where=f"[tiers.{name}]", hint="Raise `context`, or give it less.")


def _make_contender(name: DoingTier, tier: TierSettings, identity: str) -> Contender:
    offer = offer_tier(name, tier, identity, digest_asking())
    # One that looks at what came of its work and goes on from there is asked alone.
    alone = name != "local" or offer.in_turns or tier.models[0].startswith("agent:")
    candidates = 1 if alone else count_candidates(tier, SIZES[offer.size].count)
    configuration = Configuration(
        tier=name,
        model=offer.model,
        model_size=offer.size,
        strategies=() if offer.in_turns else offer.strategies,
        candidates=candidates,
        thinking=offer.thinking,
        in_turns=offer.in_turns,
        settings=offer.settings,
        prompts=offer.prompts,
        identity=offer.identity,
    )
    # As many as are counted now: on another day the server may have other slots.
    return Contender(
        configuration, tier if alone else tier.model_copy(update={"candidates": candidates})
    )


def narrow_settings(settings: Settings, contender: Contender, lane: int) -> Settings:
    """The machine as if it had this tier alone, and one lane, in which nothing else is done.

    Nobody is asked what surprised it: what a task costs is what is measured.
    """
    own = settings.lanes[lane % len(settings.lanes)]
    if contender.configuration.tier != "local":
        # A server of a lane's own is the local tier's.
        own = own.model_copy(update={"base_url": ""})
    tier = contender.configuration.tier
    update = {
        "tiers": {tier: contender.tier},
        "tier": tier,
        "lanes": (own,),
        "reflection": False,
    }
    return settings.model_copy(update=update)


def list_hosted_kinds(contenders: Iterable[Contender]) -> tuple[str, ...]:
    """Kinds of hosted models that they ask, whose clients take long to import."""
    kinds = [parse_spec(model).kind for each in contenders for model in each.tier.models]
    asked = [SERVER_CLIENT if kind == "llama-server" else kind for kind in kinds]
    return tuple(dict.fromkeys(kind for kind in asked if kind in HOSTED_KINDS))
