"""Decides what a person's words ask for, wherever they are said: commands, wishes, questions.

Pure functions of what was said and what is known.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bot.github.auth import parse_time
from bot.github.errors import UnavailableError
from bot.github.webhooks import IssueText, Person
from bot.ticket import messages, messages_commands, messages_review, messages_words
from bot.ticket.actions import Action, AddRequest, Notify, React, Reaction, RunCommand, Wake
from bot.ticket.addressing import names
from bot.ticket.commands import (
    Command,
    MalformedCommand,
    UnknownCommand,
    without_commands,
)
from bot.ticket.keys import HandledKey, comment_key, line_comment_key, review_key
from bot.ticket.model import Ticket
from bot.ticket.places import Place, Request, WordsKind
from bot.ticket.spoken_command import find_spoken_command
from bot.ticket.stages import is_over
from bot.ticket.words import Ask, read_ask, says_what

if TYPE_CHECKING:
    from handlers.decisions import DecisionContext

MAX_REQUESTS = 20
"""Words that wait at once; each of them becomes a part of a round."""
Found = Sequence[Command | UnknownCommand | MalformedCommand]


@dataclass(frozen=True, slots=True)
class SpokenWords:
    """What somebody said: `id` of a comment, a review or a line's comment; `place` to answer at.

    `at`: when, in seconds since 1970, 0 where that is not known of these words. `issue` is its
    text at that time, where the event has it.
    """

    kind: WordsKind
    id: int
    by: Person
    body: str
    place: Place | None
    url: str
    at: float = 0.0
    node: str = ""
    issue: IssueText | None = None

    def handled_key(self, command: int = 0) -> HandledKey:
        if self.kind == "review":
            return review_key(self.id, command)
        return (comment_key if self.kind == "comment" else line_comment_key)(self.id, command)

    def react(self, content: Reaction) -> React:
        return React(self.kind, self.id, content, self.node)


def names_bot(body: str, context: "DecisionContext") -> bool:
    return names(body, context.bot_account)


def decide_words(
    spoken: SpokenWords, context: "DecisionContext", found: Found
) -> tuple[Action, ...]:
    """Of a person's comment that was not heard before: its commands, or else its plain words."""
    ticket = context.ticket
    if ticket is None:
        return ()
    if not context.sender_can_write:
        if spoken.by.bot:
            # Two bots that refuse each other in words would never end; a reaction is no event.
            # https://docs.github.com/en/webhooks/webhook-events-and-payloads
            return (*([spoken.react("-1")] if found else []), Wake())
        reply = answer_words(spoken, messages_commands.NO_WRITE)
        return (spoken.react("-1"), reply, Wake())
    if not found:
        return decide_plain_words(spoken, ticket, read_ask(spoken.body))
    actions = tuple(
        _command_action(spoken, ticket, item, spoken.handled_key(at))
        for at, item in enumerate(found)
    )
    understood = all(isinstance(action, RunCommand | AddRequest) for action in actions)
    more = _read_words_beside(spoken, context, found)
    return (spoken.react("eyes" if understood else "confused"), *actions, *more, Wake())


def _read_words_beside(
    spoken: SpokenWords, context: "DecisionContext", found: Found
) -> tuple[Action, ...]:
    """What a comment with commands asks for in plain words too, where those name the bot."""
    rest = without_commands(spoken.body)
    planned = any(isinstance(each, Command) and each.name == "plan" for each in found)
    if planned or not context.ticket or not names_bot(rest, context):
        return ()
    beside = decide_plain_words(
        replace(spoken, body=rest), context.ticket, read_ask(rest), spoken.handled_key(len(found))
    )
    return tuple(action for action in beside if isinstance(action, AddRequest | Notify))


def _answer_at_once(
    spoken: SpokenWords, ticket: Ticket, ask: Ask, key: HandledKey | None
) -> tuple[Action, ...]:
    """To words of which nothing can be made."""
    command = find_spoken_command(spoken.body)
    said = messages_words.give_the_command(command, ticket) if command else ""
    vague = ask == "change" and spoken.kind != "line" and not says_what(spoken.body)
    # A review's own text may be a word about its threads; a comment is for the bot by name.
    if not said and vague and spoken.kind == "comment":
        said = messages_words.UNCLEAR
    if said:
        return (spoken.react("confused"), answer_words(spoken, said, key))
    return (spoken.react("+1"),) if ask == "nothing" or vague or command else ()


def decide_plain_words(
    spoken: SpokenWords, ticket: Ticket, ask: Ask, key: HandledKey | None = None
) -> tuple[Action, ...]:
    if answer := _answer_at_once(spoken, ticket, ask, key):
        return (*answer, Wake())
    if is_over(ticket.stage):
        said = messages_commands.already_over(ticket.stage)
        return (spoken.react("confused"), answer_words(spoken, said), Wake())
    if len(ticket.requests) >= MAX_REQUESTS:
        said = messages_review.too_many_requests(MAX_REQUESTS)
        return (spoken.react("confused"), answer_words(spoken, said), Wake())
    request = Request(spoken.kind, spoken.id, spoken.place or Place("issue"), spoken.by.login, ask)
    key = key or spoken.handled_key()
    return (spoken.react("eyes"), AddRequest(request, key), Wake())


def _command_action(
    spoken: SpokenWords,
    ticket: Ticket,
    found: Command | UnknownCommand | MalformedCommand,
    key: HandledKey,
) -> Action:
    if isinstance(found, Command) and found.name == "plan":
        if is_over(ticket.stage):
            return answer_words(spoken, messages_commands.already_over(ticket.stage), key)
        place = spoken.place or Place("issue")
        return AddRequest(Request(spoken.kind, spoken.id, place, spoken.by.login, "change"), key)
    if isinstance(found, Command):
        issue = spoken.issue or planned_issue(ticket)
        return RunCommand(found, spoken.by, spoken.url, key, issue, spoken.at, spoken.place)
    if isinstance(found, UnknownCommand):
        return answer_words(
            spoken, messages_commands.unknown_command(found.quoted, found.close), key
        )
    return answer_words(spoken, messages_commands.malformed_command(found.quoted, found.why), key)


def answer_words(spoken: SpokenWords, text: str, key: HandledKey | None = None) -> Notify:
    key = key or spoken.handled_key()
    return Notify(messages.address_to(spoken.by, text), key, spoken.place)


def planned_issue(ticket: Ticket) -> IssueText:
    """The issue as the ticket has it, for words whose event does not show it."""
    return IssueText(
        ticket.issue, ticket.title, ticket.body, ticket.asker, (), "open", "", is_pull=False
    )


def parse_unix_time(at: str) -> float:
    """Since 1970; 0 for no time."""
    try:
        return parse_time(at)
    except UnavailableError:
        return 0.0
