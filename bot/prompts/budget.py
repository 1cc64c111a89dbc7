"""A prompt as named parts, and what goes first when they are too many for the window."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from bot.models.token_count import TokenCount
from bot.models.token_estimate import TURN_OVERHEAD_TOKENS

DROPPED = (
    "folder notes",
    "memory",
    "neighbours' bodies",
    "neighbours",
    "draft",
    "map",
    "line index",
    "tests",
    "reads",
    "answers",
    "coaching",
    "digest",
)
"""What goes when it is tight, the first one first. Whatever is not named here always stays."""


class TaskTooLargeError(Exception):
    """The task's own text and code do not fit: the plan must split it, nothing is truncated."""

    def __init__(self, task: str, needs: int, window: int, hint: str = "split it") -> None:
        super().__init__(f"{task} needs about {needs} tokens of a window of {window}: {hint}")
        self.needs = needs
        self.window = window


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of the prompt. `worth` 0 always stays; of the others the lowest goes first.

    `why` says to a person why it is there. `less` is the text that stays where the whole of it
    has to go.
    """

    name: str
    text: str
    why: str
    worth: int = 0
    less: str = ""


@dataclass(frozen=True, slots=True)
class Fitted:
    """`tokens` are those of the whole call, its frame included, without the reply."""

    parts: tuple[Part, ...]
    dropped: tuple[str, ...]
    tokens: int

    @property
    def text(self) -> str:
        return joined(self.parts)


def part(name: str, text: str, why: str, *, kind: str = "", less: str = "") -> Part:
    """`kind` is its name in `DROPPED` where it has a longer one of its own."""
    worth = DROPPED.index(kind or name) + 1 if (kind or name) in DROPPED else 0
    return Part(name, text, why, worth, less)


def joined(parts: Sequence[Part]) -> str:
    return "\n\n".join(each.text for each in parts)


def call_tokens(system: str, user: str, count: TokenCount) -> int:
    return count(system) + count(user) + TURN_OVERHEAD_TOKENS


def fit(parts: Sequence[Part], size: Callable[[str], int], room: int) -> Fitted:
    """Drop parts until the call has at most `room` tokens, or until only those that stay are left.

    Of parts that are worth the same, the largest goes first, then the later: a huge one is not to
    take small ones along. `size` counts the call for a user text.
    """
    kept, dropped = [each for each in parts if each.text], []
    while (tokens := size(joined(kept))) > room:
        lowest = min((each.worth for each in kept if each.worth), default=0)
        if not lowest:
            break
        loose = [at for at, each in enumerate(kept) if each.worth == lowest]
        least = max(loose, key=lambda at: (size(kept[at].text) if len(loose) > 1 else 0, at))
        dropped.append(_told(kept[least]))
        kept[least : least + 1] = _less(kept[least])
    return Fitted(tuple(kept), tuple(dropped), tokens)


def _told(gone: Part) -> str:
    return f"{gone.name}, all but a little" if gone.less else gone.name


def _less(gone: Part) -> list[Part]:
    return [replace(gone, text=gone.less, worth=0, less="")] if gone.less else []
