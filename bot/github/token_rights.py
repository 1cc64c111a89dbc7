"""What a token may do in a repository, as far as calls that change nothing tell it."""

from collections.abc import Iterator
from urllib.parse import quote

from bot.github.app_permissions import may_push
from bot.github.client import Client
from bot.github.errors import ForbiddenError, GitHubError
from bot.github.repository_api import read_answer

# https://docs.github.com/en/rest/authentication/permissions-required-for-fine-grained-personal-access-tokens
_ASKED = {
    "issues": "/issues?per_page=1",
    "pull_requests": "/pulls?per_page=1",
    "actions": "/actions/runs?per_page=1",
    "checks": "/commits/{branch}/check-runs?per_page=1",
    "statuses": "/commits/{branch}/status?per_page=1",
}
"""Of each right a list that it opens."""


def find_missing_rights(client: Client, repo: str) -> tuple[str, ...] | None:
    """As `issues: read`; None where GitHub tells nothing. A public repository opens all to read."""
    answer = client.send_request("GET", f"/repos/{repo}").field
    may = may_push(answer)
    if may is None:
        return None
    branch = read_answer(lambda one: one["default_branch"].read_text(), answer)
    missing = [f"{name}: read" for name in _find_refused(client, repo, branch)]
    return tuple(missing) if may else ("contents: write", *missing)


def _find_refused(client: Client, repo: str, branch: str) -> Iterator[str]:
    for name, path in _ASKED.items():
        try:
            client.send_request("GET", f"/repos/{repo}{path.format(branch=quote(branch))}")
        except ForbiddenError:
            yield name
        except GitHubError:
            continue  # no commit yet, or a server that lacks it: nothing that a right would change


def list_scopes(client: Client) -> tuple[str, ...]:
    """Of a classic token; a fine-grained one has none.

    https://docs.github.com/en/apps/oauth-apps/building-oauth-apps/scopes-for-oauth-apps
    """
    try:
        told = client.send_request("GET", "/user").headers.get("x-oauth-scopes", "")
    except GitHubError:
        return ()
    return tuple(scope.strip() for scope in told.split(",") if scope.strip())
