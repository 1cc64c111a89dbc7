"""Who pushed to a branch: GitHub's own record of it, which no commit can forge."""

from bot.github.errors import ForbiddenError, NotFoundError
from bot.github.repository_api import RepositoryApi, read_answer
from bot.github.types import Push
from bot.github.webhooks import objects
from bot.github.webhooks.fields import Field

_PUSHED = "push"


def list_pushes(api: RepositoryApi, branch: str) -> tuple[Push, ...]:
    """The latest first, at most a hundred; none where this server keeps or tells none.

    https://docs.github.com/en/rest/repos/repos#list-repository-activities
    """
    query = {"ref": f"refs/heads/{branch}", "per_page": 100}
    try:
        answer = api.fetch("/activity", query).field
    except (NotFoundError, ForbiddenError):
        return ()
    return tuple(read_answer(_push, entry) for entry in read_answer(list, answer))


def _push(entry: Field) -> Push:
    return Push(
        before=entry["before"].match_or_empty(objects.SHA),
        after=entry["after"].match_or_empty(objects.SHA),
        by=objects.read_author(entry["actor"]),
        forced=entry["activity_type"].read_text() != _PUSHED,
    )
