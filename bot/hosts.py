"""Is an event about the one GitHub this machine is configured for? A token goes nowhere else."""

from urllib.parse import urlsplit

from bot.events import Where
from bot.github_settings import GitHubSettings
from bot.hidden import shown

_HOSTED = "api."
"""github.com and its tenants keep their API on a host of its own; other servers do not."""


def pages_of(api_url: str) -> str:
    """Where the repositories of that API are: scheme and host, with no slash at the end."""
    told = urlsplit(api_url)
    host = told.netloc if told.path.rstrip("/") else told.netloc.removeprefix(_HOSTED)
    return f"{told.scheme}://{host}"


def clone_url(repo: str, github: GitHubSettings) -> str:
    """Where git finds `repo`, by this machine's settings: what an event says is never used."""
    return f"{github.git_url or pages_of(github.api_url)}/{repo}.git"


def foreign(where: Where, api_url: str) -> str:
    """In which it tells of another server than the configured one; empty where it does not.

    Nothing goes there in any case: a signed event of another server is a sign of a wrong setting.
    """
    if not where.repo:
        return ""
    wanted = f"{pages_of(api_url)}/{where.repo}.git"
    if not _same(where.clone_url, wanted):
        return f"it says to clone from {shown(where.clone_url, 200)}, not from {wanted}"
    if where.api_url and not _same(where.api_url, api_url):
        return f"it says that its API is {shown(where.api_url, 200)}, not {api_url}"
    return ""


def _same(one: str, other: str) -> bool:
    """Whether they differ in case only; of letters beyond ASCII some look like others in lower."""
    return one.isascii() and one.lower() == other.lower()
