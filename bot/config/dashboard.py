"""`[dashboard]` of the machine's settings: the pages of `bricklayer serve`, and who signs in."""

from typing import Annotated

from pydantic import AfterValidator, Field

from bot.config.github_access import check_api_url
from bot.config.toml import EnvName, Table, Text


def _check_url(url: str) -> str:
    return url and check_api_url(url)


class DashboardSettings(Table):
    """The pages of `bricklayer serve`, on the same address as its webhook."""

    enabled: bool = True
    """Whether `bricklayer serve` has pages at all. Without sign-in nothing of them is shown."""
    url: Annotated[str, AfterValidator(_check_url)] = ""
    """The address that people open, `https://bricklayer.example.com`, where it is not this
    machine's own. Links in messages begin with it, and GitHub sends people back there."""
    session_hours: float = Field(default=12, gt=0, le=24 * 30)
    """Hours after which somebody who signed in has to do so again."""
    client_id: Text = ""
    """The GitHub App's client id, for people to sign in with their GitHub accounts."""
    client_secret_env: EnvName = "BRICKLAYER_CLIENT_SECRET"  # noqa: S105  # the variable's name
    """The environment variable that holds the App's client secret."""
