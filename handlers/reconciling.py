"""`bricklayer reconcile`: the database is a cache, and this makes it again."""

import os
from collections.abc import Iterator

from bot.config import Settings
from bot.github import Account
from bot.github.errors import GitHubError
from handlers.dispatch import known_ticket, label_of
from runners.loop.shop import Shop, open_shop


def reconcile(settings: Settings) -> Iterator[str]:
    """A line for each job that was found, and one for each repository that cannot be read."""
    shop = open_shop(settings, Account(settings.github, os.environ))
    for repo in shop.account.repos().repos:
        try:
            yield from _repo(shop, repo)
        except GitHubError as wrong:
            yield f"{repo}: {wrong}"


def _repo(shop: Shop, repo: str) -> Iterator[str]:
    hub = shop.account.for_repo(repo)
    where = hub.where()
    issues, _ = hub.labelled_issues(label_of(shop, where))
    for issue in issues or ():
        if issue.is_pull:
            continue
        ticket = known_ticket(shop, where, issue, look=True)
        yield f"{repo}#{issue.number}: {ticket.stage if ticket else 'no job yet'}"
    if not issues:
        yield f"{repo}: no labelled issue"
