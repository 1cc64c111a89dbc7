"""The processes that plan and build, each with the time at which it was last heard of."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.create_table(
        "bricklayer_workers",
        sa.Column("executor", sa.Text, primary_key=True),
        sa.Column("host", sa.Text, nullable=False),
        sa.Column("pid", sa.Integer, nullable=False),
        sa.Column("lanes", sa.Integer, nullable=False),
        sa.Column("version", sa.Text, nullable=False),
        sa.Column("queues", sa.Text, nullable=False),
        sa.Column("running", sa.Text, nullable=False),
        sa.Column("disk_free", sa.BigInteger, nullable=False),
        sa.Column("began", sa.Float, nullable=False),
        sa.Column("seen", sa.Float, nullable=False),
        sa.Column("declared_dead", sa.Float, nullable=False),
    )
