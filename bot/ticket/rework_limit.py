"""Rounds of rework are bounded: whoever answers every answer of the bot buys no more for ever."""

from dataclasses import replace

from bot.ticket import messages
from bot.ticket.keys import rounds_key
from bot.ticket.model import FOREVER, Ticket


def pause_after_rounds(ticket: Ticket, limit: int) -> Ticket | None:
    """Paused where the next round would be one too many; None where it may begin.

    After each `limit` rounds once: who resumes the job allows as many again.
    """
    rounds = ticket.progress.rework_rounds
    key = rounds_key(rounds)
    if not rounds or rounds % limit or ticket.was_handled(key):
        return None
    why = messages.too_many_rounds(rounds, limit)
    return replace(ticket.with_handled(key), paused=True, why=why, wake_at=FOREVER)
