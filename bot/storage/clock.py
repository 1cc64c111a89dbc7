"""The database's own clock: what several machines compare times by."""

import sqlalchemy as sa


def database_now(engine: sa.Engine) -> sa.ColumnElement[float]:
    """Seconds since 1970, as the database has it now and not when the transaction began."""
    if engine.dialect.name == "postgresql":
        # https://www.postgresql.org/docs/current/functions-datetime.html#FUNCTIONS-DATETIME-CURRENT
        return sa.literal_column("extract(epoch FROM clock_timestamp())::float8", sa.Float)
    # A day number, in fractions of which a double keeps some 0.05 ms: https://www.sqlite.org/lang_datefunc.html
    return sa.literal_column("((julianday('now') - 2440587.5) * 86400.0)", sa.Float)
