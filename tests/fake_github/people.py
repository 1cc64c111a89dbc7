"""Who there is on the stand-in for GitHub, its time, and how it says no."""

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

ROLES = ("read", "triage", "write", "maintain", "admin")


class Refusal(Exception):  # noqa: N818 - a no, not a fault
    """A change that GitHub does not make: the status and message it answers with."""

    def __init__(self, status: int, message: str, *errors: Any, **headers: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.errors = list(errors)
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}


class Clock:
    """GitHub's time in whole seconds: the real one, but every change is `step` later than the last.

    So what happened first is known from the times alone; `step = 0` lets changes share a second.
    """

    def __init__(self) -> None:
        self.step = 1
        self._ahead = 0
        self._last = 0

    def seconds(self) -> int:
        return max(int(time.time()) + self._ahead, self._last)

    def tick(self) -> str:
        self._last = max(int(time.time()) + self._ahead, self._last + self.step)
        return stamp(self._last)

    def now(self) -> str:
        return stamp(self.seconds())

    def advance(self, seconds: int) -> None:
        self._ahead += seconds
        self._last += seconds


def stamp(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass(eq=False)
class User:
    """A person, an organization or an App's bot user. `role` is what they may in every repository."""

    id: int
    login: str
    type: str = "User"
    role: str = ""
    created: str = "2011-01-25T18:44:36Z"

    @property
    def bot(self) -> bool:
        return self.type == "Bot"

    @property
    def email(self) -> str:
        return f"{self.id}+{self.login}@users.noreply.github.com"


@dataclass(eq=False)
class Token:
    """What a caller shows. `repos` is None for all its user can see; `expires` in the fake's seconds."""

    value: str
    user: User
    kind: str
    """"pat" of a person, "user" of one who signed in through an App, "installation" of an App, "actions" of a workflow run, "app" for a JWT."""
    repos: set[str] | None = None
    permissions: dict[str, str] | None = None
    expires: int | None = None
    revoked: bool = False
    installation: Any = None
    app: Any = None
    used: int = 0

    def may(self, permission: str, level: str) -> bool:
        """A token without a list of permissions (a classic one) may what its user may."""
        # Every token that counts somewhere may read metadata there, whatever else it was given:
        # https://docs.github.com/en/rest/authentication/permissions-required-for-fine-grained-personal-access-tokens
        # https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#permissions
        if self.permissions is None or (permission, level) == ("metadata", "read"):
            return True
        has = self.permissions.get(permission, "")
        return has == level or has in {"write", "admin"}


@dataclass(eq=False)
class Reaction:
    id: int
    user: User
    content: str
    created: str


@dataclass(eq=False)
class Reacted:
    """What people can react to."""

    reactions: list[Reaction] = field(default_factory=list, kw_only=True)

    def reacted(self, content: str) -> list[str]:
        """Logins of those who left that reaction."""
        return [one.user.login for one in self.reactions if one.content == content]
