"""Loops of DBOS that have no setting and nothing of ours to do, slowed down.

Once a second, they are half of what DBOS takes while nothing waits. The names are private; a
release that has others goes on as fast as before, and a test tells.
https://github.com/dbos-inc/dbos-transact-py: `_workflow_commands.py`, `_queue.py`
"""

from dbos import DBOS, _workflow_commands

JOBS_SECONDS = 4.0
"""Between two looks for delayed work and work of which the time is over: ours has neither.

Who looks holds a transaction meanwhile, which PostgreSQL ends after five seconds.
"""
INTERNAL_QUEUE_SECONDS = 60.0
"""Between two looks at the queue for what is resumed or scheduled without one. Ours names one."""


def slow_unused_loops(process: DBOS) -> None:
    """Before the launch, which starts them."""
    _workflow_commands._BACKGROUND_JOBS_INTERVAL_SEC = JOBS_SECONDS  # noqa: SLF001
    internal = process._registry.get_internal_queue()  # noqa: SLF001
    internal._polling_interval_sec = INTERNAL_QUEUE_SECONDS  # noqa: SLF001
