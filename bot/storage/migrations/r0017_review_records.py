"""Which models planned, implemented and reviewed each job, and what reviewers found."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    op.create_table(
        "bricklayer_passes",
        sa.Column("ticket", sa.Text, primary_key=True),
        sa.Column("at", sa.Float, primary_key=True),
        sa.Column("pass", sa.Text, primary_key=True),
        sa.Column("model", sa.Text, primary_key=True),
        sa.Column("repo", sa.Text, nullable=False),
        sa.Index("ix_bricklayer_passes_at", "at"),
    )
    op.create_table(
        "bricklayer_findings",
        sa.Column("ticket", sa.Text, primary_key=True),
        sa.Column("at", sa.Float, primary_key=True),
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("repo", sa.Text, nullable=False),
        sa.Column("model", sa.Text, nullable=False),
        sa.Column("proof", sa.Text, nullable=False),
        sa.Column("verdict", sa.Text, nullable=False),
        sa.Index("ix_bricklayer_findings_at", "at"),
    )
