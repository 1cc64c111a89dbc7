"""Green: the reviewer tier reads the diff once, then a person is asked to."""

from bot import messages
from bot.stages import Stage
from bot.ticket import Ticket
from runners.loop.planning import pull_body
from runners.loop.shop import Shop


def reviewed(shop: Shop, ticket: Ticket, why: str) -> Ticket:
    """Ready for review, requested from whoever set the label."""
    hub = shop.hub(ticket)
    hub.ready(ticket.pull)
    hub.edit_pull(ticket.pull, body=pull_body(ticket))
    if not ticket.has("asked for review"):
        hub.request_review(ticket.pull, ticket.asker.login)
    said = " ".join(filter(None, (why, messages.REVIEW)))
    ticket = ticket.with_done("asked for review")
    return ticket.to(Stage.REVIEW, said)
