"""How a check ended on a tree, run once for all tasks that start from it."""

import threading
from collections.abc import Callable
from concurrent.futures import Future

from runners.checks.verdict import Verdict

Key = tuple[str, str]
"""A tree, and a check as a plan writes it."""


class KnownVerdicts:
    """Of this process alone: a run that goes on elsewhere looks anew. Safe from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._found: dict[Key, Future[Verdict]] = {}

    def find_verdict(self, key: Key, run: Callable[[], Verdict]) -> Verdict:
        """What is known, or what `run` gives; whoever asks meanwhile waits for that.

        A verdict that depends on what a task is about to write is its own, and each asks for one.
        """
        mine = Future[Verdict]()
        with self._lock:
            known = self._found.setdefault(key, mine)
        if known is not mine:
            verdict = known.result()
            return verdict if is_shared(verdict) else run()
        try:
            verdict = run()
        except BaseException as exc:
            with self._lock:
                del self._found[key]
            mine.set_exception(exc)
            raise
        mine.set_result(verdict)
        return verdict


def is_shared(verdict: Verdict) -> bool:
    """Whether it would be the same for every task: it ran, and waits for no file."""
    return (
        verdict.ran and not verdict.awaits and (verdict.seconds > 0 or verdict.check.kind != "run")
    )
