"""Where people speak to the bot besides the issue's status comment, and what it owes them there."""

from dataclasses import dataclass
from typing import Literal

from bot.ticket.words import Ask

PlaceKind = Literal["issue", "pull", "thread"]
WordsKind = Literal["comment", "review", "line"]


@dataclass(frozen=True, slots=True)
class Place:
    """The conversation of the issue or the pull request, or the thread that `thread` begins."""

    kind: PlaceKind
    thread: int = 0


@dataclass(frozen=True, slots=True)
class PendingAnswer:
    """What is to be posted once at a place; `mark` is how it is found there again."""

    place: Place
    text: str
    mark: str


@dataclass(frozen=True, slots=True)
class Request:
    """Words of a writer that wait to be worked in: a comment, a review's text, a line's comment.

    The words themselves are read again by `id`, when it is their turn. `by` is the login. `taken`
    names the round that works them in, empty while they wait.
    """

    kind: WordsKind
    id: int
    place: Place
    by: str
    ask: Ask
    taken: str = ""
