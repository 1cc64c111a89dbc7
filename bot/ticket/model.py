"""A ticket: all that the bot knows of one issue on its way to a merged pull request.

It is a cache. What matters stands where people see it: branch, commits, pull request, and the
hidden line of the status comment, from which `bot/ticket/status_comment.py` makes a ticket again.
"""

import hashlib
from dataclasses import dataclass, fields, replace
from typing import Any, Literal

from pydantic import TypeAdapter

from bot.coaching.notes import Note
from bot.github.webhooks import NOBODY, Person, Where
from bot.ledger import LedgerRow
from bot.plan import hash_plan
from bot.ticket.stages import Stage, move

RoundKind = Literal["plan", "ci", "rework"]
NoteState = Literal["proposed", "accepted", "landed"]
HASH = 12
"""Characters of a hash that a person types or compares."""
TEXT = "text"
"""What a yes is asked for where an issue was edited after the label."""
MOST_DONE = 500
FOREVER = 1e12
"""Seconds since 1970: only an event or a command wakes what waits until then."""


@dataclass(frozen=True, slots=True)
class Round:
    """One build on the branch: `text` is its job.md, `base` the commit it starts from.

    `number` counts the rounds of one kind from 1. `senior`: only that tier attempts it.
    `threads` are the review comments, by id, that it settles.
    """

    kind: RoundKind
    text: str
    base: str
    number: int = 1
    senior: bool = False
    threads: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Proposal:
    """A coaching note on its way into git: `accepted` by a writer, `landed` in a commit.

    `pull` is the pull request that proposes that commit; 0 where the file has the note already.
    """

    note: Note
    state: NoteState = "proposed"
    by: str = ""
    pull: int = 0

    @property
    def id(self) -> str:
        said = f"{self.note.lesson}\0{self.note.origin}"
        return hashlib.sha256(said.encode()).hexdigest()[:8]


@dataclass(frozen=True, slots=True)
class Ended:
    """How one task ended, in which phase of its round, for the status table."""

    id: str
    state: str
    why: str = ""
    commit: str = ""
    phase: str = ""


