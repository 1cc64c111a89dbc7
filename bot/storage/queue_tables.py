"""Whether DBOS keeps its queues in our database, and has made all of their tables."""

import sqlalchemy as sa

_LATE_COLUMN = "creator_xid"
"""Of `workflow_status`: the last that DBOS 3.4 adds (dbos/_migration.py)."""


def has_queues(engine: sa.Engine) -> bool:
    """Whether a server or a worker was ever started on it. Of PostgreSQL they have a schema.

    Not yet where one is being started: DBOS makes its tables one by one, this one early.
    https://docs.dbos.dev/explanations/system-tables
    """
    schema = None if engine.dialect.name == "sqlite" else "dbos"
    found = sa.inspect(engine)
    if not found.has_table("workflow_status", schema=schema):
        return False
    columns = {each["name"] for each in found.get_columns("workflow_status", schema=schema)}
    return _LATE_COLUMN in columns
