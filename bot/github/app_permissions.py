"""What the bot must be allowed to do in a repository, and what it lacks of that."""

from bot.github.repository_api import read_answer
from bot.github.webhooks.fields import Field

# https://docs.github.com/en/rest/authentication/permissions-required-for-github-apps
NEEDED_PERMISSIONS = {
    "actions": "write",
    "checks": "write",
    "contents": "write",
    "issues": "write",
    "metadata": "read",
    "pull_requests": "write",
    "statuses": "write",
}
USED_FOR = {
    "actions": "read the logs of red workflows, and start those that `[ci] dispatch` names",
    "checks": "show its own check, and read those of CI",
    "contents": "push its branches",
    "issues": "read, answer and label issues",
    "metadata": "see the repository",
    "pull_requests": "open and answer pull requests",
    "statuses": "read statuses of CI",
}
"""Each permission's reason, as a person is told it."""
_ENOUGH = {"read": {"read", "write", "admin"}, "write": {"write", "admin"}}


def list_granted(installation: Field) -> dict[str, str]:
    """The level of each permission that an App's installation has."""

    def read(one: Field) -> dict[str, str]:
        granted = one["permissions"]
        names = granted.value if isinstance(granted.value, dict) else {}
        return {str(name): granted[str(name)].read_text() for name in names}

    return read_answer(read, installation)


def missing_permissions(installation: Field) -> tuple[str, ...]:
    """Of an App's installation, as `checks: write`; an owner has yet to accept what was added."""
    return read_answer(_lacking, installation)


def _lacking(installation: Field) -> tuple[str, ...]:
    granted = installation["permissions"]
    return tuple(
        f"{name}: {level}"
        for name, level in NEEDED_PERMISSIONS.items()
        if granted[name].read_text() not in _ENOUGH[level]
    )


def may_push(repo: Field) -> bool | None:
    """Of a token, as its repository tells it; None where it does not."""
    if "permissions" not in repo:
        return None
    return read_answer(lambda one: one["permissions"]["push"].read_flag(), repo)
