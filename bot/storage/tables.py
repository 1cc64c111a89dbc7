"""Every table of ours, in the shape of the newest revision of `bot.storage.migrations`.

What DBOS records of a job is in a file of the job's own (`runners/build/story.py`).
"""

import sqlalchemy as sa

METADATA = sa.MetaData()
JOBS = sa.Table(
    "bricklayer_jobs",
    METADATA,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("repo", sa.Text, nullable=False),
    sa.Column("branch", sa.Text, nullable=False),
    sa.Column("base", sa.Text, nullable=False),
    sa.Column("plan", sa.Text, nullable=False),
    sa.Column("started", sa.Float, nullable=False, index=True),
    sa.Column("run", sa.Integer, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("workflow_version", sa.Text, nullable=False, server_default="1"),
    sa.Column("seconds", sa.Float, nullable=False, server_default="0"),
    sa.Column("limits_since", sa.Integer, nullable=False, server_default="0"),
    sa.Column("allowances", sa.Integer, nullable=False, server_default="1"),
    sa.Column("begun_with", sa.Integer, nullable=False, server_default="1"),
    sa.Column("resumes", sa.Integer, nullable=False, server_default="0"),
    sa.Column("ticket", sa.Text, nullable=False, server_default=""),
    sa.Column("title", sa.Text, nullable=False, server_default=""),
    sa.Column("changed", sa.Float, nullable=False, server_default="0", index=True),
    sa.Index("ix_bricklayer_jobs_open", "ticket", "state"),
    sa.Index("ix_bricklayer_jobs_repos", "ticket", "repo"),
)
ATTEMPTS = sa.Table(
    "bricklayer_attempts",
    METADATA,
    sa.Column("job", sa.Text, primary_key=True),
    sa.Column("run", sa.Integer, primary_key=True),
    sa.Column("task", sa.Text, primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("row", sa.JSON, nullable=False),
    # What sums ask for, from the row and its job.
    sa.Column("at", sa.Float, nullable=False, server_default="0", index=True),
    sa.Column("repo", sa.Text, nullable=False, server_default=""),
    sa.Column("tier", sa.Text, nullable=False, server_default=""),
    sa.Column("model", sa.Text, nullable=False, server_default=""),
    sa.Column("place", sa.Text, nullable=False, server_default=""),
    sa.Column("outcome", sa.Text, nullable=False, server_default=""),
    sa.Column("kind", sa.Text, nullable=False, server_default=""),
    sa.Column("notes", sa.Integer, nullable=False, server_default="0"),
    sa.Column("tokens_in", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("tokens_out", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("seconds", sa.Float, nullable=False, server_default="0"),
    sa.Column("cost", sa.Float, nullable=False, server_default="0"),
    sa.Column("lessons", sa.Text, nullable=False, server_default=""),
    # In the order of their groups, so that nothing is sorted, and with all that is asked for:
    # https://www.sqlite.org/queryplanner.html#_covering_indexes
    sa.Index(
        "ix_bricklayer_attempts_sums",
        *("tier", "model", "kind", "number", "notes", "outcome", "at", "repo"),
    ),
    sa.Index(
        "ix_bricklayer_attempts_lessons",
        *("repo", "lessons", "outcome", "at"),
        sqlite_where=sa.text("notes > 0"),
        postgresql_where=sa.text("notes > 0"),
    ),
)
DELIVERIES = sa.Table(
    "bricklayer_deliveries",
    METADATA,
    sa.Column("seq", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("id", sa.Text, nullable=False, unique=True),
    sa.Column("event", sa.Text, nullable=False),
    sa.Column("body", sa.LargeBinary, nullable=False),
    sa.Column("at", sa.Float, nullable=False),
    sa.Column("state", sa.Text, nullable=False, index=True),
    sa.Column("tries", sa.Integer, nullable=False),
    sa.Column("said", sa.Text, nullable=False),
)
TICKETS = sa.Table(
    "bricklayer_tickets",
    METADATA,
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("repo", sa.Text, nullable=False),
    sa.Column("issue", sa.Integer, nullable=False),
    sa.Column("pull", sa.Integer, nullable=False),
    sa.Column("head", sa.Text, nullable=False),
    sa.Column("branch", sa.Text, nullable=False),
    sa.Column("stage", sa.Text, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("body", sa.Text, nullable=False),
    # What lists ask for, from the body.
    sa.Column("repo_name", sa.Text, nullable=False, server_default=""),
    sa.Column("title", sa.Text, nullable=False, server_default=""),
    sa.Column("situation", sa.Text, nullable=False, server_default=""),
    sa.Column("attention", sa.Text, nullable=False, server_default="", index=True),
    sa.Column("labelled_at", sa.Float, nullable=False, server_default="0", index=True),
    sa.Column("changed", sa.Float, nullable=False, server_default="0", index=True),
    sa.Index("ix_bricklayer_tickets_stages", "stage", "changed", "repo"),
    sa.Index("ix_bricklayer_tickets_issue", "issue"),
    sa.Index("ix_bricklayer_tickets_names", "repo", "repo_name", "changed"),
)
MARKS = sa.Table(
    "bricklayer_marks",
    METADATA,
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("value", sa.Text, nullable=False),
)
STARTS = sa.Table(
    "bricklayer_starts",
    METADATA,
    sa.Column("seq", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("person", sa.BigInteger, nullable=False),
    sa.Column("repo", sa.Text, nullable=False),
    sa.Column("at", sa.Float, nullable=False),
)
CALLS = sa.Table(
    "bricklayer_calls",
    METADATA,
    sa.Column("seq", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("at", sa.Float, nullable=False),
    sa.Column("job", sa.Text, nullable=False, index=True),
    sa.Column("repo", sa.Text, nullable=False),
    sa.Column("person", sa.BigInteger, nullable=False),
    sa.Column("tier", sa.Text, nullable=False),
    sa.Column("tokens", sa.BigInteger, nullable=False),
    sa.Column("cost", sa.Float, nullable=False),
    sa.Column("ended", sa.Boolean, nullable=False),
    sa.Column("model", sa.Text, nullable=False, server_default=""),
    sa.Column("tokens_out", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("place", sa.Text, nullable=False, server_default=""),
    sa.Index(
        "ix_bricklayer_calls_sums",
        *("at", "ended", "place", "tier", "repo", "tokens", "tokens_out", "cost"),
    ),
)
QUOTAS = sa.Table(
    "bricklayer_quotas",
    METADATA,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("model", sa.Text, nullable=False),
    sa.Column("until", sa.Float, nullable=False),
    sa.Column("why", sa.Text, nullable=False),
)
EVIDENCE = sa.Table(
    "bricklayer_evidence",
    METADATA,
    sa.Column("job", sa.Text, primary_key=True),
    sa.Column("run", sa.Integer, primary_key=True),
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("at", sa.Float, nullable=False, index=True),
    sa.Column("body", sa.LargeBinary, nullable=False),
)
WORKERS = sa.Table(
    "bricklayer_workers",
    METADATA,
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
    sa.Column("activity", sa.Text, nullable=False, server_default="{}"),
    sa.Column("refuses", sa.Text, nullable=False, server_default=""),
)
LOOP = sa.Table(
    "bricklayer_loop",
    METADATA,
    sa.Column("scope", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("holder", sa.Text, nullable=False),
    sa.Column("place", sa.Text, nullable=False),
    sa.Column("fence", sa.BigInteger, nullable=False),
    sa.Column("since", sa.Float, nullable=False),
    sa.Column("until", sa.Float, nullable=False),
)
REFUSALS = sa.Table(
    "bricklayer_refusals",
    METADATA,
    sa.Column("seq", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("person", sa.BigInteger, nullable=False, index=True),
    sa.Column("repo", sa.Text, nullable=False),
    sa.Column("at", sa.Float, nullable=False),
)
ANSWERS = sa.Table(
    "bricklayer_answers",
    METADATA,
    sa.Column("job", sa.Text, primary_key=True),
    sa.Column("asked", sa.Text, primary_key=True),
    sa.Column("at", sa.Float, nullable=False, index=True),
    sa.Column("body", sa.LargeBinary, nullable=False),
)
NOTIFICATIONS = sa.Table(
    "bricklayer_notifications",
    METADATA,
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("channel", sa.Text, primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("at", sa.Float, nullable=False),
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False, index=True),
    sa.Column("batch", sa.Text, nullable=False),
    sa.Column("tries", sa.Integer, nullable=False),
    sa.Column("due", sa.Float, nullable=False),
    sa.Column("said", sa.Text, nullable=False),
)
REPLAYS = sa.Table(
    "bricklayer_replays",
    METADATA,
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("task", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("tier", sa.Text, nullable=False),
    sa.Column("model", sa.Text, nullable=False),
    sa.Column("at", sa.Float, nullable=False, index=True),
    sa.Column("body", sa.JSON, nullable=False),
)
PLANNED_TASKS = sa.Table(
    "bricklayer_planned_tasks",
    METADATA,
    sa.Column("repo", sa.Text, primary_key=True),
    sa.Column("digest", sa.Text, primary_key=True),
    sa.Column("plan", sa.Text, nullable=False),
    sa.Column("job", sa.Text, nullable=False, index=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("file", sa.Text, nullable=False),
    sa.Column("checks", sa.Text, nullable=False),
    sa.Column("model", sa.Text, nullable=False),
    sa.Column("at", sa.Float, nullable=False, index=True),
)
PLAN_FACTS = sa.Table(
    "bricklayer_plan_facts",
    METADATA,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("repo", sa.Text, nullable=False),
    sa.Column("job", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("says", sa.Text, nullable=False),
    sa.Column("plan", sa.Text, nullable=False),
    sa.Column("model", sa.Text, nullable=False),
    sa.Column("at", sa.Float, nullable=False, index=True),
    sa.Index("ix_bricklayer_plan_facts_repo", "repo", "at"),
)
STRIKES = sa.Table(
    "bricklayer_strikes",
    METADATA,
    sa.Column("scope", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("job", sa.Text, primary_key=True),
    sa.Column("run", sa.Integer, primary_key=True),
    sa.Column("task", sa.Text, primary_key=True),
    sa.Column("round", sa.Integer, primary_key=True),
    sa.Column("passed", sa.Boolean, nullable=False),
    sa.Column("at", sa.Float, nullable=False, index=True),
)
