"""What people who may write said of findings: in their threads, and by reactions to them.

Read anew each time, so that a lost event loses no verdict. The newest words count, and beat any
reaction; a reaction starts nothing. Whoever may not write is not heard.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache

from bot.github.repository import Repository
from bot.github.types import Thread
from bot.github.webhooks import Person
from bot.ticket.authorship import is_ours
from bot.ticket.findings import Finding, Verdict, judge_findings
from bot.ticket.model import Ticket
from bot.ticket.verdict_words import read_verdict
from runners.tickets.services import Services
from runners.tickets.writers import is_writer

Judged = tuple[Verdict, str]
_SAID: dict[str, Verdict] = {"+1": "confirmed", "-1": "dismissed"}


def read_verdicts(
    services: Services, ticket: Ticket, threads: Sequence[Thread] | None = None
) -> Ticket:
    """The ticket with a verdict for each finding that has one now. Without findings, no request."""
    told = [finding for finding in ticket.findings if finding.comment]
    if not told:
        return ticket
    repository, me = services.repository(ticket), services.account.own_account()
    listed = repository.list_threads(ticket.remote.pull) if threads is None else threads
    by_comment = {thread.comments[0].id: thread for thread in listed if thread.comments}

    @cache
    def writes(person: Person) -> bool:
        return is_writer(repository, person)

    verdicts: dict[str, Judged] = {}
    for finding in told:
        thread = by_comment.get(finding.comment)
        if thread is None:
            continue  # deleted, or not told any more: what was said of it before stands
        said = _read_words(thread, me, writes)
        verdicts[finding.id] = said or _read_reactions(repository, finding, me, writes)
    return replace(ticket, findings=judge_findings(ticket.findings, verdicts))


def _read_words(thread: Thread, me: Person, writes: Callable[[Person], bool]) -> Judged | None:
    for comment in reversed(thread.comments[1:]):
        if is_ours(comment.author, comment.body, me):
            continue
        if (verdict := read_verdict(comment.body)) and writes(comment.author):
            return verdict, comment.author.login
    return None


def _read_reactions(
    repository: Repository, finding: Finding, me: Person, writes: Callable[[Person], bool]
) -> Judged:
    """Where writers differ, nobody has decided."""
    found: dict[Verdict, str] = {}
    for reaction in repository.list_line_reactions(finding.comment):
        verdict = _SAID.get(reaction.content)
        if verdict and reaction.by.id != me.id and writes(reaction.by):
            found.setdefault(verdict, reaction.by.login)
    return next(iter(found.items())) if len(found) == 1 else ("", "")
