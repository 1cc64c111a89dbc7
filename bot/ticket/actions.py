"""The actions that a decision about an event may ask for; `handlers/dispatch.py` performs them."""

from dataclasses import dataclass
from typing import Literal

from bot.github.webhooks import IssueText, Person, Where
from bot.ticket.commands import Command
from bot.ticket.keys import HandledKey
from bot.ticket.places import Place, Request
from bot.ticket.stages import Stage

# Five of the eight contents that GitHub has for a reaction:
# https://docs.github.com/en/rest/reactions/reactions
Reaction = Literal["eyes", "rocket", "confused", "+1", "-1"]
# A comment on a line of a diff has ids and endpoints of its own, apart from those of the
# conversation, which are an issue's: https://docs.github.com/en/rest/pulls/comments
ReactTo = Literal["issue", "comment", "line", "review"]


@dataclass(frozen=True, slots=True)
class StartJob:
    """A writer labelled an issue. `trusted`: its text is what stood there at that moment."""

    where: Where
    issue: IssueText
    asker: Person
    choices: tuple[tuple[str, str], ...] = ()
    trusted: bool = True
    unknown_labels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RunCommand:
    """A writer's command. `handled_key` is remembered, so that it is run once.

    `at`: when the comment was written, in seconds since 1970; 0 where it was edited since.
    `place` is where it is answered; None for the status comment. `room` is what the caps on
    spending leave, for `/status`.
    """

    command: Command
    by: Person
    url: str
    handled_key: HandledKey
    issue: IssueText
    at: float = 0.0
    place: Place | None = None
    room: str = ""


@dataclass(frozen=True, slots=True)
class Notify:
    """Say something once for each `handled_key`: at the `place`, or in the status comment."""

    text: str
    handled_key: HandledKey
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class AddRequest:
    """A writer's words wait to be worked in, or to be answered by a model."""

    request: Request
    handled_key: HandledKey


@dataclass(frozen=True, slots=True)
class React:
    """`node` is GraphQL's id of a review, to which REST takes no reactions."""

    to: ReactTo
    id: int
    content: Reaction
    node: str = ""


@dataclass(frozen=True, slots=True)
class AcceptNotes:
    """A writer ticked these proposed notes in the status comment."""

    notes: tuple[str, ...]
    by: Person


@dataclass(frozen=True, slots=True)
class EndTicket:
    """The issue or the pull request came to an end on GitHub."""

    stage: Stage
    why: str


@dataclass(frozen=True, slots=True)
class ReopenTicket:
    """What was closed on GitHub is open again, since `at`, in seconds since 1970."""

    at: float = 0.0


@dataclass(frozen=True, slots=True)
class Wake:
    """Look at the ticket again: something it waits for may have happened.

    `stop`: end the work that runs for it first, as nobody may need it any more. Work that is
    still needed goes on from where it was.
    """

    stop: bool = False


@dataclass(frozen=True, slots=True)
class Rewrite:
    """Somebody else edited the status comment: it is written anew."""


@dataclass(frozen=True, slots=True)
class TakeAnswer:
    """A writer has answered the planner's question; the planner reads it among the comments."""

    handled_key: HandledKey


Action = (
    StartJob
    | TakeAnswer
    | RunCommand
    | AddRequest
    | Notify
    | React
    | AcceptNotes
    | EndTicket
    | ReopenTicket
    | Wake
    | Rewrite
)
