"""One message of one need, or of many: a flood is a count and the first ten."""

import hashlib
from collections.abc import Iterable, Sequence

from bot.text.secrets import redact
from runners.notify.message import MAX_BYTES, MAX_LINE, MAX_TITLE, Message, cut_bytes
from runners.notify.needs import Need

MAX_LISTED = 10
TEST_TEXT = "This is a test of Bricklayer's messages: this channel works."


def name_batch(channel: str, keys: Iterable[str]) -> str:
    """The id of what goes out together: the same for the same needs, and of no other channel."""
    told = "\0".join((channel, *sorted(keys)))
    return hashlib.sha256(told.encode(errors="replace")).hexdigest()[:24]


def compose_needs(needs: Sequence[Need], name: str, at: float) -> Message:
    """`name` is the message's id, `at` when it was noted."""
    jobs = tuple(need.job for need in needs[:MAX_LISTED])
    if len(needs) == 1:
        (need,) = needs
        told = tuple(filter(None, (need.title, need.why, need.url)))
        return Message(name, "needed", at, f"{need.job}: {need.says}", told, need.url, jobs)
    lines = [f"{need.job}: {need.says}{_add(need)}" for need in needs[:MAX_LISTED]]
    if (more := len(needs) - MAX_LISTED) > 0:
        lines.append(f"and {more} more")
    title = f"Bricklayer: {len(needs)} things need somebody"
    return Message(name, "needed", at, title, tuple(lines), needs[0].url, jobs)


def _add(need: Need) -> str:
    """What it is about, and why, where there is room."""
    return "".join(f" — {part}" for part in (need.title, need.why) if part)


def compose_night(body: str, name: str, at: float) -> Message:
    """`body`: the title on its first line, then the report."""
    title, *lines = body.split("\n")
    return Message(name, "night_over", at, title, tuple(lines))


def compose_test(at: float) -> Message:
    name = hashlib.sha256(f"test {at}".encode()).hexdigest()[:24]
    return Message(name, "test", at, "Bricklayer: a test", (TEST_TEXT,))


def bound(message: Message, secrets: Sequence[str]) -> Message:
    """Without secrets, and no longer than a message may be; what is cut off is told.

    All lines are looked at together, for a secret may have several, and before any is cut: half of
    a secret is known by nobody, and told to all.
    """
    lines = redact("\n".join(message.lines), secrets).split("\n")
    return Message(
        message.id,
        message.kind,
        message.at,
        _cut(redact(message.title, secrets), MAX_TITLE),
        tuple(cut_bytes([_cut(line, MAX_LINE) for line in lines], MAX_BYTES).split("\n")),
        redact(message.url, secrets),
        tuple(redact(job, secrets) for job in message.jobs),
    )


def _cut(line: str, most: int) -> str:
    return line if len(line) <= most else f"{line[: most - 3]}..."
