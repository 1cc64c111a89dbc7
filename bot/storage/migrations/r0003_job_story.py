"""A job's row says which version of the durable story began its run; those of 0.1 are of "1"."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.add_column(
        "bricklayer_jobs", sa.Column("story", sa.Text, nullable=False, server_default="1")
    )
