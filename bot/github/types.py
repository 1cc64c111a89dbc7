"""What GitHub tells of checks, threads and Actions, and an account as GraphQL tells it."""

from dataclasses import dataclass

from bot.github.webhooks import NOBODY, LineComment, Person, objects
from bot.github.webhooks.fields import Field

ACTOR = "login __typename ... on User { databaseId } ... on Bot { databaseId }"


def read_actor(actor: Field) -> Person:
    """GraphQL names a bot without the `[bot]` that it has everywhere else."""
    if "databaseId" not in actor:
        return NOBODY
    login, bot = actor["login"].match_text(objects.LOGIN), actor["__typename"].read_text() == "Bot"
    named = f"{login.removesuffix('[bot]')}[bot]" if bot else login
    return Person(actor["databaseId"].read_int(), named, bot)


@dataclass(frozen=True, slots=True)
class CheckRun:
    """`conclusion` is empty until `status` is completed.

    `suite` is that of its workflow run, if it has one; `job` is 0 for what Actions did not run.
    """

    id: int
    name: str
    status: str
    conclusion: str
    app: int
    url: str
    suite: int
    job: int


@dataclass(frozen=True, slots=True)
class Status:
    """`state`: error, failure, pending or success."""

    context: str
    state: str
    description: str
    url: str


@dataclass(frozen=True, slots=True)
class WorkflowRun:
    id: int
    name: str
    path: str
    suite: int
    event: str
    status: str
    conclusion: str
    url: str


@dataclass(frozen=True, slots=True)
class Checks:
    """All that says something about one commit, the newest of each name, but for our own.

    `workflows` is empty too where we have no right to read them.
    """

    runs: tuple[CheckRun, ...]
    statuses: tuple[Status, ...]
    workflows: tuple[WorkflowRun, ...]
    awaiting_approval: bool


@dataclass(frozen=True, slots=True)
class Thread:
    """A conversation at one place of a diff. `id` is GraphQL's, empty where REST told it.

    `line` is 0 where it is about the whole file; `hunk` ends with the line it is about.
    """

    id: str
    path: str
    line: int
    hunk: str
    comments: tuple[LineComment, ...]
    resolved: bool


@dataclass(frozen=True, slots=True)
class DraftReviewComment:
    """A review comment to be made on `line` of the new side of `path`."""

    path: str
    line: int
    body: str


@dataclass(frozen=True, slots=True)
class Watched:
    """The repositories that the bot works in."""

    repos: tuple[str, ...]
