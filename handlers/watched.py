"""Whether an event is of a repository that this machine works for."""

from bot.github.webhooks import Where
from bot.ticket.keys import repo_id_mark
from runners.tickets.services import Services


def is_watched(services: Services, where: Where) -> bool:
    """Any, where the settings name none; else those, also by a later name, and those with a job.

    A public App is installed by whoever likes, and there its installer is who may write.
    https://docs.github.com/en/apps/creating-github-apps/registering-a-github-app/making-a-github-app-public-or-private
    """
    named = services.settings.github.repos
    if not named or where.repo.lower() in {name.lower() for name in named}:
        return True
    known = {services.tickets.read_mark(repo_id_mark(name)) for name in named}
    return str(where.repo_id) in known or services.tickets.has_tickets(str(where.repo_id))
