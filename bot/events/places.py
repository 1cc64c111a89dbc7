"""Where an event happened: the repository, its host, the App's installation."""

from bot.events.fields import Field
from bot.events.subjects import BRANCH, REPO, URL
from bot.events.types import Person, Where

Common = tuple[str, str, Where, Person]
"""What all events begin with: name, action, where, sender."""


def where(body: Field) -> Where:
    installation = body["installation"]["id"].whole() if "installation" in body else 0
    if "repository" not in body:
        return Where(api_url=_api_url(body["sender"], ""), installation=installation)
    told = body["repository"]
    repo = told["full_name"].shaped(REPO)
    return Where(
        repo=repo,
        repo_id=told["id"].whole(),
        clone_url=told["clone_url"].shaped(URL),
        default_branch=told["default_branch"].shaped(BRANCH),
        private=told["private"].flag(),
        fork=told["fork"].flag(),
        api_url=_api_url(told, f"/repos/{repo}") or _api_url(body["sender"], ""),
        installation=installation,
    )


def _api_url(told: Field, end: str) -> str:
    """What stands before `end` in the address of a thing; empty where it does not end so.

    A push gives the page of its repository in place of the address; its sender's is right.
    """
    url = told["url"].like(URL)
    end = end or f"/users/{told['login'].text().replace('[', '%5B').replace(']', '%5D')}"
    return url.removesuffix(end) if url.endswith(end) else ""
