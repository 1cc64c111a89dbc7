"""A worker tells why it takes no work now."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    column = sa.Column("refuses", sa.Text, nullable=False, server_default="")
    op.add_column("bricklayer_workers", column)
