"""An account as GraphQL tells it."""

from bot.events import NOBODY, Person, subjects
from bot.events.fields import Field

ACTOR = "login __typename ... on User { databaseId } ... on Bot { databaseId }"


def actor(told: Field) -> Person:
    """GraphQL names a bot without the `[bot]` that it has everywhere else."""
    if "databaseId" not in told:
        return NOBODY
    login, bot = told["login"].shaped(subjects.LOGIN), told["__typename"].text() == "Bot"
    named = f"{login.removesuffix('[bot]')}[bot]" if bot else login
    return Person(told["databaseId"].whole(), named, bot)
