"""Decides what a person's words ask for, wherever they are said: commands, wishes, questions.

Pure functions of what was said and what is known.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bot.github.auth import parse_time
from bot.github.errors import UnavailableError
from bot.github.webhooks import IssueText, Person, ReviewCommented, Reviewed
from bot.ticket import messages, messages_commands, messages_review
from bot.ticket.actions import Action, AddRequest, Notify, React, Reaction, RunCommand, Wake
from bot.ticket.addressing import bot_names, find_addressee, names
from bot.ticket.authorship import is_ours
from bot.ticket.commands import (
    Command,
    MalformedCommand,
    UnknownCommand,
    parse_commands,
    without_commands,
)
from bot.ticket.keys import HandledKey, comment_key, line_comment_key, review_key
from bot.ticket.model import Ticket
from bot.ticket.places import Place, Request, WordsKind
from bot.ticket.stages import Stage, is_over
from bot.ticket.suggestions import find_suggestions
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
        if spoken.by.bot and not found:
            # Two bots that refuse each other's words would never end.
            return (Wake(),)
        reply = _notify(spoken, messages_commands.NO_WRITE)
        return (spoken.react("-1"), reply, Wake())
    if not found:
        return _decide_plain_words(spoken, ticket, read_ask(spoken.body))
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
    beside = _decide_plain_words(
        replace(spoken, body=rest), context.ticket, read_ask(rest), spoken.handled_key(len(found))
    )
    return tuple(action for action in beside if isinstance(action, AddRequest | Notify))


def _decide_plain_words(
    spoken: SpokenWords, ticket: Ticket, ask: Ask, key: HandledKey | None = None
) -> tuple[Action, ...]:
    if ask == "nothing" or (
        ask == "change" and spoken.kind != "line" and not says_what(spoken.body)
    ):
        return (spoken.react("+1"), Wake())
    if is_over(ticket.stage):
        said = messages_commands.already_over(ticket.stage)
        return (spoken.react("confused"), _notify(spoken, said), Wake())
    if len(ticket.requests) >= MAX_REQUESTS:
        said = messages_review.too_many_requests(MAX_REQUESTS)
        return (spoken.react("confused"), _notify(spoken, said), Wake())
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
            return _notify(spoken, messages_commands.already_over(ticket.stage), key)
        place = spoken.place or Place("issue")
        return AddRequest(Request(spoken.kind, spoken.id, place, spoken.by.login, "change"), key)
    if isinstance(found, Command):
        issue = spoken.issue or _issue_of(ticket)
        return RunCommand(found, spoken.by, spoken.url, key, issue, spoken.at, spoken.place)
    if isinstance(found, UnknownCommand):
        return _notify(spoken, messages_commands.unknown_command(found.quoted, found.close), key)
    return _notify(spoken, messages_commands.malformed_command(found.quoted, found.why), key)


def _notify(spoken: SpokenWords, text: str, key: HandledKey | None = None) -> Notify:
    key = key or spoken.handled_key()
    return Notify(messages.address_to(spoken.by, text), key, spoken.place)


def _issue_of(ticket: Ticket) -> IssueText:
    return IssueText(
        ticket.issue, ticket.title, ticket.body, ticket.asker, (), "open", "", is_pull=False
    )


def review_needs_permission(event: Reviewed, context: "DecisionContext") -> bool:
    """Where its text or its verdict may be about a job of ours."""
    return context.ticket is not None and not _is_own_review(event, context)


def decide_review(event: Reviewed, context: "DecisionContext") -> tuple[Action, ...]:
    """A review's own text is on no line: it is answered on the pull request.

    Its threads are read by the loop.
    """
    review, ticket = event.review, context.ticket
    if ticket is None:
        return ()
    dismissed = review.state == "dismissed" or event.sender.id != review.author.id
    heard = ticket.was_handled(review_key(review.id))
    if _is_own_review(event, context) or dismissed or heard:
        return (Wake(),)
    spoken = SpokenWords(
        *("review", review.id, event.sender, review.body, Place("pull"), review.url),
        at=parse_unix_time(review.submitted_at),
        node=review.node,
    )
    found = parse_commands(review.body)
    others = find_addressee(review.body, bot_names(context.bot_account)) == "others"
    wishes = not found and not others and read_ask(review.body) == "change"
    approves = review.state == "approved" and context.sender_can_write
    if approves and not found and not wishes and (by := _decide_approval(event, spoken, ticket)):
        return by
    if not review.body.strip() or (others and not found):
        return (Wake(),)
    if not context.sender_can_write and not _expects_answer(event, context, found):
        return (Wake(),)
    return decide_words(spoken, context, found)


def _expects_answer(event: Reviewed, context: "DecisionContext", found: Found) -> bool:
    """Of somebody who may not write: a command, the bot's name, or a demand."""
    asks = event.review.state == "changes_requested"
    return bool(found) or asks or names_bot(event.review.body, context)


