"""What GitHub can answer that is no answer, and whose it is. None of these ever holds a token.

| error | whose it is | what follows |
| --- | --- | --- |
| `UnavailableError` | GitHub's, or of the way to it | the same is asked again, for however long |
| `RateLimitedError` | this machine's: it asked too much | nothing is asked before `until` |
| `AccountError` | the operator's: it is not let in | it is asked again; log and `doctor` say why |
| `MissingPermissionError` | the operator's, for this request alone | as above, or without it |
| `NotFoundError`, `ForbiddenError` | this request's | a person on GitHub has to look |

The first three are outages: nothing is wrong with what was asked, so no job ends for them.
"""

from collections.abc import Mapping

from bot.errors import HintedError


class GitHubError(HintedError):
    """`status` is HTTP's, 0 where none arrived; `hint` is empty where no person can help."""

    def __init__(self, what: str, *, status: int = 0, hint: str = "") -> None:
        super().__init__(what, where="GitHub", hint=hint)
        self.status = status

    def __str__(self) -> str:
        what = f"{self.what} ({self.status})" if self.status else self.what
        return str(HintedError(what, where=self.where, hint=self.hint))


class NotFoundError(GitHubError):  # as every part of the program says it
    """Not there, or no longer there for us: GitHub tells the two apart for nobody."""


class ForbiddenError(GitHubError):  # as every part of the program says it
    """Understood, and not done: no right to it, or it does not hold."""


class MissingPermissionError(ForbiddenError):
    """The App or the token has no permission for this kind of request; its owner can give it."""


class OutageError(GitHubError):
    """Nothing is wrong with what was asked: later it may be done."""


class RateLimitedError(OutageError):
    """Ask nothing before `until`, in seconds of the epoch.

    `is_told`: GitHub said so; else it is a guess, and each further one should be longer.
    """

    def __init__(self, what: str, *, until: float, status: int = 0, is_told: bool = True) -> None:
        super().__init__(what, status=status)
        self.until = until
        self.is_told = is_told


class UnavailableError(OutageError):  # as every part of the program says it
    """No answer, or none of use. A write may have taken effect."""


class AccountError(OutageError):
    """GitHub does not let this account in: a token expired, an installation suspended, an IP list.

    `hint` says what whoever runs the bot can do.
    """


class InstallationGoneError(AccountError):
    """The App is not installed there under that number: it was removed, or installed anew."""


class TooLargeError(GitHubError):  # as every part of the program says it
    """More than anything that is read here may be."""


_GONE = frozenset({404, 410, 451})
_PASSING = frozenset({407, 408, 421, 425})
"""A proxy that wants to know who asks, and servers that want to be asked again."""
_UNKNOWN, _FORBIDDEN, _UNPROCESSABLE, _BROKEN = 401, 403, 422, 500
_HINT_NO_RIGHT = "Give the App or the token that permission, and accept it where it is installed."
_HINT_UNKNOWN = (
    "Look at the App's id and key, or at the token: it is wrong, expired or revoked. Where it is"
    " right, look at this machine's clock."
)
_HINT_SSO = "Authorize the token for the organization: its page on GitHub has “Configure SSO”."
_NO_RIGHT = ("resource not accessible by",)
_SETTINGS = {
    "not permitted to create or approve pull requests": (
        "Allow it: Settings, Actions, General, “Allow GitHub Actions to create and approve pull"
        " requests”; or let the bot use a GitHub App's token."
    ),
}
"""What a person with a repository's settings can correct, by words of GitHub's refusal."""
# Nobody lists GitHub's words for these; they are as reported in public, a case of each kind:
# https://github.com/ossf/allstar/issues/314, https://github.com/SalesforceFoundation/NPSP/issues/7247
# https://docs.github.com/en/rest/authentication/authenticating-to-the-rest-api#failed-login-limit
# https://docs.github.com/en/enterprise-cloud@latest/authentication/authenticating-with-saml-single-sign-on
_ACCOUNT = {
    "installation has been suspended": (
        "Somebody suspended the App there: the owner's Settings, GitHub Apps, Configure, Unsuspend."
    ),
    "account was suspended": "Ask GitHub's support about that account.",
    "account is suspended": "Ask GitHub's support about that account.",
    "ip allow list": "Let the organization's owner put this machine's address on that list.",
    "saml": _HINT_SSO,
    "single sign-on": _HINT_SSO,
    "maximum number of login attempts": "A token or key was wrong too often: see that it is right.",
    "personal access token": "The organization takes no token of this kind: read what GitHub says.",
    "forbidden by administrative rules": "Something on the way takes away the `User-Agent`.",
    "two-factor": "The token's owner has to set up two-factor authentication.",
    "two factor": "The token's owner has to set up two-factor authentication.",
    "repository access blocked": "GitHub has blocked the repository: its owner has been told why.",
    "billing": "The account's owner has to look at its billing.",
    "account is locked": "The account's owner has to look at its billing.",
}
"""What whoever runs the bot can do, by words of a refusal that is about the whole account."""


