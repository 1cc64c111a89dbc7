"""PyGithub's requester over a transport of our own.

PyGithub's keeps the request being made in its one connection object, so that two threads can send
each other's; it reads answers of any size and follows redirections without end.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from github.Auth import Auth
from github.Requester import Requester

from bot.github import rate_limits
from bot.github.error_responses import check, check_graphql
from bot.github.errors import ForbiddenError, NotFoundError, RateLimitedError, TooLargeError
from bot.github.rate_limits import ALL, Limits
from bot.github.response import Answer
from bot.github.transport import READ, Transport

PAGES = 30
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
            timeout=int(READ),
            user_agent="bricklayer",
            per_page=100,
            verify=True,
            retry=None,
            pool_size=None,
            lazy=True,
        )
        self.limits = keeping or Limits()
        self.transport = Transport(api_url, backoff)
        self._auth, self._drop = auth, drop

    def ask(
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
        target = self.transport.target(url, query)
        budget = "graphql" if url == self.graphql_url else "core"
        for _ in range(_WAITS):
            self.limits.keep(budget)
            answer = self._authorized(verb, target, body, headers or {})
            if not self._limited(answer, budget):
                return check(answer, verb, url)
        until = self.limits.clock() + rate_limits.SECONDARY_WAIT
        raise RateLimitedError("it goes on limiting", until=until, status=answer.status)

    def pages(
        self,
        url: str,
        query: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Iterator[Answer]:
        """All pages of a list; `headers` go with the first. Raises TooMuch where it has no end."""
        following, asked = url, {"per_page": 100, **(query or {})}
        for _ in range(PAGES):
            answer = self.ask("GET", following, asked, None, headers)
            yield answer
            if not (following := answer.following):
                return
            asked, headers = {}, None
        raise TooLargeError(f"a list of more than {PAGES * 100} entries: {url}")

    def requestJsonAndCheck(  # noqa: N802, PLR0913, PLR0917  # PyGithub's name and shape
        self,
        verb: str,
        url: str,
        parameters: dict[str, Any] | None = None,
        headers: dict[str, str] | None = None,
        input: Any | None = None,  # noqa: A002, ANN401
        follow_302_redirect: bool = False,  # noqa: ARG002  # no file is fetched by it
    ) -> tuple[dict[str, Any], Any]:
        """What PyGithub's objects ask; here they only write.

        They trust what they are told, so they get nothing but the id and number of what was made.
        """
        answer = self.ask(verb, url, parameters, input, headers)
        told = answer.data if isinstance(answer.data, dict) else {}
        return answer.headers, {key: told[key] for key in ("id", "number") if key in told}

    def graphql_query(
        self, query: str, variables: dict[str, Any]
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """Raises Refused where this server has no GraphQL at all."""
        ask = {"query": query, "variables": variables}
        try:
            answer = self.ask("POST", self.graphql_url, body=ask)
        except NotFoundError as exc:
            raise ForbiddenError(exc.what, status=exc.status) from exc
        return answer.headers, check_graphql(answer)

    def _authorized(
        self, verb: str, target: str, body: object, headers: Mapping[str, str]
    ) -> Answer:
        token = self._auth.token
        answer = self.transport.send(verb, target, body, {**headers, **self._bearer(token)})
        if answer.status != _EXPIRED or self._drop is None:
            return answer
        self._drop(token)
        fresh = self._bearer(self._auth.token)
        return self.transport.send(verb, target, body, {**headers, **fresh})

    def _bearer(self, token: str) -> dict[str, str]:
        return {"Authorization": f"{self._auth.token_type} {token}"}

    def _limited(self, answer: Answer, budget: str) -> bool:
        """Whether a limit refused it. What is left of the budget is noted in any case."""
        now = self.limits.clock()
        until = rate_limits.told(answer, now)
        emptied = rate_limits.spent(answer.headers, now)
        if emptied is not None:
            self.limits.note(budget, emptied)
        elif until is not None:
            self.limits.note(ALL, until)
        return until is not None
