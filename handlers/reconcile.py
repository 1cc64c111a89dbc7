"""`bricklayer reconcile`: the database is a cache, and this makes it again."""

import os
from collections.abc import Iterator

from bot.config.machine import Settings
from bot.github.account import Account
from bot.github.errors import GitHubError
from handlers.dispatch import known_ticket, label_of
from handlers.github_errors import no_repository, unreached
from runners.tickets.services import Shop, open_shop


def reconcile(settings: Settings) -> Iterator[tuple[str, bool]]:
    """A line for each job and each repository, and whether that could be looked at.

    Raises UserError where there is no repository, or nobody to ask for them.
    """
    shop = open_shop(settings, Account(settings.github, os.environ))
    for repo in _repos(shop, settings):
        try:
            for line in _repo(shop, repo):
                yield line, True
        except GitHubError as wrong:
            yield f"{repo}: not looked at: {unreached(wrong, settings)}", False


def _repos(shop: Shop, settings: Settings) -> tuple[str, ...]:
    try:
        repos = shop.account.repos().repos
    except GitHubError as wrong:
        raise unreached(wrong, settings) from wrong
    if not repos:
        raise no_repository()
    return repos


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
