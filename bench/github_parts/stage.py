"""The stand-in for GitHub, without the checks it makes of itself: those would be measured too."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fake_github.server import serving
from fake_github.world import GitHub
from support.machine import Machine, machine_for


class Unchecked:
    def asked(self, call: object) -> None: ...

    def answer(self, operation: object, answer: object) -> None: ...

    def webhook(self, event: str, payload: object) -> None: ...


@contextmanager
def stage(**settings: object) -> Iterator[tuple[Machine, GitHub]]:
    with tempfile.TemporaryDirectory() as folder, serving() as github:
        github.schema = Unchecked()  # type: ignore[assignment]
        with machine_for(Path(folder), github, **settings) as machine:
            yield machine, github