@dataclass(frozen=True, slots=True)
class Ticket:
    """`title` and `body` are as they were when `asker` set the label; nothing newer is trusted.

    `head` is the branch's head as the bot left it, `approved` the plan's hash and the head that a
    writer said yes to. `done` names what was dealt with once and for all, as `comment:123`.
    `why` says what it waits for or why it ended; `until`, in seconds since 1970, when to look
    again. `said` answers the latest command, `answer` a question that was no job. `planned` is the
    commit that holds the plan. `asks` is what a yes is asked for: the text as it reads now, or a
    mark. `foreign` is the head that somebody else pushed; with `adopt` the bot goes on from there.
    `asked` is when that began to be asked for, `seen` the hash of the text that was shown then.
    `risks` are why a yes is wanted, `accepted` those that have one. Of comments up to the id `deaf`
    nothing is known any more but that they were dealt with.
    `former` is the pull request of an earlier job of this issue, if one is left open.
    `since`: when the head was pushed, `labelled`: when the label was set, in seconds since 1970.
    """

    where: Where
    issue: int
    asker: Person = NOBODY
    title: str = ""
    body: str = ""
    stage: Stage = Stage.PLANNING
    paused: bool = False
    why: str = ""
    said: str = ""
    until: float = 0.0
    since: float = 0.0
    choices: dict[str, str] | None = None
    base: str = ""
    branch: str = ""
    planned: str = ""
    head: str = ""
    pull: int = 0
    comment: int = 0
    check: int = 0
    approved: str = ""
    approver: str = ""
    round: Round | None = None
    ci_rounds: int = 0
    rework_rounds: int = 0
    asks: str = ""
    risks: tuple[str, ...] = ()
    accepted: tuple[str, ...] = ()
    tasks: tuple[Ended, ...] = ()
    notes: tuple[Proposal, ...] = ()
    rows: tuple[LedgerRow, ...] = ()
    done: tuple[str, ...] = ()
    retry: str = ""
    adopt: bool = False
    foreign: str = ""
    answer: str = ""
    labelled: float = 0.0
    asked: float = 0.0
    seen: str = ""
    deaf: int = 0
    former: int = 0

    @property
    def key(self) -> str:
        return key_of(self.where.repo, self.issue)

    @property
    def mark(self) -> str:
        """What a yes names now: the hash of the plan, and the head it stands on."""
        return f"{self.hash}:{self.head[:HASH]}" if self.round else ""

    @property
    def hash(self) -> str:
        return hash_plan(self.round.text)[:HASH] if self.round else ""

    @property
    def code(self) -> str:
        """What a person types to say yes to just what is asked for: this text, or this mark."""
        if self.asks == TEXT:
            return self.seen[:HASH]
        return hashlib.sha256(self.asks.encode()).hexdigest()[:HASH] if self.asks else ""

    def to(self, stage: Stage, why: str = "", **more: Any) -> "Ticket":  # noqa: ANN401  # its fields
        """Raises IllegalMoveError; a new stage may be looked at as soon as anybody likes.

        What was answered to a command was about the stage before; what was said of how the job
        began stays until it is built.
        """
        said = self.said if self.stage is Stage.PLANNING else ""
        moved = replace(self, stage=move(self.stage, stage), why=why, until=0.0)
        return replace(moved, **{"said": said, **more})

    def has(self, what: str) -> bool:
        return what in self.done

    def heard(self, comment: int) -> bool:
        return comment <= self.deaf or self.has(f"comment:{comment}:0")

    @property
    def newest(self) -> int:
        """The id of the newest comment that was dealt with."""
        ids = [one.split(":")[1] for one in self.done if one.startswith("comment:")]
        return max([self.deaf, *(int(one) for one in ids if one.isdecimal())])

    def with_done(self, *what: str) -> "Ticket":
        """Remembers the last 500 comments, which anybody can make, and 500 of all else."""
        all_ = dict.fromkeys((*self.done, *what))
        comments = [one for one in all_ if one.startswith("comment:")]
        others = [one for one in all_ if not one.startswith("comment:")]
        kept = {*comments[-MOST_DONE:], *others[-MOST_DONE:]}
        return replace(self, done=tuple(one for one in all_ if one in kept))


def merge_changes(old: Ticket, mine: Ticket, now: Ticket) -> Ticket:
    """`now` with what made `old` into `mine`: a command given meanwhile is never written over."""
    names = [field.name for field in fields(Ticket) if field.name not in {"done", "notes"}]
    changed = {n: getattr(mine, n) for n in names if getattr(mine, n) != getattr(old, n)}
    if now.stage is not old.stage:  # somebody ended it while we worked
        changed = {n: v for n, v in changed.items() if n not in _OF_STAGE}
    done = (one for one in mine.done if one not in old.done)
    return replace(now, **changed, notes=_notes(old, mine, now)).with_done(*done)


_OF_STAGE = frozenset({"stage", "paused", "why", "until", "asks"})


def _notes(old: Ticket, mine: Ticket, now: Ticket) -> tuple[Proposal, ...]:
    """The notes of both: none that was taught or ticked meanwhile is lost."""
    new = {one.id: one for one in mine.notes if one not in old.notes}
    known = {one.id: one for one in now.notes}
    return tuple({**known, **new}.values())


def key_of(repo: str, issue: int) -> str:
    return f"{repo.lower()}#{issue}"


def text_hash(title: str, body: str) -> str:
    return hashlib.sha256(f"{title}\0{body}".encode(errors="replace")).hexdigest()[:32]


_JSON = TypeAdapter(Ticket)


def to_json(ticket: Ticket) -> str:
    return _JSON.dump_json(ticket).decode()


def from_parts(parts: dict[str, Any]) -> Ticket:
    """Raises pydantic's ValidationError for what makes no ticket."""
    return _JSON.validate_python(parts)


def from_json(text: str) -> Ticket:
    return _JSON.validate_json(text)
