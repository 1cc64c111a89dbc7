"""What models answered in work that is not over: a kill has nobody asked, and paid, twice."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.create_table(
        "bricklayer_answers",
        sa.Column("job", sa.Text, primary_key=True),
        sa.Column("asked", sa.Text, primary_key=True),
        sa.Column("at", sa.Float, nullable=False, index=True),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )
