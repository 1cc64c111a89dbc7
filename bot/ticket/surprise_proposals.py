"""Coaching notes proposed from what surprised models: the same thing at three tasks.

A note is one of our own sentences around a name that the repository has. What the models said
stands beside it for the person who ticks, and goes into no note and no prompt: it may repeat what
anybody wrote.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from bot.coaching.notes import Note, note_fault
from bot.coaching.surprises import KeptSurprise
from bot.ticket.coaching_proposals import files_like
from bot.ticket.model import Proposal

LEAST_TASKS = 3
MAX_QUOTES = 3
MAX_QUOTE_CHARACTERS = 120
MAX_SCOPE = 3
"""Kinds of files that a note is for."""
_TOLD: Mapping[tuple[str, str], str] = MappingProxyType(
    {
        ("context", "file"): "Read `{}` before you change what uses it",
        ("context", "check"): "Find out what the check `{}` wants before you change what it judges",
        ("plan", "file"): "Read `{}` before you plan a change of it",
        ("plan", "check"): "Find out what the check `{}` runs before you plan with it",
        ("check", "file"): "Do not take a failure of `{}` alone for a fault of the code",
        ("check", "check"): "Do not take a failure of the check `{}` alone for a fault of the code",
    }
)
"""By kind and subject. What is of no such kind is kept, and makes no note."""
_WHY: Mapping[str, str] = MappingProxyType(
    {
        "context": "at least three tasks missed something of it",
        "plan": "at least three plans were wrong about it",
        "check": "at least three tasks saw it fail for another reason",
    }
)


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a note comes from: the pull request in which it is proposed, its head, our account."""

    url: str
    author: str
    commit: str


def find_repeated(told: Iterable[KeptSurprise]) -> tuple[KeptSurprise, ...]:
    """Those of which three tasks or more said the same of the same."""
    return tuple(each for group in _group(told) for each in group)


def propose_repeated(
    told: Iterable[KeptSurprise], origin: Origin, known: Collection[str]
) -> tuple[Proposal, ...]:
    """A note for each; none for a lesson that is `known`."""
    made = (_propose(group, origin) for group in _group(told))
    return tuple(
        each for each in made if each.note.lesson not in known and not note_fault(each.note)
    )


def _group(told: Iterable[KeptSurprise]) -> list[list[KeptSurprise]]:
    groups: dict[tuple[str, str, str], list[KeptSurprise]] = defaultdict(list)
    for each in told:
        if each.about and (each.kind, each.subject) in _TOLD:
            groups[each.kind, each.subject, each.about].append(each)
    return [groups[key] for key in sorted(groups) if _count_tasks(groups[key]) >= LEAST_TASKS]


def _count_tasks(group: Sequence[KeptSurprise]) -> int:
    """A task that was tried again, in another run or round, is still one."""
    return len({(each.job, each.task) for each in group})


def _propose(group: Sequence[KeptSurprise], origin: Origin) -> Proposal:
    first = group[0]
    lesson = f"{_TOLD[first.kind, first.subject].format(first.about)}: {_WHY[first.kind]}."
    scope = (first.about,) if (first.kind, first.subject) == ("plan", "file") else _scope(group)
    note = Note(lesson, scope, origin.url, origin.author, origin.commit)
    words = dict.fromkeys(each.words[:MAX_QUOTE_CHARACTERS] for each in group)
    return Proposal(note, quotes=tuple(words)[:MAX_QUOTES])


def _scope(group: Sequence[KeptSurprise]) -> tuple[str, ...]:
    """Files like those of the tasks; every file where they wrote none, or many kinds."""
    found = sorted({files_like(each.file) for each in group if each.file})
    return tuple(found) if 0 < len(found) <= MAX_SCOPE else ("**",)
