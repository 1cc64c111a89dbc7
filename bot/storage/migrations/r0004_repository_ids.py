"""Tickets and what is noted of them are found by the id of their repository, not by its name.

A renamed repository had two tickets for one issue: of these the one that was labelled last, and
goes on, is kept.
"""

import json

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

_TICKETS = sa.table(
    "bricklayer_tickets",
    *(sa.column(name) for name in ("key", "repo", "issue", "stage", "body")),
)
_MARKS = sa.table("bricklayer_marks", sa.column("key"), sa.column("value"))
_OVER = frozenset({"answered", "merged", "closed", "cancelled"})


def upgrade() -> None:
    db = op.get_bind()
    rows = db.execute(sa.select(_TICKETS)).mappings().all()
    taken = set()
    for row in sorted(rows, key=_rank, reverse=True):
        where = json.loads(row["body"]).get("where") or {}
        if not where.get("repo_id"):
            continue
        repo = str(where["repo_id"])
        key = f"{repo}#{row['issue']}"
        same = _TICKETS.c.key == row["key"]
        _note_id(db, row["repo"], repo)
        if key in taken:
            db.execute(sa.delete(_TICKETS).where(same))
            continue
        taken.add(key)
        db.execute(sa.update(_TICKETS).where(same).values(key=key, repo=repo))
        _rename_marks(db, row["key"], key)


def _rank(row: sa.RowMapping) -> tuple[bool, float, str]:
    labelled = json.loads(row["body"]).get("labelled") or 0.0
    return row["stage"] not in _OVER, float(labelled), row["key"]


def _rename_marks(db: sa.Connection, old: str, new: str) -> None:
    names = ("shown", "mirror", "mirrored", "body", "ci", "dispatch", "looked", "seen")
    for name in names:
        same = _MARKS.c.key == f"{name}:{old}"
        db.execute(sa.update(_MARKS).where(same).values(key=f"{name}:{new}"))


def _note_id(db: sa.Connection, name: str, repo_id: str) -> None:
    mark = f"id:{name}"
    if not db.execute(sa.select(_MARKS.c.key).where(_MARKS.c.key == mark)).first():
        db.execute(sa.insert(_MARKS).values(key=mark, value=repo_id))
