"""GitHub's API by one token: each call timed, limited and retried, each failure an error of ours.

PyGithub's requester keeps the request being made in its one connection object, so that two threads
can send each other's; it reads answers of any size and follows redirections without end. So its
public methods are replaced by ours, over a transport of our own.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar

from github.Auth import Auth
from github.Requester import Requester

from bot.github import rate_limits
from bot.github.errors import (
    ForbiddenError,
    NotFoundError,
    RateLimitedError,
    TooLargeError,
    UnavailableError,
    classify_graphql,
    classify_refusal,
)
from bot.github.rate_limits import ALL, Limits
from bot.github.transport import READ_SECONDS, Answer, Transport

_LONGEST = 500
_MOST_ERRORS = 5
_FAILED = 400


def raise_for_answer(answer: Answer, verb: str, url: str) -> Answer:
    """The same answer, if it is one. `verb` and `url` are for the message."""
    if answer.status < _FAILED:
        return answer
    said = "; ".join(_refusal_messages(answer)).strip()[:_LONGEST]
    what = f"{verb} {url.partition('?')[0][:_LONGEST]}: {said or 'it does not say why'}"
    raise classify_refusal(what, answer.status, said, answer.headers)


def raise_for_graphql(answer: Answer) -> dict[str, Any]:
    """GraphQL answers 200 whatever happens: its refusals stand inside. Half an answer is none."""
    data = answer.data if isinstance(answer.data, dict) else {}
    if isinstance(data.get("data"), dict) and not data.get("errors"):
        return data
    what = "; ".join(filter(None, _refusal_messages(answer)))[:_LONGEST] or "GraphQL gave no data"
    raise classify_graphql(what, data.get("errors"), has_data="data" in data)


def _refusal_messages(answer: Answer) -> Iterator[str]:
    """The message, and what a validation has against which field."""
    yield answer.message
    errors = answer.data.get("errors") if isinstance(answer.data, dict) else None
    told = errors if isinstance(errors, list) else []
    for error in told[:_MOST_ERRORS]:
        if isinstance(error, dict):
            message = error.get("message") or f"{error.get('field')}: {error.get('code')}"
            yield str(message)[:_LONGEST]
        else:
            yield str(error)[:_LONGEST]
    if (more := len(told) - _MOST_ERRORS) > 0:
        yield f"and {more} more"


MAX_PAGES = 30
"""Of 100 entries each: more than the 2,500 comments that GitHub lets one issue have."""
_WAITS = 3
_EXPIRED = 401


class Client(Requester):
    """GitHub by one token. Every failure is a GitHubError; PyGithub's objects come by here too."""

    def __init__(
        self,
        api_url: str,
        auth: Auth,
        keeping: Limits | None = None,
        backoff: float = 0.5,
        drop: Callable[[str], None] | None = None,
    ) -> None:
        """`drop` is told of a token that GitHub no longer takes, if another can be had."""
        super().__init__(
            auth=auth,
            base_url=api_url,
            timeout=int(READ_SECONDS),
            user_agent="bricklayer",
            per_page=100,
            verify=True,
            retry=None,
            pool_size=None,
            lazy=True,
        )
        self.limits = keeping or Limits()
        self.transport = Transport(api_url, backoff, self._ask_guard)
        self._auth, self._drop = auth, drop
        self.guard: Callable[[], None] = lambda: None
        """Asked before whatever may change something there; raises where it must not."""

    def _ask_guard(self) -> None:
        self.guard()

    def send_request(
        self,
        verb: str,
        url: str,
        query: Mapping[str, Any] | None = None,
        body: object = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """One call; `url` is a path below the API's, or an address that GitHub gave.

        Waits where a limit says so, and takes a new token once where the old one has expired.
        """
        target = self.transport.resolve_url(url, query)
        budget = "graphql" if url == self.graphql_url else "core"
        for _ in range(_WAITS):
            self.limits.wait_for_budget(budget)
            answer = self._authorized(verb, target, body, headers or {})
            if not self._limited(answer, budget):
                return raise_for_answer(answer, verb, url)
        until = self.limits.clock() + rate_limits.SECONDARY_WAIT
        raise RateLimitedError("it goes on limiting", until=until, status=answer.status)

    def iterate_pages(
        self,
        url: str,
        query: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Iterator[Answer]:
        """All pages of a list, `headers` with the first.

        Raises TooLargeError where it has no end.
        """
        following, parameters = url, {"per_page": 100, **(query or {})}
        for _ in range(MAX_PAGES):
            answer = self.send_request("GET", following, parameters, None, headers)
            yield answer
            if not (following := answer.next_url):
                return
            parameters, headers = {}, None
        raise TooLargeError(f"a list of more than {MAX_PAGES * 100} entries: {url}")

    # https://github.com/PyGithub/PyGithub/blob/main/github/Requester.py
    def requestJsonAndCheck(  # noqa: N802, PLR0913, PLR0917  # PyGithub's name and shape
        self,
        verb: str,
        url: str,
        parameters: dict[str, Any] | None = None,
        headers: dict[str, str] | None = None,
        input: Any | None = None,  # noqa: A002, ANN401
        follow_302_redirect: bool = False,  # noqa: ARG002  # no file is fetched by it
    ) -> tuple[dict[str, Any], Any]:
        """What PyGithub's objects ask; here they only write. Not documented there: a test holds it.

        They trust what they are told, so they get nothing but the id and number of what was made.
        """
        answer = self.send_request(verb, url, parameters, input, headers)
        data = answer.data if isinstance(answer.data, dict) else {}
        return answer.headers, {key: data[key] for key in ("id", "number") if key in data}

    def graphql_query(
        self, query: str, variables: dict[str, Any]
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """Raises ForbiddenError where this server has no GraphQL at all."""
        ask = {"query": query, "variables": variables}
        try:
            answer = self.send_request("POST", self.graphql_url, body=ask)
        except NotFoundError as exc:
            raise ForbiddenError(exc.what, status=exc.status) from exc
        return answer.headers, raise_for_graphql(answer)

    def _authorized(
        self, verb: str, target: str, body: object, headers: Mapping[str, str]
    ) -> Answer:
        token = self._auth.token
        answer = self.transport.send_request(verb, target, body, {**headers, **self._bearer(token)})
        self.limits.server_clock.note_answer(answer.headers)
        if answer.status != _EXPIRED or self._drop is None:
            return answer
        self._drop(token)
        fresh = self._bearer(self._auth.token)
        return self.transport.send_request(verb, target, body, {**headers, **fresh})

    def _bearer(self, token: str) -> dict[str, str]:
        return {"Authorization": f"{self._auth.token_type} {token}"}

    def _limited(self, answer: Answer, budget: str) -> bool:
        """Whether a limit refused it. What is left of the budget is noted in any case."""
        now = self.limits.clock()
        until = rate_limits.limited_until(answer, now)
        emptied = rate_limits.emptied_until(answer.headers, now)
        if emptied is not None:
            self.limits.note_limit(budget, emptied)
        elif until is not None:
            self.limits.note_limit(ALL, until)
        return until is not None


MAX_WRITE_TRIES = 3
T = TypeVar("T")


def retry_write(
    act: Callable[[], T], look: Callable[[], T | None], sleep: Callable[[float], None]
) -> T:
    """What `act` gives, or `look` finds: None there means that nothing was done."""
    for pause in range(1, MAX_WRITE_TRIES):
        try:
            return act()
        except UnavailableError:
            sleep(float(pause))
        if (found := look()) is not None:
            return found
    return act()


def retry_idempotent(act: Callable[[], T], sleep: Callable[[float], None]) -> T:
    """For what leaves the same behind however often it is done."""
    return retry_write(act, lambda: None, sleep)
