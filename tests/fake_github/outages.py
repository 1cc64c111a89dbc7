"""How GitHub refuses an account, in its own words: each is the answer to every call meanwhile.

Its documentation lists statuses and headers; the words are as people have reported them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fake_github.world import GitHub

API = r"^/(repos|user|users|app|installation|graphql)(/|$)"
_DOCS = "https://docs.github.com/rest"


@dataclass(frozen=True, slots=True)
class Outage:
    """`git` is the status that a fetch or a push gets meanwhile."""

    status: int
    message: str
    headers: Mapping[str, str] = field(default_factory=dict)
    git: int = 403

    @property
    def body(self) -> dict[str, str]:
        return {"message": self.message, "documentation_url": _DOCS, "status": str(self.status)}


OUTAGES: Mapping[str, Outage] = {
    # https://docs.github.com/en/rest/authentication/authenticating-to-the-rest-api
    "bad credentials": Outage(401, "Bad credentials", git=401),
    "too many logins": Outage(
        403, "Maximum number of login attempts exceeded. Please try again later."
    ),
    # https://github.com/ossf/allstar/issues/314
    "suspended": Outage(403, "This installation has been suspended"),
    # https://github.com/SalesforceFoundation/NPSP/issues/7247
    "ip allow list": Outage(
        403,
        "Although you appear to have the correct authorization credentials, the `octocat`"
        " organization has an IP allow list enabled, and your IP address is not permitted to"
        " access this resource.",
    ),
    # https://docs.github.com/en/rest/authentication/authenticating-to-the-rest-api#personal-access-tokens-and-saml-sso
    "sso": Outage(
        403,
        "Resource protected by organization SAML enforcement. You must grant your Personal Access"
        " token access to this organization.",
        {
            "X-GitHub-SSO": "required; url=https://github.com/orgs/octocat/sso?authorization_request=A"
        },
    ),
    "token kind": Outage(
        403,
        "`octocat` forbids access via a personal access token (classic). Please use a GitHub App,"
        " OAuth App, or a personal access token with fine-grained permissions.",
    ),
    "words of next year": Outage(403, "The owner's policy of 2027 does not let this in."),
    # https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api
    "secondary limit": Outage(
        403,
        "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.",
    ),
    "secondary limit, 429": Outage(429, "You have exceeded a secondary rate limit.", git=429),
    "abuse detection": Outage(
        403,
        "You have triggered an abuse detection mechanism. Please wait a few minutes before you try"
        " again.",
    ),
    "down": Outage(503, "Service unavailable", git=503),
}


def refuse_git(github: "GitHub", status: int, said: str) -> None:
    """Fetches and pushes alone, as GitHub's host of git does it: in plain text that git shows."""
    # git shows what a server said only where it is text/plain:
    # https://github.com/git/git/blob/v2.39.5/remote-curl.c#L412
    headers = {"Content-Type": "text/plain"}
    headers |= {"WWW-Authenticate": 'Basic realm="GitHub"'} if status == 401 else {}
    github.fail("*", r"\.git/", status, 10**9, headers=headers, body=f"{said}\n".encode())


def begin_outage(github: "GitHub", kind: str, path: str = "") -> None:
    """Refuse every call from now on, or those whose path matches; git's too, without a `path`."""
    one = OUTAGES[kind]
    github.fail("*", path or API, one.status, 10**9, headers=one.headers, body=one.body)
    if not path:
        refuse_git(github, one.git, one.message)


def end_outages(github: "GitHub") -> None:
    github.gate.faults.clear()
