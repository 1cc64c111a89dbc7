"""What work under way tells of itself is noted where that can be: it never ends the work.

The database may be away for as long as a build goes on. What became of the tasks is in the work's
result once more.
"""

import logging
import time
from dataclasses import dataclass

from bot.machine_faults import find_machine_fault
from runners.progress import ProgressEvent, Report

log = logging.getLogger("bricklayer")
REST_SECONDS = 5.0
"""In which nothing is noted after a fault: else each of many events would wait for it anew."""


@dataclass(slots=True)
class _ReportMeanwhile:
    name: str
    report: Report
    _rests_until: float = 0.0

    def hear(self, event: ProgressEvent) -> None:
        if time.monotonic() < self._rests_until:
            return
        try:
            self.report(event)
        except Exception as exc:
            fault = find_machine_fault(exc)
            if not fault:
                raise
            self._rests_until = time.monotonic() + REST_SECONDS
            log.warning("%s: it goes on, but how far it is cannot be noted: %s", self.name, fault)


def report_meanwhile(name: str, report: Report) -> Report:
    """`name` is the ticket's. A fault of ours is raised; one of the machine is logged."""
    return _ReportMeanwhile(name, report).hear
