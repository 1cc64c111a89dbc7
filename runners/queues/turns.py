"""Whose turn it is in a queue, as the one number by which DBOS orders what it takes.

Its partitions are taken from in random order, and each has an order of its own: there a round of
rework waits behind other repositories' new jobs. Without partitions the lowest `priority` is taken
first, whoever's it is (`start_queued_workflows` and `queue_worker_thread` of dbos 3.4, in
https://github.com/dbos-inc/dbos-transact-py). So the repositories' turns stand in that number.

Each repository's next piece of work of a rank is one turn later than its last, and never earlier
than the turn the queue has come to: start-time fair queueing, with work in place of packets.
https://doi.org/10.1145/248156.248171
"""

from collections.abc import Iterable
from dataclasses import dataclass

TURNS = 10_000_000
"""Of each rank. The highest number DBOS takes is 2 ** 31 - 1."""


@dataclass(frozen=True, slots=True)
class Place:
    """Of a piece of work that is queued or runs."""

    repo: str
    number: int
    is_running: bool = False


def find_number(places: Iterable[Place], repo: str, rank: int) -> int:
    """The number for one more of that repository; those of a lower rank are all taken first.

    Two that are asked for at the same moment may get the same: then the older one is first.
    """
    first, last = rank * TURNS, (rank + 1) * TURNS - 1
    beside = [each for each in places if first <= each.number <= last]
    own = max((each.number + 1 for each in beside if each.repo == repo), default=first)
    queued = [each.number for each in beside if not each.is_running]
    # Where nothing waits, it has come to what was taken last.
    come_to = min(queued) if queued else max((each.number for each in beside), default=first)
    return min(max(own, come_to), last)


def find_rank(number: int) -> int:
    """Also of what a release queued that wrote the rank alone: all of it is taken first."""
    return number // TURNS if number >= TURNS else number
