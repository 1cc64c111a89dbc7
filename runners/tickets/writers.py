"""Who counts as a writer of a repository for words, pushes and edits: asked of GitHub now."""

from bot.approval.permissions import can_write
from bot.github.repository import Repository
from bot.github.webhooks import Person


def is_writer(repository: Repository, person: Person) -> bool:
    """Whether it is a person who may write; a bot never is."""
    return not person.bot and can_write(repository.read_permission(person))
