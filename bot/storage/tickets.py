"""Tables of the GitHub loop: the inbox of deliveries, tickets, and what the sweep remembers.

The inbox is durable before GitHub hears a 202; a ticket is changed by compare and swap.
"""

import functools
import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from bot.storage.database import on_conflict_nothing, on_conflict_replace, split_keys
from bot.storage.jobs import Store
from bot.storage.leader import Term
from bot.storage.lost_connection import PAUSE_SECONDS, is_lost, repeat_if_lost
from bot.storage.review_records import differ, record_reviews
from bot.storage.tables import CALLS, DELIVERIES, MARKS, REFUSALS, STARTS, TICKETS
from bot.ticket.keys import MarkKey, begun_mark
from bot.ticket.model import Ticket, repo_key
from bot.ticket.situation import find_attention, find_situation
from bot.ticket.stored_form import from_json, to_json

ASIDE = "aside"
"""The state of a delivery that is kept for a person to look at."""
# Asked for with each webhook: made once, for to make a statement takes longer than to run it.
_TICKET = sa.select(TICKETS.c.body, TICKETS.c.version).where(TICKETS.c.key == sa.bindparam("key"))
_MARK = sa.select(MARKS.c.value).where(MARKS.c.key == sa.bindparam("key"))
_WAITING = (
    sa.select(*(DELIVERIES.c[name] for name in ("id", "event", "body", "at", "tries")))
    .where(DELIVERIES.c.state == "new")
    .where(DELIVERIES.c.id.not_in(sa.bindparam("but", expanding=True)))
    .order_by(DELIVERIES.c.seq)
    .limit(sa.bindparam("most"))
)
_SETTLE = (
    sa.update(DELIVERIES)
    .where(DELIVERIES.c.id == sa.bindparam("named"))
    .values(said=sa.bindparam("words"), state="done", body=b"", tries=DELIVERIES.c.tries + 1)
)

KEPT_CALLS_SECONDS = 90 * 86_400


MAX_PARSED = 3000
"""Tickets that are kept as they were parsed: of more, some are parsed each time."""
_BODIES = sa.select(TICKETS.c.key, TICKETS.c.body).where(
    TICKETS.c.key.in_(sa.bindparam("keys", expanding=True))
)


@functools.cache
def _states_by(names: tuple[str, ...]) -> sa.Select[Any]:
    state = (TICKETS.c[name] for name in ("version", "stage", "head", "pull"))
    query = sa.select(TICKETS.c.key, *state).order_by(TICKETS.c.key)
    repo, *about = [TICKETS.c[name] == sa.bindparam(name) for name in names] or [sa.true()]
    return query.where(repo, sa.or_(*about)) if about else query.where(repo)


@dataclass(frozen=True, slots=True)
class Delivery:
    """One signed webhook as it came. `at` is in seconds since 1970."""

    id: str
    event: str
    body: bytes
    at: float
    tries: int = 0