def classify_refusal(
    what: str, status: int, message: str, headers: Mapping[str, str]
) -> GitHubError:
    """The error for an answer of 400 or more that no rate limit explains.

    `what` is shown; `message` is GitHub's own, empty where the answer has none; `headers` are by
    lower-case names.
    """
    if status >= _BROKEN or status in _PASSING:
        return UnavailableError(what, status=status)
    if status == _UNKNOWN:
        return AccountError(what, status=status, hint=_HINT_UNKNOWN)
    # Each refusal of GitHub's API has a message; a page without one is a proxy's or a firewall's.
    # https://docs.github.com/en/rest/using-the-rest-api/troubleshooting-the-rest-api
    if status == _FORBIDDEN and not message:
        return UnavailableError(f"{what} (by something on the way to GitHub)", status=status)
    if status in _GONE:
        return NotFoundError(what, status=status)
    if status == _FORBIDDEN:
        return _classify_forbidden(what, message.lower(), headers)
    return ForbiddenError(what, status=status, hint=_find_hint(_SETTINGS, message))


def classify_graphql(what: str, errors: object, *, has_data: bool) -> GitHubError:
    """The same for GraphQL, which says it inside an answer of 200. `errors` are the answer's."""
    found = [one for one in errors if isinstance(one, dict)] if isinstance(errors, list) else []
    kinds = {str(one.get("type") or "") for one in found}
    if "NOT_FOUND" in kinds:
        return NotFoundError(what, status=404)
    if kinds & {"FORBIDDEN", "INSUFFICIENT_SCOPES"}:
        sso = any(_is_sso(one) for one in found)
        return _classify_forbidden(what, what.lower(), {"x-github-sso": "required"} if sso else {})
    if "UNPROCESSABLE" in kinds:
        return ForbiddenError(what, status=_UNPROCESSABLE)
    # A query that this server's schema does not have names the place in it; a query that took too
    # long, or met a fault of the server's, names none: https://spec.graphql.org/October2021/#sec-Errors
    if not has_data and any("locations" in one or "extensions" in one for one in found):
        return ForbiddenError(what, status=400)
    return UnavailableError(what)


def _classify_forbidden(what: str, message: str, headers: Mapping[str, str]) -> GitHubError:
    """A 403, which GitHub gives for the request as well as for the account."""
    # https://docs.github.com/en/rest/authentication/authenticating-to-the-rest-api#personal-access-tokens-and-saml-sso
    if "x-github-sso" in headers:
        return AccountError(what, status=_FORBIDDEN, hint=_HINT_SSO)
    # First: it names the kind of the token as well.
    if any(words in message for words in _NO_RIGHT):
        return MissingPermissionError(what, status=_FORBIDDEN, hint=_HINT_NO_RIGHT)
    if hint := _find_hint(_SETTINGS, message):
        return ForbiddenError(what, status=_FORBIDDEN, hint=hint)
    if hint := _find_hint(_ACCOUNT, message):
        return AccountError(what, status=_FORBIDDEN, hint=hint)
    return ForbiddenError(what, status=_FORBIDDEN)


def _find_hint(hints: Mapping[str, str], message: str) -> str:
    lower = message.lower()
    return next((hint for words, hint in hints.items() if words in lower), "")


def _is_sso(error: Mapping[str, object]) -> bool:
    extensions = error.get("extensions")
    return isinstance(extensions, dict) and bool(extensions.get("saml_failure"))


MIN_PAUSE_SECONDS, MAX_PAUSE_SECONDS = 60.0, 900.0
"""Between two tries during an outage."""


def find_retry_time(exc: OutageError, since: float, now: float) -> float:
    """When to ask again in an outage that has lasted since `since`, in seconds since 1970.

    Pauses double: each is as long as the outage so far, from one minute to fifteen.
    """
    pause = min(max(now - since, MIN_PAUSE_SECONDS), MAX_PAUSE_SECONDS)
    if not isinstance(exc, RateLimitedError):
        return now + pause
    # GitHub asks for longer and longer pauses where it does not say how long:
    # https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api#exceeding-the-rate-limit
    return exc.until if exc.is_told else max(exc.until, now + pause)
