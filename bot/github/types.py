"""What GitHub tells of checks, threads and Actions, and an account as GraphQL tells it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

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
    `maker` is its App's name, `title` what the App says of the outcome in a few words.
    """

    id: int
    name: str
    status: str
    conclusion: str
    app: int
    url: str
    suite: int
    job: int
    maker: str = ""
    title: str = ""


@dataclass(frozen=True, slots=True)
class Status:
    """`state`: error, failure, pending or success."""

    context: str
    state: str
    description: str
    url: str


@dataclass(frozen=True, slots=True)
class WorkflowRun:
    """`attempt` counts from 1; each re-run of the same run is one more."""

    id: int
    name: str
    path: str
    suite: int
    event: str
    status: str
    conclusion: str
    url: str
    attempt: int = 1


@dataclass(frozen=True, slots=True)
class Checks:
    """All that says something about one commit, but for our own.

    `runs` are the newest of each name in each suite: of a workflow that ran twice, both runs' jobs.
    `workflows` is empty too where we have no right to read them.
    """

    runs: tuple[CheckRun, ...] = ()
    statuses: tuple[Status, ...] = ()
    workflows: tuple[WorkflowRun, ...] = ()


@dataclass(frozen=True, slots=True)
class RequiredCheck:
    """A check run or a status of this name; only of the App with this id, where `app` is not 0."""

    name: str
    app: int = 0


@dataclass(frozen=True, slots=True)
class BranchRules:
    """What must be green before a merge into a branch.

    `strict`: the pull request's branch must have the newest commit of the base as well.
    """

    required: tuple[RequiredCheck, ...] = ()
    strict: bool = False


@dataclass(frozen=True, slots=True)
class Thread:
    """A conversation at one place of a diff. `id` is GraphQL's, empty where REST told it.

    `line` is 0 where it is about the whole file; `hunk` ends with the line it is about.
    `outdated`: the lines are not there any more, and `line` is that of the older version.
    """

    id: str
    path: str
    line: int
    hunk: str
    comments: tuple[LineComment, ...]
    resolved: bool
    outdated: bool = False


@dataclass(frozen=True, slots=True)
class DraftReviewComment:
    """A review comment to be made on `line` of the new side of `path`."""

    path: str
    line: int
    body: str


@dataclass(frozen=True, slots=True)
class Push:
    """`by` is who pushed, as GitHub knows it: an author or a committer can be anybody's claim."""

    before: str
    after: str
    by: Person
    forced: bool = False


@dataclass(frozen=True, slots=True)
class Watched:
    """The repositories that the bot works in, and the ids of those that GitHub has listed."""

    repos: tuple[str, ...]
    ids: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reaction:
    """`content` as REST names it: `+1`, `-1`, `confused`.

    https://docs.github.com/en/rest/reactions/reactions
    """

    content: str
    by: Person
