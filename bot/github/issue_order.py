"""Which issues come before another: what it is blocked by, and its sub-issues.

https://docs.github.com/en/rest/issues/issue-dependencies
https://docs.github.com/en/rest/issues/sub-issues
A server that has neither answers 404: then nothing comes before anything.
"""

from bot.github.errors import NotFoundError
from bot.github.repository_api import RepositoryApi, read_answer
from bot.github.webhooks import IssueText, objects


def list_blocking(api: RepositoryApi, number: int) -> list[IssueText]:
    """Open and closed ones; some may be in other repositories, which their `repo` says."""
    return _list(api, f"/issues/{number}/dependencies/blocked_by")


def list_sub_issues(api: RepositoryApi, number: int) -> list[IssueText]:
    """In the order that people have given them."""
    return _list(api, f"/issues/{number}/sub_issues")


def _list(api: RepositoryApi, rest: str) -> list[IssueText]:
    try:
        entries = list(api.list_entries(rest))
    except NotFoundError:
        return []
    return [read_answer(objects.read_issue, entry) for entry in entries]
