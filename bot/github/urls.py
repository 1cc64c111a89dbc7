"""Is an event about the one GitHub this machine is configured for? A token goes nowhere else."""

import re
from urllib.parse import urlsplit

from bot.config.github_access import GitHubSettings
from bot.git.command import Signature
from bot.github.webhooks import Person, Where
from bot.text.invisible import make_printable

_HERE = re.compile(
    r"https?://(?:localhost|127\.0\.0\.1|\[::1\])(?::[0-9]{1,5})?/[\w./-]+\Z", re.ASCII
)
_HOSTED = "api."
"""github.com and its tenants keep their API on a host of its own; other servers do not."""


def web_url(api_url: str) -> str:
    """Where the repositories of that API are: scheme and host, with no slash at the end."""
    parts = urlsplit(api_url)
    host = parts.netloc if parts.path.rstrip("/") else parts.netloc.removeprefix(_HOSTED)
    return f"{parts.scheme}://{host}"


def noreply_signature(who: Person, api_url: str) -> Signature:
    """The account in git, by the address that its server keeps for it and for no other."""
    host = urlsplit(web_url(api_url)).hostname or ""
    return Signature(who.login, f"{who.id}+{who.login}@users.noreply.{host}")


def clone_url(where: Where, github: GitHubSettings) -> str:
    """Where git finds it, by this machine's settings.

    What an event says is used only where all of it, the API too, is on this very machine.
    """
    path = f"/{where.repo}.git"
    if github.git_url:
        return github.git_url + path
    ours = web_url(github.api_url) + path
    claimed = where.clone_url
    near = _is_here(ours) and _is_here(claimed) and claimed.endswith(path)
    return claimed if near else ours


def _is_here(url: str) -> bool:
    """Whether nothing but this machine's own address, and perhaps a port, stands before a path."""
    return bool(_HERE.match(url))


def explain_foreign(where: Where, api_url: str) -> str:
    """In which it tells of another server than the configured one; empty where it does not.

    Nothing goes there in any case: a signed event of another server is a sign of a wrong setting.
    """
    if not where.repo:
        return ""
    wanted = f"{web_url(api_url)}/{where.repo}.git"
    near = _is_here(wanted) and _is_here(where.clone_url)
    if not near and not _same(where.clone_url, wanted):
        return f"it says to clone from {make_printable(where.clone_url, 200)}, not from {wanted}"
    if where.api_url and not _same(where.api_url, api_url):
        return f"it says that its API is {make_printable(where.api_url, 200)}, not {api_url}"
    return ""


def _same(one: str, other: str) -> bool:
    """Whether they differ in case only; of letters beyond ASCII some look like others in lower."""
    return one.isascii() and one.lower() == other.lower()
