"""What the bot says to plain words that it does not act on."""

from bot.ticket.model import Ticket


def give_the_command(name: str, ticket: Ticket) -> str:
    """For words that are a command by their sense; empty where that command would do nothing."""
    if name == "approve" and not ticket.approval.key:
        return ""
    line = f"/approve {ticket.approval.code}" if name == "approve" else f"/{name}"
    return (
        "I changed nothing: only a line that begins with `/` is a command. If you mean it, comment"
        f" `{line}`."
    )


UNCLEAR = (
    "I changed nothing: I cannot tell what you want changed. Say it in a sentence, with the name of"
    " the file where it matters; or give a command, on a line that begins with `/`."
)
EDIT_NOT_HEARD = (
    "I had read this comment before it was edited, and an edit starts nothing. Please say it in a"
    " new comment."
)
