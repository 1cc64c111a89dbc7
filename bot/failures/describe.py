"""A failure in plain lines: its name, what was printed, and where."""

from bot.failures.model import Failure, Place

MAX_SHOWN_PLACES = 4
SHARE_OF_HEAD = 2 / 3
"""Of a message that is cut: how much of what stays is its beginning."""


def describe_failure(failure: Failure, max_lines: int = 40) -> str:
    """The name, then the message as printed, indented, then the places, innermost first.

    A message of more than `max_lines` loses its middle, which is said.
    """
    lines = [failure.name] if failure.name else []
    indent = "  " if lines else ""
    lines += [f"{indent}{line}".rstrip() for line in cut_lines(failure.message, max_lines)]
    first = failure.message[0] if failure.message else ""
    known: dict[str, Place] = {}
    for each in failure.places:  # a test's own line often is the stack's too
        known.setdefault(str(each), each)
    places = [each for where, each in known.items() if failure.name or where not in first]
    lines += [f"{indent}{_describe_place(each)}" for each in places[:MAX_SHOWN_PLACES]]
    return "\n".join(lines)


def cut_lines(lines: tuple[str, ...], most: int) -> tuple[str, ...]:
    """At most so many, and one that says how many are left out; blank ones go first."""
    if len(lines) <= most:
        return lines
    lines = tuple(line for line in lines if line.strip())
    if len(lines) <= most:
        return lines
    head = max(1, int(most * SHARE_OF_HEAD))
    tail = lines[len(lines) - (most - head) :]
    left_out = len(lines) - head - len(tail)
    return (*lines[:head], f"[{left_out} more lines]", *tail)


def _describe_place(place: Place) -> str:
    named = place.function and "<" not in place.function
    where = f" in {place.function}" if named else ""
    return f"at {place}{where}" + (f": {place.source}" if place.source else "")
