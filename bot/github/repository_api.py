"""One repository's part of the API, and the bot's way of writing there."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeVar

from github.GithubException import GithubException
from github.Repository import Repository

from bot.github.client import Client, retry_idempotent, retry_write
from bot.github.errors import ForbiddenError, UnavailableError
from bot.github.transport import Answer
from bot.github.webhooks import MalformedError, Person
from bot.github.webhooks.fields import Field
from bot.text.secrets import redact

MAX_TEXT_CHARACTERS = 65_536
"""Characters of a comment, or of an issue's or a pull request's text."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True, repr=False)
class RepositoryApi:
    """`me` is who writes here; `secrets` are those that must not leave."""

    client: Client
    repo: str
    own_account: Callable[[], Person]
    secrets: Callable[[], tuple[str, ...]]

    @property
    def repository(self) -> Repository:
        """PyGithub's, which asks for nothing until it is used."""
        return Repository(self.client, url=f"/repos/{self.repo}")

    @property
    def names(self) -> dict[str, str]:
        """Owner and name, as GraphQL asks for them."""
        owner, _, name = self.repo.partition("/")
        return {"owner": owner, "name": name}

    def fetch(
        self,
        rest: str,
        query: Mapping[str, object] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """`rest` is what follows /repos/owner/name."""
        return self.client.send_request("GET", f"/repos/{self.repo}{rest}", query, None, headers)

    def list_entries(
        self,
        rest: str,
        query: Mapping[str, object] | None = None,
        *,
        key: str = "",
        headers: Mapping[str, str] | None = None,
    ) -> Iterator[Field]:
        """The entries of all pages; `key` is where a page has them if it is no list itself."""
        for page in self.client.iterate_pages(f"/repos/{self.repo}{rest}", query, headers):
            yield from read_answer(lambda listed: list(listed[key] if key else listed), page.field)

    def query_graphql(self, query: str, **variables: object) -> Field:
        """What a query that changes nothing finds: what stands under its `data`."""
        _, answer = self.write_again(lambda: self.client.graphql_query(query, variables))
        return Field(answer["data"], "data")

    def write_once(self, act: Callable[[], T], look: Callable[[], T | None]) -> T:
        """`look` says what an earlier `act`, whose answer was lost, has left."""
        return retry_write(lambda: _asked(act), look, self.client.limits.sleep)

    def write_again(self, act: Callable[[], T]) -> T:
        """For an `act` that leaves the same however often it is done."""
        return retry_idempotent(lambda: _asked(act), self.client.limits.sleep)

    def create_object(self, rest: str, body: object) -> int:
        """The id of what is made; for what PyGithub's objects do not say as it is needed."""
        return read_id(
            self.client.send_request("POST", f"/repos/{self.repo}{rest}", body=body).field
        )

    def redact_marked(self, text: str, mark: str) -> str:
        """As `out`. The mark must be left: by it is seen that something was said already."""
        redacted = self.redact_text(text)
        if not mark or mark not in redacted:
            raise ValueError("without its mark it would be redacted again and again")
        return redacted

    def check_branch(self, name: str) -> str:
        """`name` as it is.

        Raises ForbiddenError for one with a secret in it: struck, it is another's.
        """
        if self.redact_text(name) != name:
            raise ForbiddenError("a branch whose name has a secret in it is shown to nobody")
        return name

    def redact_text(self, text: str, most: int = MAX_TEXT_CHARACTERS) -> str:
        """`text` as it may leave: without secrets, and no longer than GitHub takes."""
        struck = redact(text, self.secrets())
        if len(struck) <= most:
            return struck
        end = f"\n\n[cut: {len(struck)} characters]"
        return struck[: most - len(end)] + end


def read_answer(reader: Callable[[Field], T], field: Field) -> T:
    try:
        return reader(field)
    except MalformedError as exc:
        raise UnavailableError(f"an answer that GitHub would not give: {exc.what}") from None


def read_id(answer: object, key: str = "id") -> int:
    """The id, or the number, of what was made."""
    field = answer if isinstance(answer, Field) else Field(answer, "answer")
    return read_answer(lambda one: one[key].read_int(), field)


def _asked(act: Callable[[], T]) -> T:
    try:
        return act()
    except GithubException as exc:  # PyGithub's objects: a value of another type than it knows
        raise UnavailableError(
            f"an answer that GitHub would not give: {type(exc).__name__}"
        ) from None
