"""A job's row says which version of the workflow began its run; 0.1 had version "1" only."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    column = sa.Column("workflow_version", sa.Text, nullable=False, server_default="1")
    op.add_column("bricklayer_jobs", column)
