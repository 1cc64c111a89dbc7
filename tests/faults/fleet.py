"""One machine that serves and plans, and two that build, on one database."""

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa
from fake_github.world import GitHub
from support.machine import until

from faults.word_models import WordModels
from faults.words_machine import WordsMachine

BUILDERS = ("one", "two")


@dataclass
class Fleet:
    server: WordsMachine
    builders: tuple[WordsMachine, WordsMachine]

    def start(self) -> None:
        for machine in self.machines:
            machine.start()

    @property
    def machines(self) -> tuple[WordsMachine, ...]:
        return (self.server, *self.builders)

    def told(self) -> str:
        return "\n".join(f"{machine.room.name}: {machine.told()}" for machine in self.machines)

    def find_builder(self, but: WordsMachine | None = None) -> WordsMachine | None:
        """Whose child builds now, or is frozen while it does."""
        found = (one for one in self.builders if one is not but and one.find_builder())
        return next(found, None)

    def wait_for_builder(self, but: WordsMachine | None = None) -> WordsMachine:
        until(lambda: self.find_builder(but), self.told)
        found = self.find_builder(but)
        assert found, self.told()
        return found


@contextmanager
def open_fleet(room: Path, github: GitHub, words: WordModels, database: str) -> Iterator[Fleet]:
    with ExitStack() as stack:

        def machine(name: str, command: str, tiers: tuple[str, ...]) -> WordsMachine:
            own = room / name
            own.mkdir()
            made = WordsMachine(
                own, github, words=words, database=database, command=command, tiers=tiers
            )
            stack.callback(made.stop)
            return made

        server = machine("server", "serve", ("planner",))
        one, two = (machine(name, "worker", ("local", "senior")) for name in BUILDERS)
        yield Fleet(server, (one, two))


def create_database(url: str) -> str:
    """An empty one on that server."""
    name = f"words_{time.time_ns()}"
    engine = sa.create_engine(sa.make_url(url).set(drivername="postgresql+psycopg"))
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as db:
        db.exec_driver_sql(f"CREATE DATABASE {name}")
    engine.dispose()
    return sa.make_url(url).set(database=name).render_as_string(hide_password=False)