@dataclass(frozen=True, slots=True)
class TicketStore:
    """What `serve` and `action` keep, beside the tables of the jobs themselves.

    With a `term` each write is refused with TakenOverError once another process leads, but for
    what comes into the inbox: that may be written by any.
    """

    engine: sa.Engine
    term: Term | None = None
    _turn: threading.Lock = field(default_factory=threading.Lock)
    parsed: dict[str, tuple[tuple[Any, ...], Ticket]] = field(default_factory=dict)

    @contextmanager
    def _writing(self, *, by_any: bool = False) -> Iterator[sa.Connection]:
        """One transaction at a time: SQLite makes a second one sleep, longer with each try."""
        with self._turn, self.engine.begin() as db:
            yield db
            if self.term and not by_any:
                self.term.require(db)

    def probe(self) -> None:
        """Raise what the database has against being asked."""
        with self.engine.connect() as db:
            db.execute(sa.select(STARTS.c.seq).limit(1)).all()

    @repeat_if_lost
    def receive_deliveries(self, deliveries: Sequence[Delivery]) -> None:
        """Write them down, all or none; one that is known already changes nothing."""
        rows = [
            {"id": d.id, "event": d.event, "body": d.body, "at": d.at, "tries": 0}
            | {"state": "new", "said": ""}
            for d in deliveries
        ]
        named = DELIVERIES.c.id.in_([d.id for d in deliveries])
        with self._writing(by_any=True) as db:
            db.execute(on_conflict_nothing(self.engine, DELIVERIES), rows)
            # A person had GitHub send it once more: it is tried again.
            again = sa.update(DELIVERIES).where(DELIVERIES.c.state == ASIDE).where(named)
            db.execute(again.values(state="new"))

    @repeat_if_lost
    def list_waiting(self, but: Collection[str] = (), most: int = 100) -> list[Delivery]:
        """The oldest deliveries nobody has dealt with, without those named by `but`."""
        parameters = {"but": list(but), "most": most}
        with self.engine.connect() as db:
            return [Delivery(*row) for row in db.execute(_WAITING, parameters)]

    @repeat_if_lost
    def settle_deliveries(self, outcomes: Mapping[str, str]) -> None:
        """Done with deliveries, by id, all at once; their bodies are not needed any more."""
        rows = [{"named": name, "words": words} for name, words in outcomes.items()]
        if rows:
            with self._writing() as db:
                db.execute(_SETTLE, rows)

    @repeat_if_lost
    def set_aside(self, name: str, why: str) -> None:
        """Keep a delivery, with its body, for a person to look at."""
        with self._writing() as db:
            same = DELIVERIES.c.id == name
            db.execute(sa.update(DELIVERIES).where(same).values(state=ASIDE, said=why))
            db.execute(sa.delete(MARKS).where(MARKS.c.key == begun_mark(name)))

    @repeat_if_lost
    def read_outcome(self, name: str) -> str:
        """How a delivery ended, in a word; empty while nobody has dealt with it."""
        query = sa.select(DELIVERIES.c.said).where(DELIVERIES.c.id == name)
        with self.engine.connect() as db:
            found = db.execute(query.where(DELIVERIES.c.state != "new")).scalar()
        return str(found or "")

    @repeat_if_lost
    def list_set_aside(self) -> list[Delivery]:
        columns = (DELIVERIES.c[name] for name in ("id", "event", "body", "at", "tries"))
        query = sa.select(*columns).where(DELIVERIES.c.state == ASIDE).order_by(DELIVERIES.c.seq)
        with self.engine.connect() as db:
            return [Delivery(*row) for row in db.execute(query)]

    @repeat_if_lost
    def count_begun(self, names: Sequence[str]) -> dict[str, int]:
        """How often each was begun and never ended: as often it ended the process, or so it may be.

        Those that never were are not in it.
        """
        keys = {begun_mark(name): name for name in names}
        query = sa.select(MARKS.c.key, MARKS.c.value).where(MARKS.c.key.in_(keys))
        with self.engine.connect() as db:
            return {keys[key]: int(value) for key, value in db.execute(query)}

    @repeat_if_lost
    def begin(self, counts: Mapping[str, int]) -> None:
        """Note durably, before anything else is done, how often each was begun by now."""
        rows = [{"key": begun_mark(name), "value": str(n)} for name, n in counts.items()]
        if rows:
            with self._writing() as db:
                db.execute(on_conflict_replace(self.engine, MARKS, "value"), rows)

    @repeat_if_lost
    def end(self, names: Sequence[str]) -> None:
        """The process outlived them."""
        with self._writing() as db:
            db.execute(sa.delete(MARKS).where(MARKS.c.key.in_([*map(begun_mark, names)])))

    def record_failure(self, name: str, outcome: str) -> None:
        """A delivery that is to be tried again."""
        values = {"said": outcome, "tries": DELIVERIES.c.tries + 1}
        with self._writing() as db:
            db.execute(sa.update(DELIVERIES).where(DELIVERIES.c.id == name).values(values))

    @repeat_if_lost
    def delete_before(self, before: float) -> None:
        """Deliveries that were dealt with before that time; GitHub redelivers for three days."""
        old = sa.and_(DELIVERIES.c.state == "done", DELIVERIES.c.at < before)
        with self._writing() as db:
            db.execute(sa.delete(DELIVERIES).where(old))
            db.execute(sa.delete(STARTS).where(STARTS.c.at < before))
            # A job's calls are summed for as long as it goes on.
            db.execute(sa.delete(CALLS).where(CALLS.c.at < before - KEPT_CALLS_SECONDS))

    def find_ticket(self, key: str) -> Ticket | None:
        found = self._found(key)
        return found[0] if found else None

    @repeat_if_lost
    def list_tickets(self, repo: str = "", **about: int | str) -> list[Ticket]:
        """All, or a repository's, whatever their stage; by key. `repo` is a `repo_key`.

        `about`: only those with that `issue`, `pull`, `head` or `branch`, any one of them. What has
        not changed since it was read last is not parsed again: a sweep asks for all each minute.
        """
        parameters = {"repo": repo, **about} if repo else {}
        with self.engine.connect() as db:
            found = db.execute(_states_by(tuple(parameters)), parameters).all()
            tickets: dict[str, Ticket] = {}
            lacking: dict[str, tuple[Any, ...]] = {}
            for key, *state in found:
                known = self.parsed.get(key)
                if known and known[0] == tuple(state):
                    tickets[key] = known[1]
                else:
                    lacking[key] = tuple(state)
            for keys in split_keys(list(lacking)):
                for key, body in db.execute(_BODIES, {"keys": keys}):
                    tickets[key] = from_json(body)
                    if len(self.parsed) < MAX_PARSED or key in self.parsed:
                        # The body may be newer than its state here: then it is parsed once more.
                        self.parsed[key] = (lacking[key], tickets[key])
        return [tickets[key] for key, *_ in found if key in tickets]

    @repeat_if_lost
    def count_repositories(self, stage: str) -> int:
        """Those with a ticket in this stage."""
        counted = sa.func.count(sa.distinct(TICKETS.c.repo))
        with self.engine.connect() as db:
            query = sa.select(counted).where(TICKETS.c.stage == stage)
            return int(db.execute(query).scalar_one())

    @repeat_if_lost
    def has_tickets(self, repo: str) -> bool:
        query = sa.select(TICKETS.c.key).where(TICKETS.c.repo == repo).limit(1)
        with self.engine.connect() as db:
            return db.execute(query).first() is not None

    def add_ticket(self, ticket: Ticket, version: int = 1) -> bool:
        """False where there is one already."""
        values = self._values(ticket) | {"key": ticket.key, "version": version}
        with self._writing() as db:
            made = on_conflict_nothing(self.engine, TICKETS).returning(TICKETS.c.key)
            return db.execute(made, values).first() is not None

    def find_version(self, key: str) -> int:
        """How often it was changed, as far as is known here; 0 for a key nobody knows."""
        query = sa.select(TICKETS.c.version).where(TICKETS.c.key == key)
        with self.engine.connect() as db:
            return int(db.execute(query).scalar() or 0)

    def adopt_ticket(self, ticket: Ticket, *, at_least: int) -> None:
        """In the place of what is stored, whatever that is; its version grows to `at_least`."""
        while True:
            found = self._found(ticket.key)
            if not found:
                if self.add_ticket(ticket, at_least):
                    return
            elif self._swap(ticket.key, found[1], ticket, at_least):
                return

    def change_ticket(self, key: str, how: Callable[[Ticket], Ticket]) -> Ticket:
        """Apply `how` to the ticket as it is now, again if somebody else was quicker.

        `how` must be pure. Raises KeyError for a key nobody knows.
        """
        while True:
            found = self._found(key)
            if not found:
                raise KeyError(key)
            ticket, version = found
            new = how(ticket)
            records = differ(ticket, new)
            if new == ticket or self._swap(key, version, new, records=records):
                return new

    @repeat_if_lost
    def _found(self, key: str) -> tuple[Ticket, int] | None:
        with self.engine.connect() as db:
            row = db.execute(_TICKET, {"key": key}).first()
        return (from_json(row[0]), row[1]) if row else None

    def _swap(
        self, key: str, version: int, new: Ticket, at_least: int = 0, *, records: bool = True
    ) -> bool:
        """Whether it is written; where the connection was lost, that is looked up.

        `records`: what sums over jobs need of it has changed, too.
        """
        same = sa.and_(TICKETS.c.key == key, TICKETS.c.version == version)
        next_version = max(version + 1, at_least)
        values = self._values(new) | {"version": next_version}
        try:
            with self._writing() as db:
                written = db.execute(sa.update(TICKETS).where(same).values(values)).rowcount
                if written and records:
                    record_reviews(db, new)
                return bool(written)
        except sa.exc.DBAPIError as exc:
            if not is_lost(exc):
                raise
            time.sleep(PAUSE_SECONDS)
            return self._found(key) == (new, next_version)

    @staticmethod
    def _values(ticket: Ticket) -> dict[str, str | int | float]:
        return {
            "repo": repo_key(ticket.where),
            "issue": ticket.issue,
            "pull": ticket.remote.pull,
            "head": ticket.remote.head,
            "branch": ticket.remote.branch,
            "stage": ticket.stage,
            "body": to_json(ticket),
            "repo_name": ticket.where.repo,
            "title": ticket.title,
            "situation": find_situation(ticket),
            "attention": find_attention(ticket),
            "labelled_at": ticket.labelled_at,
            "changed": time.time(),
        }

    @repeat_if_lost
    def read_mark(self, key: MarkKey) -> str:
        """What was noted under `key`: an ETag, mostly. Empty where nothing was."""
        with self.engine.connect() as db:
            return str(db.execute(_MARK, {"key": key}).scalar() or "")

    @repeat_if_lost
    def write_mark(self, key: MarkKey, value: str) -> None:
        with self._writing() as db:
            row = {"key": key, "value": value}
            db.execute(on_conflict_replace(self.engine, MARKS, "value"), row)

    def record_refusal(self, person: int, repo: str, at: float, forget_before: float) -> None:
        with self._writing() as db:
            db.execute(sa.delete(REFUSALS).where(REFUSALS.c.at < forget_before))
            row = {"person": person, "repo": repo.lower(), "at": at}
            db.execute(sa.insert(REFUSALS).values(row))

    @repeat_if_lost
    def list_refusals(self, person: int, most: int) -> list[tuple[str, float]]:
        """The last ones of a person, each with its repository."""
        query = sa.select(REFUSALS.c.repo, REFUSALS.c.at).where(REFUSALS.c.person == person)
        with self.engine.connect() as db:
            found = db.execute(query.order_by(REFUSALS.c.seq.desc()).limit(most))
            return [(repo, at) for repo, at in found]

    def record_start(self, person: int, repo: str) -> None:
        with self._writing() as db:
            row = {"person": person, "repo": repo.lower(), "at": time.time()}
            db.execute(sa.insert(STARTS).values(row))

    @repeat_if_lost
    def count_starts(self, since: float, *, person: int = 0, repo: str = "") -> int:
        """How many jobs were started since then, by a person or in a repository."""
        query = sa.select(sa.func.count()).select_from(STARTS).where(STARTS.c.at >= since)
        query = query.where(STARTS.c.person == person) if person else query
        query = query.where(STARTS.c.repo == repo.lower()) if repo else query
        with self.engine.connect() as db:
            return int(db.execute(query).scalar_one())


def open_ticket_store(store: Store) -> TicketStore:
    return TicketStore(store.engine)
