"""What a decision knows beside the event: the ticket, whether the sender may, who we are."""

from dataclasses import dataclass

from bot.github.webhooks import Person
from bot.ticket.model import Ticket


@dataclass(frozen=True, slots=True)
class DecisionContext:
    """`may`: the sender of this very event has write permission now. `us` is the bot's account."""

    label: str
    us: Person
    may: bool = False
    ticket: Ticket | None = None
