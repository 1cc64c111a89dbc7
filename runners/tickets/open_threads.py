"""Reads what writers ask for in the open threads of a pull request."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from bot.github.types import Thread
from bot.github.webhooks import LineComment, Person
from bot.ticket.addressing import Spoken, bot_names, find_addressee, is_addressed
from bot.ticket.authorship import is_ours
from bot.ticket.commands import without_commands
from bot.ticket.findings import find_by_comment
from bot.ticket.keys import HandledKey, find_newest_in_thread, thread_comment_key
from bot.ticket.model import Ticket
from bot.ticket.spoken_command import find_spoken_command
from bot.ticket.suggestions import find_suggestions
from bot.ticket.verdict_words import asks_for_task, read_verdict
from bot.ticket.words import Ask, read_ask, takes_back
from runners.tickets.services import Services
from runners.tickets.thread_answers import UNSETTLED_MARK
from runners.tickets.writers import is_writer


@dataclass(frozen=True, slots=True)
class OpenThread:
    """A thread with what writers said in it since the bot's own last word there.

    `asks` is what each of the comments asks the bot for, `ask` what those do that are new.
    """

    thread: Thread
    comments: tuple[LineComment, ...]
    asks: tuple[Ask, ...]
    ask: Ask

    @property
    def id(self) -> int:
        return self.thread.comments[0].id

    @property
    def handled_key(self) -> HandledKey:
        return thread_comment_key(self.id, self.comments[-1].id)


def read_open_threads(
    services: Services, ticket: Ticket, threads: Sequence[Thread]
) -> Iterator[OpenThread]:
    """Unresolved threads in which a writer asks for something since the bot's own last comment."""
    repository, me = services.repository(ticket), services.account.own_account()

    @cache
    def writes(person: Person) -> bool:
        return is_writer(repository, person)

    for thread in threads:
        if thread.resolved:
            continue
        is_finding = find_by_comment(ticket.findings, thread.comments[0].id) is not None
        since = _after_own_words(thread, me)
        known = find_newest_in_thread(ticket.handled, thread.comments[0].id)
        asks = {
            comment.id: _read_ask(thread, at, me, is_finding=is_finding)
            for at, comment in enumerate(thread.comments)
            if at >= since
            and not is_ours(comment.author, comment.body, me)
            and writes(comment.author)
        }
        asks = _without_taken_back(thread, asks)
        if new := [ask for id_, ask in asks.items() if id_ > known]:
            said = tuple(comment for comment in thread.comments if comment.id in asks)
            yield OpenThread(thread, said, tuple(asks.values()), _strongest(new))


def _without_taken_back(thread: Thread, asks: Mapping[int, Ask]) -> dict[int, Ask]:
    """Nothing is asked by what its writer said before they said that nothing is to be done."""
    left: dict[int, Ask] = {}
    done: set[int] = set()
    for comment in reversed(thread.comments):
        if comment.id in asks:
            left[comment.id] = "nothing" if comment.author.id in done else asks[comment.id]
            if takes_back(without_commands(comment.body)):
                done.add(comment.author.id)
    return dict(reversed(left.items()))


def _after_own_words(thread: Thread, me: Person) -> int:
    """What was said before the bot could not do it stays in view beside what is said then."""
    ours = [
        at
        for at, c in enumerate(thread.comments)
        if is_ours(c.author, c.body, me) and UNSETTLED_MARK not in c.body
    ]
    return ours[-1] + 1 if ours else 0


def _read_ask(thread: Thread, at: int, me: Person, *, is_finding: bool) -> Ask:
    body = thread.comments[at].body
    if is_finding and asks_for_task(body):
        return "change"
    if is_finding and read_verdict(body) == "dismissed":
        return "nothing"
    spoken = [Spoken(c.author.id, c.body, is_ours(c.author, c.body, me)) for c in thread.comments]
    if not is_addressed(spoken, at, bot_names(me)):
        return "nothing"
    if find_suggestions(body):
        return "change"
    named = find_addressee(body, bot_names(me)) == "bot"
    # It is told how to give the command when it is heard: see `handlers.word_decisions`.
    return "nothing" if named and find_spoken_command(body) else read_ask(without_commands(body))


def _strongest(asks: Collection[Ask]) -> Ask:
    if "change" in asks:
        return "change"
    return "question" if "question" in asks else "nothing"
