"""Opening what was done: the database to read alone, and the folders of this machine's jobs."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bot.config.machine import Settings, state_dir
from bot.errors import UserError

if TYPE_CHECKING:
    # Importing SQLAlchemy takes half a second of processor time.
    from bot.storage.history import History

_HINT = (
    "The first `bricklayer run job.md`, or an issue that `bricklayer serve` takes up, makes one."
    " Look at state_dir, database_url and XDG_STATE_HOME if there should be some."
)
DATABASE = "bricklayer.sqlite"


@dataclass(frozen=True, slots=True)
class OpenHistory:
    """`store` only reads; `url` is of the same database, for what has to write."""

    settings: Settings
    store: "History"
    url: str

    @property
    def jobs_folder(self) -> Path:
        return state_dir(self.settings) / "jobs"


def find_history(settings: Settings) -> OpenHistory | None:
    """None where nothing was done yet. Raises UserError where the database cannot be read."""
    from bot.storage.history import History  # noqa: PLC0415  # SQLAlchemy: 0.2 s
    from bot.storage.read_only import open_to_read  # noqa: PLC0415

    url = settings.database_url or f"sqlite:///{state_dir(settings) / DATABASE}"
    engine = open_to_read(url)
    return OpenHistory(settings, History(engine), url) if engine else None


def open_history(settings: Settings) -> OpenHistory:
    """Raises UserError where nothing was done yet, too."""
    if history := find_history(settings):
        return history
    raise no_jobs_error(settings)


def no_jobs_error(settings: Settings) -> UserError:
    where = (settings.database_url and "database_url") or str(state_dir(settings))
    return UserError("there are no jobs yet", where=where, hint=_HINT)
