"""What attempts at issues' jobs saw and said, packed, so that other machines can show it."""

import time
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from bot.storage.database import on_conflict_nothing
from bot.storage.lost_connection import wait_while_lost
from bot.storage.tables import EVIDENCE

MAX_BODY_BYTES = 256 << 10
"""Of one attempt, packed; `runners.evidence` cuts it to that."""
MAX_UNPACKED_BYTES = 64 << 20


@dataclass(frozen=True, slots=True)
class KeptText:
    """`name` is that of the file it was written to as well; `at` is in seconds since 1970."""

    job: str
    run: int
    name: str
    at: float


@dataclass(frozen=True, slots=True)
class EvidenceStore:
    engine: sa.Engine

    @wait_while_lost
    def keep(self, job: str, run: int, name: str, text: str) -> None:
        """What was kept by that name before is replaced."""
        key = {"job": job, "run": run, "name": name}
        values = {"at": time.time(), "body": zlib.compress(text.encode(errors="replace"))}
        same = sa.and_(*(EVIDENCE.c[column] == value for column, value in key.items()))
        with self.engine.begin() as db:
            db.execute(on_conflict_nothing(self.engine, EVIDENCE), {**key, **values})
            db.execute(sa.update(EVIDENCE).where(same).values(values))


def list_texts(engine: sa.Engine, jobs: Sequence[str]) -> list[KeptText]:
    """Of these jobs, oldest first."""
    columns = [EVIDENCE.c[name] for name in ("job", "run", "name", "at")]
    query = sa.select(*columns).where(EVIDENCE.c.job.in_(jobs)).order_by(EVIDENCE.c.at)
    with engine.connect() as db:
        return [KeptText(*row) for row in db.execute(query)]


def read_text(engine: sa.Engine, kept: KeptText) -> str:
    """Empty where it has expired meanwhile."""
    same = (EVIDENCE.c[name] == getattr(kept, name) for name in ("job", "run", "name"))
    with engine.connect() as db:
        body = db.execute(sa.select(EVIDENCE.c.body).where(*same)).scalar()
    if body is None:
        return ""
    # Bounded: whoever can write to the database could pack any size into few bytes.
    # https://docs.python.org/3.11/library/zlib.html#zlib.Decompress.decompress
    return zlib.decompressobj().decompress(body, MAX_UNPACKED_BYTES).decode(errors="replace")
