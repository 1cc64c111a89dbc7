"""The tickets that are not over, read again and again: one that has not changed is parsed once."""

from dataclasses import dataclass, field

import sqlalchemy as sa

from bot.storage.database import split_keys
from bot.storage.lost_connection import repeat_if_lost
from bot.storage.tables import TICKETS
from bot.ticket.model import Ticket
from bot.ticket.stages import Stage, is_over
from bot.ticket.stored_form import from_json

_GOING_ON = [stage.value for stage in Stage if not is_over(stage)]


@dataclass(slots=True)
class OpenTickets:
    """For one thread. `list` has them by repository and number."""

    engine: sa.Engine
    _parsed: dict[str, tuple[int, Ticket]] = field(default_factory=dict)

    @repeat_if_lost
    def list(self) -> list[Ticket]:
        with self.engine.connect() as db:
            versions = sa.select(TICKETS.c.key, TICKETS.c.version).order_by(
                TICKETS.c.repo, TICKETS.c.issue
            )
            found = {
                row.key: row.version
                for row in db.execute(versions.where(TICKETS.c.stage.in_(_GOING_ON)))
            }
            new = [k for k, version in found.items() if self._parsed.get(k, (-1,))[0] != version]
            kept = {key: self._parsed[key] for key in found.keys() - set(new)}
            columns = (TICKETS.c.key, TICKETS.c.version, TICKETS.c.body)
            for keys in split_keys(new):
                for row in db.execute(sa.select(*columns).where(TICKETS.c.key.in_(keys))):
                    kept[row.key] = (row.version, from_json(row.body))
        self._parsed = kept
        return [kept[key][1] for key in found if key in kept]
