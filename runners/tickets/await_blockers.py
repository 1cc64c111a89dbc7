"""Jobs in order: an issue waits for the open issues that come before it.

Those are what it is blocked by; of a labelled parent's sub-issues the earlier labelled ones; and,
for the parent, all of them. A closed one holds nobody up.
"""

from collections.abc import Iterable
from dataclasses import replace

from bot.github.repository import Repository
from bot.github.webhooks import IssueText
from bot.text.letter_case import is_same_but_case
from bot.ticket import messages_lost
from bot.ticket.keys import label_mark
from bot.ticket.model import FOREVER, Ticket
from bot.ticket.stages import Stage
from runners.tickets.services import Services

MAX_FOLLOWED = 20
"""Issues that are asked what they are blocked by, in search of a circle."""
ELSEWHERE_SECONDS = 3600.0
"""Until an issue of another repository, whose changes no list of this one tells, is looked at."""


def await_blockers(services: Services, ticket: Ticket, issue: IssueText) -> Ticket:
    """The ticket as it was where nothing comes before its issue."""
    repository = services.repository(ticket)
    label = services.tickets.read_mark(label_mark(ticket.where.repo)) or "bricklayer"
    blockers = _find_blockers(repository, issue, label)
    names = tuple(sorted(_name(one, ticket) for one in blockers))
    if not names:
        return replace(ticket, waits_for=()) if ticket.waits_for else ticket
    if circle := _find_circle(repository, issue, blockers, label):
        return ticket.move_to(Stage.BLOCKED, messages_lost.waits_in_circle(circle))
    here = all(name.startswith("#") for name in names)
    wake_at = FOREVER if here else services.now() + ELSEWHERE_SECONDS
    why = messages_lost.waits_for(names)
    return replace(ticket, waits_for=names, why=why, wake_at=wake_at)


def _find_blockers(repository: Repository, issue: IssueText, label: str) -> list[IssueText]:
    """The issue itself says how many there are, so that most issues cost no further call."""
    found = repository.list_blocking(issue.number) if issue.blocked_by else []
    if issue.open_sub_issues:
        found += _labelled(repository.list_sub_issues(issue.number), label)
    if issue.parent and _labelled([repository.read_issue(issue.parent)], label):
        siblings = repository.list_sub_issues(issue.parent)
        numbers = [one.number for one in siblings]
        before = numbers.index(issue.number) if issue.number in numbers else 0
        found += _labelled(siblings[:before], label)
    return [one for one in found if one.state == "open"]


def _labelled(issues: Iterable[IssueText], label: str) -> list[IssueText]:
    return [one for one in issues if any(is_same_but_case(each, label) for each in one.labels)]


def _find_circle(
    repository: Repository, issue: IssueText, blockers: Iterable[IssueText], label: str
) -> tuple[int, ...]:
    """Numbers of issues of this repository that wait for each other; empty for none."""
    ways: list[tuple[tuple[int, ...], IssueText]]
    ways = [((issue.number, one.number), one) for one in blockers if _is_here(one, issue)]
    asked: set[int] = set()
    while ways and len(asked) < MAX_FOLLOWED:
        way, one = ways.pop(0)
        if one.number == issue.number:
            return way
        if one.number in asked:
            continue
        asked.add(one.number)
        further = _find_blockers(repository, one, label)
        ways += (((*way, each.number), each) for each in further if _is_here(each, issue))
    return ()


def _is_here(one: IssueText, issue: IssueText) -> bool:
    return one.repo.lower() == issue.repo.lower()


def _name(one: IssueText, ticket: Ticket) -> str:
    here = not one.repo or one.repo.lower() == ticket.where.repo.lower()
    return f"#{one.number}" if here else f"{one.repo}#{one.number}"
