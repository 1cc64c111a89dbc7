"""What surprised the models that did tasks is kept, to be counted."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"

_TABLE = "bricklayer_surprises"
_TEXTS = ("repo", "model", "kind", "subject", "about", "file", "words")


def upgrade() -> None:
    op.create_table(
        _TABLE,
        sa.Column("job", sa.Text, primary_key=True),
        sa.Column("run", sa.Integer, primary_key=True),
        sa.Column("task", sa.Text, primary_key=True),
        sa.Column("line", sa.Integer, primary_key=True),
        sa.Column("at", sa.Float, nullable=False, index=True),
        *(sa.Column(name, sa.Text, nullable=False) for name in _TEXTS),
        sa.Column("claimed", sa.Text, nullable=False, index=True),
    )
    op.create_index(f"ix_{_TABLE}_open", _TABLE, ["repo", "claimed", "at"])
