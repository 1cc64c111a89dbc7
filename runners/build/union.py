"""Whether tasks of a phase go together: by which checks that is known, and who is at fault if not.

Each was judged on what it started from. Where two of them know nothing of each other, their checks
are run once more on what all of them made.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bot.plan import Check, Task

IsRed = Callable[[Sequence["Member"]], bool]
"""Whether a check is red on what these made, laid one on another."""


@dataclass(frozen=True, slots=True)
class Member:
    """A task that passed, with its commits. `later` are those that come `after` it, however far.

    `kin` are those, and what it was judged on top of.
    """

    task: Task
    commits: tuple[str, ...]
    is_landed: bool
    kin: frozenset[str]
    later: frozenset[str]

    @property
    def id(self) -> str:
        return self.task.id


def choose_union_checks(members: Sequence[Member]) -> tuple[Check, ...]:
    """Each once: those of the tasks that were not judged together with all others yet.

    What comes after a task was judged with it, and what has landed was judged together.
    """
    checks = [
        check
        for member in members
        if any(_are_strangers(member, other) for other in members)
        for check in member.task.checks
    ]
    return tuple(dict.fromkeys(checks))


def _are_strangers(one: Member, other: Member) -> bool:
    return (
        one.id != other.id and other.id not in one.kin and not (one.is_landed and other.is_landed)
    )


@dataclass(frozen=True, slots=True)
class Culprit:
    """Whose work makes a check red, and `others`, with whom alone the check is green."""

    member: Member
    others: tuple[Member, ...]


def find_culprit(members: Sequence[Member], check: Check, is_red: IsRed) -> Culprit | None:
    """Of `members`, in the order in which they land; the check is red with all of them.

    None where that is what the plan asks for: a check of a task is not held against what comes
    after that task. Those that have landed are green together.
    """
    while culprit := _find_first_red(members, check, is_red):
        owners = [each for each in members if check in each.task.checks]
        if not all(culprit.member.id in owner.later for owner in owners):
            return culprit
        members = leave_out(members, culprit.member)
        if not is_red(members):
            return None
    return None


def _find_first_red(members: Sequence[Member], check: Check, is_red: IsRed) -> Culprit | None:
    owners = [n for n, member in enumerate(members) if check in member.task.checks]
    if not owners:
        return None
    # Before the first task that has the check it may well wait for that task's files.
    green = max(sum(member.is_landed for member in members), owners[0])
    low, high = green, len(members)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if is_red(members[:middle]) else (middle, high)
    others = leave_out(members, members[high - 1])
    if high == len(members) or not is_red(others):
        return Culprit(members[high - 1], others)
    # Red without it, too: there are several, or it was red only until a later one had come. The
    # last time that it turns red is looked for, and nobody is blamed for what was green again.
    high = len(members)
    while high - 1 > green and is_red(members[: high - 1]):
        high -= 1
    return Culprit(members[high - 1], tuple(members[: high - 1]))


def leave_out(members: Sequence[Member], culprit: Member) -> tuple[Member, ...]:
    """The others, without what was made on top of it."""
    return tuple(m for m in members if m.id != culprit.id and m.id not in culprit.later)
