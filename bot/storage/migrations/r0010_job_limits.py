"""A job's row counts what its limits are held against, over all processes that built it."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    columns = (
        sa.Column("seconds", sa.Float, nullable=False, server_default="0"),
        sa.Column("limits_since", sa.Integer, nullable=False, server_default="0"),
        sa.Column("allowances", sa.Integer, nullable=False, server_default="1"),
        sa.Column("begun_with", sa.Integer, nullable=False, server_default="1"),
        sa.Column("resumes", sa.Integer, nullable=False, server_default="0"),
    )
    for column in columns:
        op.add_column("bricklayer_jobs", column)
