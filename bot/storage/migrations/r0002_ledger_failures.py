"""The ledger's rows call the models that failed `failures`; 0.1 called them `falls`."""

from alembic import op

revision = "0002"
down_revision = "0001"

# In the database, not row by row in Python: a ledger is as long as all jobs ever built.
# https://www.sqlite.org/json1.html https://www.postgresql.org/docs/current/functions-json.html
_RENAME = {
    "sqlite": """
        UPDATE bricklayer_attempts
        SET "row" = json_set(
            json_remove("row", '$.falls'), '$.failures', json_extract("row", '$.falls')
        )
        WHERE json_type("row", '$.falls') = 'array'
    """,
    "postgresql": """
        UPDATE bricklayer_attempts
        SET "row" = (
            ("row"::jsonb - 'falls') || jsonb_build_object('failures', "row"->'falls')
        )::json
        WHERE json_typeof("row"->'falls') = 'array'
    """,
}


def upgrade() -> None:
    op.execute(_RENAME[op.get_bind().dialect.name])
