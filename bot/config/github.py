"""This machine's way to GitHub: `[github]` in its settings."""

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from bot.config.toml import EnvName, Seconds, Table

_ADDRESS = re.compile(r"(https?)://([A-Za-z0-9.-]+|\[[0-9a-f:]+\])(:\d+)?(/[A-Za-z0-9/._-]*)?")
_THIS_MACHINE = frozenset({"localhost", "127.0.0.1", "[::1]"})


def _api_url(url: str) -> str:
    told = _ADDRESS.fullmatch(url)
    if told is None:
        raise ValueError("an address like https://github.example.com/api/v3")
    if told[1] == "http" and told[2] not in _THIS_MACHINE:
        raise ValueError("a token goes there: use https")
    return url.rstrip("/")


def _named(repo: str) -> str:
    if {".", ".."} & set(repo.split("/")):
        raise ValueError("a repository as owner/name")
    return repo


ApiUrl = Annotated[str, AfterValidator(_api_url)]
RepoName = Annotated[
    str, Field(pattern=r"^[A-Za-z0-9_.-]{1,100}/[A-Za-z0-9_.-]{1,100}$"), AfterValidator(_named)
]


class GitHubSettings(Table):
    """An App (`app_id`, `private_key_file`), or else a token from `token_env` or `token_file`.

    `repos` are what the sweep watches; without any, an App watches where it is installed.
    `git_url` is where repositories are cloned from, where that is not the API's own host.
    `allow_bots` are the ids of foreign bots that may ask. `halted` is the kill switch.
    """

    api_url: ApiUrl = "https://api.github.com"
    git_url: ApiUrl | Literal[""] = ""
    app_id: int = Field(default=0, ge=0)
    private_key_file: str = ""
    token_env: EnvName = "BRICKLAYER_TOKEN"  # noqa: S105  # the variable's name
    token_file: str = ""
    webhook_secret_env: EnvName = "BRICKLAYER_WEBHOOK_SECRET"  # noqa: S105  # likewise
    repos: tuple[RepoName, ...] = ()
    allow_bots: tuple[int, ...] = ()
    host: str = "127.0.0.1"
    port: int = Field(default=8471, ge=0, le=65_535)
    sweep_seconds: Seconds = 60
    halted: bool = False
    per_person_an_hour: int = Field(default=20, ge=1)
    per_repo_an_hour: int = Field(default=60, ge=1)
