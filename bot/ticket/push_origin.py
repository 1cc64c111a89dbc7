"""Who moved a branch from one commit to another, by what GitHub says of each push. Pure."""

from collections.abc import Sequence

from bot.github.types import Push
from bot.github.webhooks import Person

MAX_UNKNOWN_SECONDS = 60.0
"""Until a push that GitHub says nothing of stops the job."""
UNKNOWN_POLL_SECONDS = 5.0


def trace_pushes(pushes: Sequence[Push], old: str, new: str) -> tuple[Push, ...]:
    """The pushes that led from `old` to `new`, oldest first; none where a part is not known.

    `pushes` are of one branch, the latest first: of two that end alike the later one counts.
    """
    found: list[Push] = []
    at = new
    for push in pushes:
        if at == old:
            break
        if push.after == at:
            found.append(push)
            at = push.before
    return tuple(reversed(found)) if at == old else ()


def list_pushers(pushes: Sequence[Push]) -> tuple[Person, ...]:
    return tuple(dict.fromkeys(push.by for push in pushes))


def is_listed(bot: Person, listed: Sequence[str]) -> bool:
    """Whether an App's account is one of these logins; GitHub's names have no case."""
    name = bot.login.casefold().removesuffix("[bot]")
    return bot.bot and name in {each.casefold().removesuffix("[bot]") for each in listed}
