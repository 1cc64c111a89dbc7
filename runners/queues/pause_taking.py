"""Has one worker take nothing for a while, for which DBOS has no setting: it would be all workers'.

Before each taking its threads ask in which scopes to look, and look in none where there are none.
The name is private; a release that has it no more takes work at any time, says so, and what it has
no room for is given back. A test tells.
https://github.com/dbos-inc/dbos-transact-py: `_queue.py`
"""

import logging
from collections.abc import Callable

from dbos import DBOS

from runners.queues.work_item import QUEUES, queue_name

log = logging.getLogger("bricklayer")


def take_only_if(process: DBOS, may_take: Callable[[], bool]) -> None:
    """Have it leave our queues alone whenever it may not; to be called once it is launched."""
    system = process._sys_db  # noqa: SLF001  # see above
    find_scopes = getattr(system, "dequeue_scopes", None)
    if find_scopes is None:
        log.warning("this release of DBOS has work taken also where there is no room for it")
        return
    own = {queue_name(queue) for queue in QUEUES}

    def find_if(queue: str) -> list[str | None]:
        return [] if queue in own and not may_take() else find_scopes(queue)

    system.dequeue_scopes = find_if  # type: ignore[assignment,method-assign]
