"""One machine that serves and plans, and two that build, on one database."""

import signal
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from fake_github.issues import Issue
from fake_github.world import GitHub
from support.machine import until

from bot.storage.database import open_database
from bot.storage.tickets import TicketStore
from faults.word_models import WordModels
from faults.words_machine import WordsMachine, reach, words_issue
from runners.tickets.step_deaths import MAX_DEATHS

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

    def kill_server(self) -> bool:
        """Whether it was: not in a second look at a ticket, where the first one was cut off, too."""
        assert self.server.process
        self.server.signal_group(signal.SIGSTOP)
        if max_begun_looks(self.server.database) >= MAX_DEATHS:
            self.server.signal_group(signal.SIGCONT)
            return False
        self.server.kill_group()
        return True

    def told(self) -> str:
        return "\n".join(f"{machine.room.name}: {machine.told()}" for machine in self.machines)

    def begin_build(self, github: GitHub) -> tuple[Issue, WordsMachine]:
        """Of a labelled issue; with it, who builds it."""
        issue = words_issue(github)
        self.start()
        issue.label("bricklayer", by=github.person("mona"))
        reach(issue, self.server, "building")
        return issue, self.wait_for_builder()

    def find_builder(self, but: WordsMachine | None = None) -> WordsMachine | None:
        """Whose child builds now, or is frozen while it does."""
        found = (one for one in self.builders if one is not but and one.find_builder())
        return next(found, None)

    def wait_for_builder(self, but: WordsMachine | None = None) -> WordsMachine:
        until(lambda: self.find_builder(but), self.told)
        found = self.find_builder(but)
        assert found, self.told()
        return found


def max_begun_looks(database: str) -> int:
    """How many looks at one ticket were begun and not ended."""
    engine = open_database(database)
    try:
        store = TicketStore(engine)
        names = [f"ticket:{ticket.key}" for ticket in store.list_tickets()]
        return max(store.count_begun(names).values(), default=0)
    finally:
        engine.dispose()


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
