"""One repository's part of the API, and the bot's way of writing there."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeVar

from github.GithubException import GithubException
from github.Repository import Repository

from bot.github.client import Client, repeated, written
from bot.github.errors import ForbiddenError, UnavailableError
from bot.github.transport import Answer
from bot.github.webhooks import MalformedError, Person
from bot.github.webhooks.fields import Field
from bot.text.secrets import redact

LONGEST = 65_536
"""Characters of a comment, or of an issue's or a pull request's text."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True, repr=False)
class RepositoryApi:
    """`me` is who writes here; `secrets` are those that must not leave."""

    wire: Client
    repo: str
    me: Callable[[], Person]
    secrets: Callable[[], tuple[str, ...]]

    @property
    def repository(self) -> Repository:
        """PyGithub's, which asks for nothing until it is used."""
        return Repository(self.wire, url=f"/repos/{self.repo}")

    @property
    def names(self) -> dict[str, str]:
        """Owner and name, as GraphQL asks for them."""
        owner, _, name = self.repo.partition("/")
        return {"owner": owner, "name": name}

    def get(
        self,
        rest: str,
        query: Mapping[str, object] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """`rest` is what follows /repos/owner/name."""
        return self.wire.ask("GET", f"/repos/{self.repo}{rest}", query, None, headers)

    def entries(
        self,
        rest: str,
        query: Mapping[str, object] | None = None,
        *,
        key: str = "",
        headers: Mapping[str, str] | None = None,
    ) -> Iterator[Field]:
        """The entries of all pages; `key` is where a page has them if it is no list itself."""
        for page in self.wire.pages(f"/repos/{self.repo}{rest}", query, headers):
            yield from made(lambda told: list(told[key] if key else told), page.field)

    def graphql(self, query: str, **variables: object) -> Field:
        """What a query that changes nothing finds: what stands under its `data`."""
        _, told = self.repeated(lambda: self.wire.graphql_query(query, variables))
        return Field(told["data"], "data")

    def written(self, act: Callable[[], T], look: Callable[[], T | None]) -> T:
        """`look` says what an earlier `act`, whose answer was lost, has left."""
        return written(lambda: _asked(act), look, self.wire.limits.sleep)

    def repeated(self, act: Callable[[], T]) -> T:
        """For an `act` that leaves the same however often it is done."""
        return repeated(lambda: _asked(act), self.wire.limits.sleep)

    def post(self, rest: str, body: object) -> int:
        """The id of what is made; for what PyGithub's objects do not say as it is needed."""
        return given_id(self.wire.ask("POST", f"/repos/{self.repo}{rest}", body=body).field)

    def out_marked(self, text: str, mark: str) -> str:
        """As `out`. The mark must be left: by it is seen that something was said already."""
        said = self.out(text)
        if not mark or mark not in said:
            raise ValueError("without its mark it would be said again and again")
        return said

    def branch(self, name: str) -> str:
        """`name` as it is. Raises Refused for one with a secret in it: struck, it is another's."""
        if self.out(name) != name:
            raise ForbiddenError("a branch whose name has a secret in it is shown to nobody")
        return name

    def out(self, text: str, most: int = LONGEST) -> str:
        """`text` as it may leave: without secrets, and no longer than GitHub takes."""
        struck = redact(text, self.secrets())
        if len(struck) <= most:
            return struck
        end = f"\n\n[cut: {len(struck)} characters]"
        return struck[: most - len(end)] + end


def made(reader: Callable[[Field], T], told: Field) -> T:
    try:
        return reader(told)
    except MalformedError as exc:
        raise UnavailableError(f"an answer that GitHub would not give: {exc.what}") from None


def given_id(told: object, key: str = "id") -> int:
    """The id, or the number, of what was made."""
    field = told if isinstance(told, Field) else Field(told, "answer")
    return made(lambda one: one[key].whole(), field)


def _asked(act: Callable[[], T]) -> T:
    try:
        return act()
    except GithubException as exc:  # PyGithub's objects: a value of another type than it knows
        raise UnavailableError(
            f"an answer that GitHub would not give: {type(exc).__name__}"
        ) from None
