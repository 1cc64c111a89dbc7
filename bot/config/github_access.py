"""`[github]` of the machine's settings: as whom the bot speaks to GitHub, and for whom."""

import re
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field

from bot.config.toml import EnvName, Seconds, Table, Text

_ADDRESS = re.compile(r"(https?)://([A-Za-z0-9.-]+|\[[0-9a-f:]+\])(:\d+)?(/[A-Za-z0-9/._-]*)?")
# A token without TLS may only be sent to this machine itself:
# https://www.rfc-editor.org/rfc/rfc6750#section-5.3
_THIS_MACHINE = frozenset({"localhost", "127.0.0.1", "[::1]"})


def check_api_url(url: str) -> str:
    """The address without a slash at its end. Raises ValueError, also for http to elsewhere."""
    match = _ADDRESS.fullmatch(url)
    if match is None:
        raise ValueError("must be an address like https://github.example.com/api/v3")
    if match[1] == "http" and match[2] not in _THIS_MACHINE:
        raise ValueError("a token goes there: use https")
    return url.rstrip("/")


def _check_git_url(url: str) -> str:
    return url and check_api_url(url)


def _check_repo_name(repo: str) -> str:
    # The name becomes a folder's and a part of addresses, where these mean another place.
    if {".", ".."} & set(repo.split("/")):
        raise ValueError("must be a repository as owner/name")
    return repo


ApiUrl = Annotated[str, AfterValidator(check_api_url)]
RepoName = Annotated[
    str,
    Field(pattern=r"^[A-Za-z0-9_.-]{1,100}/[A-Za-z0-9_.-]{1,100}$"),
    AfterValidator(_check_repo_name),
]


def _check_allowed_bots(value: object) -> object:
    if isinstance(value, list | tuple):
        raise ValueError('name the repositories: allow_bots = {"owner/name" = [49699333]}')  # noqa: TRY004  # pydantic tells of ValueErrors only
    return value


AllowedBots = Annotated[dict[RepoName, tuple[int, ...]], BeforeValidator(_check_allowed_bots)]


class GitHubSettings(Table):
    """As whom the bot speaks to GitHub, an App or the owner of a token, and for which repositories.

    Used by `bricklayer serve` and `bricklayer action`.
    """

    api_url: ApiUrl = "https://api.github.com"
    """The API of GitHub or of a GitHub Enterprise Server, as `https://github.example.com/api/v3`."""
    git_url: Annotated[str, AfterValidator(_check_git_url)] = ""
    """Where repositories are cloned from, where that is not the API's own host."""
    app_id: int = Field(default=0, ge=0)
    """The GitHub App's id; `bricklayer app create` writes it."""
    private_key_file: Text = ""
    """The file of the App's private key."""
    token_env: EnvName = "BRICKLAYER_TOKEN"  # noqa: S105  # the variable's name
    """The environment variable that holds a token, where there is no App."""
    token_file: Text = ""
    """A file that holds the token instead."""
    webhook_secret_env: EnvName = "BRICKLAYER_WEBHOOK_SECRET"  # noqa: S105  # likewise
    """The environment variable that holds the webhook's secret."""
    repos: tuple[RepoName, ...] = ()
    """The only repositories worked for, as `owner/name`. None: all where the App is installed."""
    # A bot is known to GitHub, not to a repository, and anybody may install one.
    allow_bots: AllowedBots = Field(default_factory=dict)
    """Ids of other bots that may ask, by repository: `{"owner/name" = [49699333]}`."""
    host: str = "127.0.0.1"
    """The address that `bricklayer serve` listens on."""
    port: int = Field(default=8471, ge=0, le=65_535)
    """The port that it listens on. 0: a free one."""
    # "GitHub does not automatically redeliver failed webhook deliveries", so state is read as well:
    # https://docs.github.com/en/webhooks/using-webhooks/handling-failed-webhook-deliveries
    sweep_seconds: Seconds = 60
    """How often GitHub is asked what happened, beside its webhooks."""
    signing_key: Text = ""
    """Signs the bot's commits: the file of an SSH key, or a GPG key's id."""
    halted: bool = False
    """The kill switch: nothing is begun, and what runs is stopped. Also: `bricklayer halt`."""
    per_person_an_hour: int = Field(default=20, ge=1)
    """How many jobs and commands of one person are taken an hour."""
    per_repo_an_hour: int = Field(default=60, ge=1)
    """How many jobs and commands of one repository are taken an hour."""
