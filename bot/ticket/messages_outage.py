"""What a job's page says while GitHub or models cannot be asked, or answers cannot be posted."""

from bot.text.escape import quote_lines
from bot.text.utc_time import format_utc
from bot.ticket.model import Ticket

_WHY = {
    "account": "GitHub does not let me do what comes next; whoever runs me has been told",
    "limited": "GitHub has me wait, as I asked it for too much",
    "unreachable": "GitHub did not answer",
    "models": "my models do not answer; whoever runs me has been told",
    "disk": "too little disk is free on my machine; whoever runs me has been told",
    "machine": "my machine or its database has no room, or is away; whoever runs me has been told",
    "gone": "GitHub no longer shows me this issue",
}


def describe_outage(ticket: Ticket) -> str:
    """Empty where there is none. No words of GitHub's: they are for whoever runs the bot."""
    if not ticket.outage:
        return ""
    # Pauses grow to a quarter of an hour; what is asked again later has said so.
    waits = ticket.wake_at - ticket.outage_since if ticket.outage == "models" else 0.0
    late = MIN_TOLD_SECONDS < waits < MAX_TOLD_SECONDS
    again = f"ask again at {format_utc(ticket.wake_at)}" if late else "continue by myself"
    since = format_utc(ticket.outage_since)
    return f"Waiting since {since}: {_WHY[ticket.outage]}. I {again}."


MIN_TOLD_SECONDS, MAX_TOLD_SECONDS = 1800.0, 30 * 86_400.0
MAX_OWED = 3


def describe_owed(ticket: Ticket) -> str:
    """Answers that GitHub does not take where people spoke; empty where there are none."""
    if not ticket.outbox:
        return ""
    # A bot is no collaborator, so it may not comment where a conversation is locked:
    # https://docs.github.com/en/communities/moderating-comments-and-conversations/locking-conversations
    number = ticket.issue if ticket.outbox[0].place.kind == "issue" else ticket.remote.pull
    left = len(ticket.outbox) - MAX_OWED
    quoted = [quote_lines(answer.text) for answer in ticket.outbox[:MAX_OWED]]
    more = [f"And {left} more."] if left > 0 else []
    said = (
        f"GitHub does not let me post this on #{number}. Is that conversation locked? Unlock it,"
        " and I post it there:"
    )
    return "\n\n".join((said, *quoted, *more))
