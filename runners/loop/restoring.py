"""A ticket made again from what stands on GitHub and in git: the database is only a cache.

Read is only what our own account wrote: the hidden line of the status comment, and commits that
stand between the plan's commit and the head the comment names.
"""

import logging
from dataclasses import replace
from typing import Any

from pydantic import ValidationError

from bot.events import IssueText, Person, Where
from bot.git import Repo
from bot.job import peek
from bot.ledger import Row, row_of, trailers_of
from bot.remote import Remote
from bot.rounds import left_of
from bot.stages import Stage
from bot.states import TaskState
from bot.status import MARK, hidden_of
from bot.ticket import FOREVER, TEXT, Ended, Round, Ticket, from_parts, text_hash
from runners.loop.planning import path_of
from runners.loop.shop import Shop

log = logging.getLogger("bricklayer")


def restored(shop: Shop, where: Where, issue: IssueText) -> Ticket | None:
    """The ticket of an issue, as the bot's own comment tells it; None where it has none."""
    hub = shop.account.for_repo(where.repo, where.installation)
    me = hub.me().id
    ours = [c for c in hub.comments(issue.number) if c.author.id == me and MARK in c.body]
    said = hidden_of(ours[0].body) if ours else {}
    if not said:
        return None
    try:
        ticket = _ticket(where, issue, said, ours[0].id)
    except (ValidationError, ValueError, TypeError) as wrong:
        log.warning("%s#%s: its status comment cannot be read: %s", where.repo, issue.number, wrong)
        return None
    return _with_branch(shop, ticket) if ticket.planned else ticket


def _ticket(where: Where, issue: IssueText, said: dict[str, Any], comment: int) -> Ticket:
    same = said.pop("text", "") == text_hash(issue.title, issue.body)
    who = said.pop("asker")
    ticket = from_parts(
        {
            **said,
            "where": where,
            "issue": issue.number,
            "asker": Person(int(who[0]), str(who[1])),
            "comment": comment,
            "title": issue.title if same else "",
            "body": issue.body if same else "",
        }
    )
    if not same and ticket.stage is Stage.PLANNING:
        return replace(ticket, asks=TEXT, until=FOREVER)
    return ticket


def _with_branch(shop: Shop, ticket: Ticket) -> Ticket:
    """Plan, tasks and ledger from the branch; what is done of the plan is not done again."""
    remote = shop.remote(ticket)
    remote.fetch()
    repo, head = remote.repo, remote.head(ticket.branch)
    raw = (
        repo.read(ticket.planned, path_of(ticket.branch)) if repo.resolve(ticket.planned) else None
    )
    if raw is None:
        return replace(ticket, planned="", branch="", head="")
    text = raw.decode(errors="replace")
    done, rows = _done(repo, ticket)
    _follow(remote, ticket.branch, ticket.head)
    round_ = Round("plan", text, ticket.planned)
    if ticket.stage is Stage.BUILDING and done:
        left = left_of(text, peek(text), frozenset(one.id for one in done))
        round_ = Round("plan", left, ticket.head)
    log.info("%s: taken up again from its comment and branch, at %s", ticket.key, head[:12])
    return replace(ticket, round=round_, tasks=done, rows=rows)


def _follow(remote: Remote, branch: str, head: str) -> None:
    """Our branch here as it was pushed last; what is here and ahead of it is kept."""
    mine = remote.repo.head(branch)
    if remote.repo.resolve(head) and not (mine and remote.repo.is_ancestor(head, mine)):
        remote.repo.move(branch, head, mine)


def _done(repo: Repo, ticket: Ticket) -> tuple[tuple[Ended, ...], tuple[Row, ...]]:
    if not repo.resolve(ticket.head):
        return (), ()
    commits = repo.commits(ticket.planned, ticket.head)
    named = [(trailers_of(c.message).get("Bricklayer-Task", ""), c) for c in commits]
    done = tuple(Ended(name, TaskState.PASSED, commit=c.sha) for name, c in named if name)
    return done, tuple(row for c in commits if (row := row_of(c.message)))
