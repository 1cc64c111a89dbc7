"""How finished tasks went that were done again: what `bricklayer eval` has measured."""

import time
from collections.abc import Collection, Iterator, Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

import sqlalchemy as sa

from bot.evaluation import Configuration, ReplayResult
from bot.storage.database import on_conflict_nothing, open_database, split_keys
from bot.storage.lost_connection import wait_while_lost
from bot.storage.tables import REPLAYS

_RESULT_KEYS = frozenset(field.name for field in fields(ReplayResult))
_CONFIGURATION_KEYS = frozenset(field.name for field in fields(Configuration))


@dataclass(frozen=True, slots=True)
class ReplayStore:
    """A replay is known by a key of all that it depends on: task, configuration, run."""

    engine: sa.Engine

    @wait_while_lost
    def keep(self, key: str, result: ReplayResult) -> None:
        """The first one holds: a replay that was kept is never done again."""
        at = result.at or time.time()
        values = {
            "key": key,
            "task": result.task,
            "kind": result.kind,
            "tier": result.configuration.tier,
            "model": result.configuration.model,
            "at": at,
            "body": asdict(replace(result, at=at)),
        }
        with self.engine.begin() as db:
            db.execute(on_conflict_nothing(self.engine, REPLAYS), values)

    @wait_while_lost
    def find(self, keys: Collection[str]) -> Mapping[str, ReplayResult]:
        """Those of these that are kept."""
        return dict(
            pair for some in split_keys(list(keys)) for pair in self._read(REPLAYS.c.key.in_(some))
        )

    @wait_while_lost
    def list_results(self, since: float = 0.0) -> list[ReplayResult]:
        """All that ended since then, in seconds since 1970, the oldest first."""
        return [result for _, result in self._read(REPLAYS.c.at >= since)]

    @wait_while_lost
    def forget(self, keys: Collection[str]) -> None:
        with self.engine.begin() as db:
            for some in split_keys(list(keys)):
                db.execute(sa.delete(REPLAYS).where(REPLAYS.c.key.in_(some)))

    def _read(self, which: sa.ColumnElement[bool]) -> Iterator[tuple[str, ReplayResult]]:
        query = sa.select(REPLAYS.c.key, REPLAYS.c.body).where(which)
        with self.engine.connect() as db:
            rows = db.execute(query.order_by(REPLAYS.c.at, REPLAYS.c.key)).all()
        return ((key, _read_result(body)) for key, body in rows)


def open_replays(url: str) -> ReplayStore:
    return ReplayStore(open_database(url))


def _read_result(body: Mapping[str, Any]) -> ReplayResult:
    """Keys of a newer release are left out; what an older one lacks has its default."""
    known = {name: value for name, value in body.items() if name in _RESULT_KEYS}
    told = {
        name: value for name, value in body["configuration"].items() if name in _CONFIGURATION_KEYS
    }
    told["strategies"] = tuple(told.get("strategies", ()))
    return ReplayResult(**{**known, "configuration": Configuration(**told)})
