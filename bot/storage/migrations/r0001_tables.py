"""The tables as Bricklayer 0.1 made them, before it wrote a schema version.

Each is made where it is missing: `bricklayer run` of 0.1 made two of them, `serve` the others.
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "bricklayer_jobs",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("repo", sa.Text, nullable=False),
        sa.Column("branch", sa.Text, nullable=False),
        sa.Column("base", sa.Text, nullable=False),
        sa.Column("plan", sa.Text, nullable=False),
        sa.Column("started", sa.Float, nullable=False),
        sa.Column("run", sa.Integer, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        if_not_exists=True,
    )
    op.create_table(
        "bricklayer_attempts",
        sa.Column("job", sa.Text, primary_key=True),
        sa.Column("run", sa.Integer, primary_key=True),
        sa.Column("task", sa.Text, primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("row", sa.JSON, nullable=False),
        if_not_exists=True,
    )
    op.create_table(
        "bricklayer_deliveries",
        sa.Column("seq", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("id", sa.Text, nullable=False, unique=True),
        sa.Column("event", sa.Text, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("at", sa.Float, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("said", sa.Text, nullable=False),
        if_not_exists=True,
    )
    op.create_table(
        "bricklayer_tickets",
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("repo", sa.Text, nullable=False),
        sa.Column("issue", sa.Integer, nullable=False),
        sa.Column("pull", sa.Integer, nullable=False),
        sa.Column("head", sa.Text, nullable=False),
        sa.Column("branch", sa.Text, nullable=False),
        sa.Column("stage", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        if_not_exists=True,
    )
    op.create_table(
        "bricklayer_marks",
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("value", sa.Text, nullable=False),
        if_not_exists=True,
    )
    op.create_table(
        "bricklayer_starts",
        sa.Column("seq", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("person", sa.BigInteger, nullable=False),
        sa.Column("repo", sa.Text, nullable=False),
        sa.Column("at", sa.Float, nullable=False),
        if_not_exists=True,
    )
    for table, column in (("bricklayer_deliveries", "state"), ("bricklayer_tickets", "repo")):
        op.create_index(f"ix_{table}_{column}", table, [column], if_not_exists=True)
