"""Shows in the comment since when work under way waits for a model, and that it goes on again."""

from dataclasses import replace

from bot.ticket.model import Ticket
from runners.model_outages import AWAITED_SINCE
from runners.progress import ProgressEvent
from runners.tickets.services import Services
from runners.tickets.status_sync import sync_status


def tell_awaited_models(services: Services, key: str, event: ProgressEvent) -> None:
    """Only where the event is about that: it comes once a minute while a model is waited for."""
    since = event.facts.get(AWAITED_SINCE)
    if not isinstance(since, int | float):
        return

    def note(ticket: Ticket) -> Ticket:
        if since:
            return replace(ticket, outage="models", outage_since=float(since))
        # What else it waits for meanwhile is not over.
        return replace(ticket, outage="") if ticket.outage == "models" else ticket

    services.tickets.change_ticket(key, note)
    sync_status(services, key)
