"""What the bot must be allowed to do in a repository, and what it lacks of that."""

from bot.github.repository_api import made
from bot.github.webhooks.fields import Field

NEEDED = {
    "actions": "write",
    "checks": "write",
    "contents": "write",
    "issues": "write",
    "metadata": "read",
    "pull_requests": "write",
    "statuses": "write",
}
_ENOUGH = {"read": {"read", "write", "admin"}, "write": {"write", "admin"}}


def lacking(installation: Field) -> tuple[str, ...]:
    """Of an App's installation, as `checks: write`; an owner has yet to accept what was added."""
    return made(_lacking, installation)


def _lacking(installation: Field) -> tuple[str, ...]:
    given = installation["permissions"]
    return tuple(
        f"{name}: {level}"
        for name, level in NEEDED.items()
        if given[name].text() not in _ENOUGH[level]
    )


def may_push(repo: Field) -> bool | None:
    """Of a token, as its repository tells it; None where it does not."""
    if "permissions" not in repo:
        return None
    return made(lambda one: one["permissions"]["push"].flag(), repo)
