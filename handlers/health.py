"""Whether a server does its work, for `GET /health`: its loops turn and its database answers."""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from bot.machine_faults import find_machine_fault

PROBE_SECONDS = 2.0
"""For the database to answer: those who ask for the health of a service wait for a few seconds."""


@dataclass(frozen=True, slots=True)
class Report:
    """`faults` are lines of words; none where all is well. `facts` are told in any case."""

    faults: Sequence[str] = ()
    facts: dict[str, str] = field(default_factory=dict)

    def describe(self) -> dict[str, object]:
        if self.faults:
            return {"status": "failing", **self.facts, "faults": list(self.faults)}
        return {"status": "ok", **self.facts}


async def report_alive() -> Report:
    """For a server without any loop."""
    return Report()


class Health:
    """`find_faults` is quick; `probe` asks the database and raises where it does not answer."""

    def __init__(
        self,
        find_faults: Callable[[], Sequence[str]],
        probe: Callable[[], object],
        find_facts: Callable[[], dict[str, str]] = dict,
        patience: float = PROBE_SECONDS,
    ) -> None:
        self._find_faults = find_faults
        self._probe = probe
        self._find_facts = find_facts
        self._patience = patience
        # One thread of its own, as a database that hangs must not hold those of the webhooks.
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="health")
        self._asked: asyncio.Future[object] | None = None

    async def check(self) -> Report:
        faults = [*self._find_faults(), *await self._ask_database()]
        return Report(faults, self._find_facts())

    async def _ask_database(self) -> list[str]:
        """One question at a time, whoever asks: anybody may, as often as they like."""
        if self._asked is None or self._asked.done():
            loop = asyncio.get_running_loop()
            self._asked = loop.run_in_executor(self._pool, self._probe)
        try:
            await asyncio.wait_for(asyncio.shield(self._asked), self._patience)
        except TimeoutError:
            return [f"database: no answer within {self._patience:.0f} seconds"]
        except Exception as exc:  # noqa: BLE001  # without its words, as anybody may ask
            fault = find_machine_fault(exc)
            return [f"database: {fault.what if fault else type(exc).__name__}"]
        return []
