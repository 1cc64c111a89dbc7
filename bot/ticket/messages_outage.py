"""What a job's page says while GitHub cannot be asked: one plain sentence, and since when."""

import datetime as dt

from bot.ticket.model import Ticket

_WHY = {
    "account": "GitHub does not let me do what comes next; whoever runs me has been told",
    "limited": "GitHub has me wait, as I asked it for too much",
    "unreachable": "GitHub did not answer",
    "gone": "GitHub no longer shows me this issue",
}


def describe_outage(ticket: Ticket) -> str:
    """Empty where there is none. No words of GitHub's: they are for whoever runs the bot."""
    if not ticket.outage:
        return ""
    since = dt.datetime.fromtimestamp(ticket.outage_since, dt.UTC)
    return f"Waiting since {since:%Y-%m-%d %H:%M} UTC: {_WHY[ticket.outage]}. I continue by myself."
