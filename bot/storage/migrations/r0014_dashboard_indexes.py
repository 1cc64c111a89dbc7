"""Lists and sums of the dashboard read an index alone, and lessons shown are counted by column."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"

_ATTEMPTS, _CALLS = "bricklayer_attempts", "bricklayer_calls"
_JOBS, _TICKETS = "bricklayer_jobs", "bricklayer_tickets"
_INDEXES = {
    ("sums", _ATTEMPTS): ("tier", "model", "kind", "number", "notes", "outcome", "at", "repo"),
    ("sums", _CALLS): ("at", "ended", "place", "tier", "repo", "tokens", "tokens_out", "cost"),
    ("open", _JOBS): ("ticket", "state"),
    ("repos", _JOBS): ("ticket", "repo"),
    ("stages", _TICKETS): ("stage", "changed", "repo"),
    ("issue", _TICKETS): ("issue",),
    ("names", _TICKETS): ("repo", "repo_name", "changed"),
}
"""What another one begins with, it replaces."""
_REPLACED = ((_CALLS, "at"), (_JOBS, "ticket"), (_TICKETS, "repo"))
# In the database, not row by row in Python: a ledger is as long as all jobs ever built.
# https://www.sqlite.org/json1.html#jeach
# https://www.postgresql.org/docs/current/functions-json.html#FUNCTIONS-JSON-PROCESSING
FILL = {
    "sqlite": """
        UPDATE bricklayer_attempts SET lessons = COALESCE((
            SELECT group_concat(value, ' ')
            FROM (SELECT value FROM json_each("row", '$.notes') ORDER BY value)
        ), '')
        WHERE notes > 0 AND json_type("row", '$.notes') = 'array'
    """,
    "postgresql": """
        UPDATE bricklayer_attempts SET lessons = COALESCE((
            SELECT string_agg(value, ' ' ORDER BY value)
            FROM json_array_elements_text("row"->'notes') AS shown(value)
        ), '')
        WHERE notes > 0 AND json_typeof("row"->'notes') = 'array'
    """,
}


def upgrade() -> None:
    op.add_column(_ATTEMPTS, sa.Column("lessons", sa.Text, nullable=False, server_default=""))
    op.execute(FILL[op.get_bind().dialect.name])
    for (name, table), columns in _INDEXES.items():
        op.create_index(f"ix_{table}_{name}", table, list(columns))
    some = sa.text("notes > 0")
    by = ["repo", "lessons", "outcome", "at"]
    op.create_index(
        f"ix_{_ATTEMPTS}_lessons", _ATTEMPTS, by, sqlite_where=some, postgresql_where=some
    )
    for table, name in _REPLACED:
        op.drop_index(f"ix_{table}_{name}", table)