def _decide_approval(event: Reviewed, spoken: SpokenWords, ticket: Ticket) -> tuple[Action, ...]:
    """GitHub's own Approve is for the plan where that waits, and for the commit that was shown."""
    approval = ticket.approval
    if not approval.key:
        return ()
    if ticket.stage is Stage.PUBLISHING:
        said = messages_review.approve_the_diff(approval.code)
        return (spoken.react("confused"), _notify(spoken, said), Wake())
    if ticket.stage is not Stage.APPROVAL:
        return ()
    # A review names the commit that its author looked at:
    # https://docs.github.com/en/rest/pulls/reviews#get-a-review-for-a-pull-request
    if event.review.commit != ticket.remote.head:
        said = messages_review.approved_another_head(event.review.commit, approval.code)
        return (spoken.react("confused"), _notify(spoken, said), Wake())
    run = RunCommand(
        *(Command("approve", (approval.code,)), event.sender, spoken.url, spoken.handled_key()),
        _issue_of(ticket),
        *(spoken.at, spoken.place),
    )
    return (spoken.react("eyes"), run, Wake())


def _is_own_review(event: Reviewed, context: "DecisionContext") -> bool:
    return is_ours(event.review.author, event.review.body, context.bot_account)


def line_needs_permission(event: ReviewCommented, context: "DecisionContext") -> bool:
    return context.ticket is not None and not _is_own_line(event, context)


def decide_line_comment(event: ReviewCommented, context: "DecisionContext") -> tuple[Action, ...]:
    """Commands of a thread are answered in it; its words are read by the loop, all of the thread's.

    At the plan's gate no thread is read: there its words ask for another plan.
    """
    comment, ticket = event.comment, context.ticket
    if ticket is None:
        return ()
    whom = find_addressee(comment.body, bot_names(context.bot_account))
    found = parse_commands(comment.body)
    by_author = event.sender.id == comment.author.id
    heard = ticket.was_handled(line_comment_key(comment.id)) or not by_author
    if _is_own_line(event, context) or heard or (whom == "others" and not found):
        return (Wake(),)
    place = Place("thread", comment.in_reply_to or comment.id)
    # An edited comment keeps the time of its first version; here no webhook tells even that.
    spoken = SpokenWords("line", comment.id, event.sender, comment.body, place, comment.url)
    if found or not context.sender_can_write:
        return decide_words(spoken, context, found) if found or whom == "bot" else (Wake(),)
    ask: Ask = "change" if find_suggestions(comment.body) else read_ask(comment.body)
    if ticket.stage is Stage.APPROVAL or is_over(ticket.stage):
        return _decide_plain_words(spoken, ticket, ask)
    return (spoken.react("+1" if ask == "nothing" else "eyes"), Wake())


def _is_own_line(event: ReviewCommented, context: "DecisionContext") -> bool:
    return is_ours(event.comment.author, event.comment.body, context.bot_account)


def parse_unix_time(at: str) -> float:
    """Since 1970; 0 for no time."""
    try:
        return parse_time(at)
    except UnavailableError:
        return 0.0
