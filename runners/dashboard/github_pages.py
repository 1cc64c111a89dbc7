"""Where an issue or a pull request is read on GitHub."""

from urllib.parse import quote

from bot.github.urls import web_url
from bot.storage.overview import JobLine
from bot.ticket.model import Ticket


def link_number(api_url: str, repo: str, number: int) -> str:
    """Of an issue or a pull request: GitHub leads from one to the other by its number."""
    return f"{web_url(api_url)}/{quote(repo)}/issues/{number}"


def link_issue(ticket: Ticket, api_url: str) -> str:
    return link_number(api_url, ticket.where.repo, ticket.issue)


def link_pull(ticket: Ticket, api_url: str) -> str:
    """Empty where there is no pull request yet."""
    pull = ticket.remote.pull
    return link_number(api_url, ticket.where.repo, pull) if pull else ""


def link_attention(line: JobLine, api_url: str) -> str:
    """Where what waits is read: the pull request, or the issue; empty for the command line."""
    if line.kind != "ticket":
        return ""
    return link_number(api_url, line.repo, line.pull or line.issue)
