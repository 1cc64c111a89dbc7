"""What lists and sums ask for stands in columns of its own, so that no row is parsed for it.

What was there before gets it from its row: attempts count as made when their job was begun.
"""

import json
import re
from collections import defaultdict
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"

_TEXT: dict[str, Any] = {"type_": sa.Text, "nullable": False, "server_default": ""}
_COLUMNS: dict[str, tuple[tuple[str, dict[str, Any]], ...]] = {
    "bricklayer_tickets": (
        ("repo_name", _TEXT),
        ("title", _TEXT),
        ("situation", _TEXT),
        ("attention", _TEXT),
        ("labelled_at", {"type_": sa.Float, "nullable": False, "server_default": "0"}),
        ("changed", {"type_": sa.Float, "nullable": False, "server_default": "0"}),
    ),
    "bricklayer_jobs": (
        ("ticket", _TEXT),
        ("title", _TEXT),
        ("changed", {"type_": sa.Float, "nullable": False, "server_default": "0"}),
    ),
    "bricklayer_attempts": (
        ("at", {"type_": sa.Float, "nullable": False, "server_default": "0"}),
        ("repo", _TEXT),
        ("tier", _TEXT),
        ("model", _TEXT),
        ("place", _TEXT),
        ("outcome", _TEXT),
        ("kind", _TEXT),
        ("notes", {"type_": sa.Integer, "nullable": False, "server_default": "0"}),
        ("tokens_in", {"type_": sa.BigInteger, "nullable": False, "server_default": "0"}),
        ("tokens_out", {"type_": sa.BigInteger, "nullable": False, "server_default": "0"}),
        ("seconds", {"type_": sa.Float, "nullable": False, "server_default": "0"}),
        ("cost", {"type_": sa.Float, "nullable": False, "server_default": "0"}),
    ),
    "bricklayer_calls": (
        ("tokens_out", {"type_": sa.BigInteger, "nullable": False, "server_default": "0"}),
        ("place", _TEXT),
    ),
    "bricklayer_workers": (("activity", {**_TEXT, "server_default": "{}"}),),
}
_INDEXES = {
    "bricklayer_tickets": ("attention", "labelled_at", "changed"),
    "bricklayer_jobs": ("ticket", "started", "changed"),
    "bricklayer_attempts": ("at",),
}
_SITUATIONS = {
    "planning": "running",
    "building": "running",
    "publishing": "running",
    "ci": "running",
    "approval": "waiting",
    "review": "waiting",
    "blocked": "blocked",
    "merged": "passed",
    "cancelled": "cancelled",
}
_MIRROR = re.compile(r"[0-9a-f]{16}\.git$")
_TITLE_LINES = 400
_ASKING = {"planning": "text", "approval": "plan", "publishing": "diff"}
_TICKETS = sa.table(
    "bricklayer_tickets",
    *map(sa.column, ("key", "branch", "stage", "body")),
    *map(sa.column, ("repo_name", "title", "situation", "attention", "labelled_at")),
)
_JOBS = sa.table(
    "bricklayer_jobs",
    *map(sa.column, ("id", "repo", "branch", "plan", "started", "title", "ticket")),
)
_ATTEMPTS = sa.table(
    "bricklayer_attempts",
    *map(sa.column, ("job", "run", "task", "number")),
    sa.column("row", sa.JSON),
    *(sa.column(name) for name, _ in _COLUMNS["bricklayer_attempts"]),
)
_ROW_COLUMNS = ("tier", "model", "place", "outcome", "tokens_in", "tokens_out", "seconds", "cost")


def upgrade() -> None:
    for table, columns in _COLUMNS.items():
        for name, how in columns:
            op.add_column(table, sa.Column(name, **how))
    for table, indexes in _INDEXES.items():
        for name in indexes:
            op.create_index(f"ix_{table}_{name}", table, [name])
    db = op.get_bind()
    _fill_tickets(db)
    _fill_jobs(db)
    _fill_attempts(db)


def _fill_tickets(db: sa.Connection) -> None:
    rows = db.execute(sa.select(_TICKETS.c.key, _TICKETS.c.stage, _TICKETS.c.body)).all()
    for key, stage, body in rows:
        found = json.loads(body)
        paused, approval = bool(found.get("paused")), found.get("approval") or {}
        values = {
            "repo_name": str((found.get("where") or {}).get("repo") or ""),
            "title": str(found.get("title") or ""),
            "labelled_at": float(found.get("labelled_at") or 0.0),
            "situation": "paused" if paused else _SITUATIONS.get(stage, "ended"),
            "attention": "" if paused else _find_attention(stage, approval),
        }
        db.execute(sa.update(_TICKETS).where(_TICKETS.c.key == key).values(values))


def _find_attention(stage: str, approval: dict[str, Any]) -> str:
    if approval.get("key"):
        return _ASKING.get(stage, "")
    return stage if stage in {"blocked", "review"} else ""


def _fill_jobs(db: sa.Connection) -> None:
    branches: dict[str, list[str]] = defaultdict(list)
    for key, branch in db.execute(sa.select(_TICKETS.c.key, _TICKETS.c.branch)):
        branches[branch].append(key)
    jobs = db.execute(sa.select(*(_JOBS.c[name] for name in ("id", "repo", "branch", "plan"))))
    for name, repo, branch, plan in jobs.all():
        titles = [line for line in plan.splitlines()[:_TITLE_LINES] if line.startswith("title:")]
        keys = branches[branch] if _MIRROR.search(repo) else []
        values = {
            "title": titles[0].removeprefix("title:").strip() if titles else "",
            "ticket": keys[0] if len(keys) == 1 else "",
        }
        db.execute(sa.update(_JOBS).where(_JOBS.c.id == name).values(values))


def _fill_attempts(db: sa.Connection) -> None:
    jobs = {
        name: (repo, at)
        for name, repo, at in db.execute(sa.select(_JOBS.c.id, _JOBS.c.repo, _JOBS.c.started))
    }
    key = ("job", "run", "task", "number")
    rows = db.execute(sa.select(*(_ATTEMPTS.c[name] for name in (*key, "row")))).mappings().all()
    same = sa.and_(*(_ATTEMPTS.c[name] == sa.bindparam(f"the_{name}") for name in key))
    values = []
    for found in rows:
        repo, at = jobs.get(found["job"], ("", 0.0))
        row = found["row"]
        kept = {name: row[name] for name in _ROW_COLUMNS if row.get(name) is not None}
        empty: dict[str, Any] = dict.fromkeys(("tier", "model", "place", "outcome"), "")
        empty |= dict.fromkeys(("tokens_in", "tokens_out", "seconds", "cost"), 0)
        named = {f"the_{name}": found[name] for name in key}
        values.append(named | empty | kept | {"repo": repo, "at": at})
    if values:
        columns = (*_ROW_COLUMNS, "repo", "at")
        what: dict[str, Any] = {name: sa.bindparam(name) for name in columns}
        db.execute(sa.update(_ATTEMPTS).where(same).values(what), values)
