"""Which model each call was to, which models have no quota left, what tickets' attempts saw."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.add_column(
        "bricklayer_calls", sa.Column("model", sa.Text, nullable=False, server_default="")
    )
    op.create_table(
        "bricklayer_quotas",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("model", sa.Text, nullable=False),
        sa.Column("until", sa.Float, nullable=False),
        sa.Column("why", sa.Text, nullable=False),
    )
    op.create_table(
        "bricklayer_evidence",
        sa.Column("job", sa.Text, primary_key=True),
        sa.Column("run", sa.Integer, primary_key=True),
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("at", sa.Float, nullable=False, index=True),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )
