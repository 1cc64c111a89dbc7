"""What `bricklayer doctor` found out of this machine's models, remembered for those who build.

A file of the state folder; it is only a help, so one that cannot be read or written is as none.
"""

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from bot.bounded_read import read_head
from bot.config.machine import Settings, state_dir
from bot.config.tiers import Lane, TierSettings
from bot.models.model_size import choose_size

FILE = "measured-models.json"
MAX_BYTES, MAX_MODELS = 1 << 20, 200


@dataclass(frozen=True, slots=True)
class Measured:
    """`slots` are those of its server, for all that ask there; 0 stands for what is not known.

    `identity` is a digest of what its server says of which model it is (`model_identity`).
    """

    parameters: int = 0
    slots: int = 0
    identity: str = ""


def note_measured(settings: Settings, model: str, base_url: str, found: Measured) -> None:
    if found == Measured():
        return
    file = state_dir(settings) / FILE
    before = read_measured(settings)
    name = _name(model, base_url)
    if not found.identity:
        found = replace(found, identity=before.get(name, Measured()).identity)
    known = {**before, name: found}
    kept = dict(list(known.items())[-MAX_MODELS:])
    half = file.with_suffix(".part")
    with suppress(OSError):
        file.parent.mkdir(parents=True, exist_ok=True)
        half.write_text(json.dumps({name: asdict(each) for name, each in kept.items()}))
        half.replace(file)


def note_identity(settings: Settings, model: str, base_url: str, identity: str) -> None:
    """Beside what was measured of it before."""
    before = find_measured(settings, model, base_url)
    if before.identity != identity:
        note_measured(settings, model, base_url, replace(before, identity=identity))


def find_measured(settings: Settings, model: str, base_url: str) -> Measured:
    return read_measured(settings).get(_name(model, base_url), Measured())


def read_measured(settings: Settings) -> dict[str, Measured]:
    """By what `note_measured` was told."""
    return _parse(state_dir(settings) / FILE)


def with_measured(settings: Settings, lane: Lane) -> Settings:
    """A lane's settings, with what was measured of its local model where they do not say it.

    Lanes of one server share its slots.
    """
    own = settings.for_lane(lane)
    local = own.tiers.get("local")
    if local is None:
        return own
    found = read_measured(settings).get(_name(local.models[0], local.base_url), Measured())
    sharing = [each for each in settings.lanes if _find_url(settings, each) == local.base_url]
    measured = _add(local, found, len(sharing) or 1)
    return own.model_copy(update={"tiers": {**own.tiers, "local": measured}})


def measure_tier(settings: Settings, name: str, tier: TierSettings) -> TierSettings:
    """The tier with what was measured of it at the first lane, but with its own address."""
    if name != "local":
        return tier
    asked = settings.model_copy(update={"tiers": {**settings.tiers, "local": tier}})
    found = with_measured(asked, asked.lanes[0]).tiers["local"]
    told = {"size": found.size, "slots": found.slots}
    return tier.model_copy(
        update={key: value for key, value in told.items() if value != getattr(tier, key)}
    )


def _add(tier: TierSettings, found: Measured, lanes: int) -> TierSettings:
    told: dict[str, object] = {}
    if tier.size is None and found.parameters:
        told["size"] = choose_size(found.parameters)
    if "slots" not in tier.model_fields_set and found.slots:
        told["slots"] = max(1, found.slots // lanes)
    return tier.model_copy(update=told)


def _find_url(settings: Settings, lane: Lane) -> str:
    return settings.for_lane(lane).tiers["local"].base_url


def _name(model: str, base_url: str) -> str:
    return f"{model} {base_url}".strip()


def _parse(file: Path) -> dict[str, Measured]:
    try:
        found = json.loads(read_head(file, MAX_BYTES))
    except (ValueError, RecursionError):
        return {}
    if not isinstance(found, dict):
        return {}
    return {name: _to_measured(each) for name, each in found.items() if isinstance(each, dict)}


def _to_measured(found: Mapping[str, Any]) -> Measured:
    counts = {key: found.get(key) for key in ("parameters", "slots")}
    identity = found.get("identity")
    return Measured(
        **{k: v for k, v in counts.items() if type(v) is int and v > 0},
        identity=identity if isinstance(identity, str) else "",
    )
