"""`bricklayer reconcile`: makes the database again from GitHub and git."""

import os
from collections.abc import Iterator

from bot.config.machine import Settings
from bot.github.account import Account
from bot.github.errors import GitHubError
from handlers.console import explain_github_error, no_repository_error
from handlers.find_tickets import find_ticket, read_label
from runners.tickets.drop_progress import drop_orphans
from runners.tickets.services import Services, open_services


def reconcile(settings: Settings) -> Iterator[tuple[str, bool]]:
    """A line for each job and each repository, and whether that could be looked at.

    Raises UserError where there is no repository, or nobody to ask for them.
    """
    services = open_services(settings, Account(settings.github, os.environ))
    for repo in _list_repos(services, settings):
        try:
            for line in _ticket_lines(services, repo):
                yield line, True
        except GitHubError as exc:
            yield f"{repo}: not looked at: {explain_github_error(exc, settings)}", False


def _list_repos(services: Services, settings: Settings) -> tuple[str, ...]:
    try:
        repos = services.account.list_repos().repos
    except GitHubError as exc:
        raise explain_github_error(exc, settings) from exc
    if not repos:
        raise no_repository_error()
    return repos


def _ticket_lines(services: Services, repo: str) -> Iterator[str]:
    repository = services.account.open_repository(repo)
    where = repository.read_location()
    issues, _ = repository.list_labelled_issues(read_label(services, where))
    for issue in issues or ():
        # Pull requests are issues, too, and are listed with them:
        # https://docs.github.com/en/rest/issues/issues#list-repository-issues
        if issue.is_pull:
            continue
        ticket = find_ticket(services, where, issue, ask_github=True)
        yield f"{repo}#{issue.number}: {ticket.stage if ticket else 'no job yet'}"
    if not issues:
        yield f"{repo}: no labelled issue"
    for ref in drop_orphans(services, repository, where):
        yield f"{repo}: {ref} deleted: its job is over"
