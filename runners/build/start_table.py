"""What was measured of this machine's tiers, read once for a job whose tiers it decides."""

import time
from typing import TYPE_CHECKING

from bot.config.machine import Settings
from bot.config.repository import RepoConfig
from bot.evaluation.choose_start import StartTable, build_start_table
from runners.build.choose_start import list_offers

if TYPE_CHECKING:
    import sqlalchemy as sa


def read_start_table(
    engine: "sa.Engine", settings: Settings, config: RepoConfig
) -> StartTable | None:
    """None where the settings name the tier that begins."""
    if settings.tier != "auto":
        return None
    from bot.storage.replays import ReplayStore  # noqa: PLC0415  # SQLAlchemy: 0.2 s

    offers = list_offers(settings, config.limits)
    return build_start_table(ReplayStore(engine).list_results(), offers, time.time(), config.auto)
