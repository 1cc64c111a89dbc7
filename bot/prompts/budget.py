"""A prompt as named parts, and what goes first when they are too many for the window."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from bot.models.token_count import TokenCount
from bot.models.token_estimate import TURN_OVERHEAD_TOKENS

DROP_ORDER = (
    "examples",
    "folder notes",
    "memory",
    "job",
    "guidance",
    "neighbours' bodies",
    "neighbours",
    "draft",
    "line index",
    "tests",
    "reads",
    "answers",
    "coaching",
    "failing test",
    "digest",
)
"""What goes when it is tight, the first one first. Whatever is not named here always stays."""


PART_GAP = "\n\n"
"""Between two parts of a prompt."""


class PromptTooLargeError(Exception):
    """What must be in the prompt does not fit; it is never truncated.

    `needs` and `window` are in tokens and include the reply.
    """

    def __init__(self, message: str, needs: int, window: int) -> None:
        super().__init__(message)
        self.needs = needs
        self.window = window


class TaskTooLargeError(PromptTooLargeError):
    """The task's own text and code do not fit: the plan must split it."""

    def __init__(self, task: str, needs: int, window: int, hint: str = "split it") -> None:
        message = f"{task} needs about {needs} tokens of a window of {window}: {hint}"
        super().__init__(message, needs, window)


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of the prompt. Priority 0 always stays; of the others the lowest goes first.

    `why` says to a person why it is there. `reduced` is the text that stays where the whole of it
    has to go, with `reduced_priority`.
    """

    name: str
    text: str
    why: str = ""
    priority: int = 0
    reduced: str = ""
    reduced_priority: int = 0


@dataclass(frozen=True, slots=True)
class FittedParts:
    """`tokens` are those of the whole call, its frame included, without the reply."""

    parts: tuple[Part, ...]
    dropped: tuple[str, ...]
    tokens: int

    @property
    def text(self) -> str:
        return join_parts(self.parts)


def make_part(  # noqa: PLR0913 - a part and what is left of it
    name: str, text: str, why: str, *, kind: str = "", reduced: str = "", reduced_kind: str = ""
) -> Part:
    """`kind` is its name in `DROP_ORDER` where it has a longer one of its own.

    `reduced_kind` is that of what is left of it; without one that always stays.
    """
    return Part(name, text, why, _priority(kind or name), reduced, _priority(reduced_kind))


def _priority(kind: str) -> int:
    return DROP_ORDER.index(kind) + 1 if kind in DROP_ORDER else 0


def join_parts(parts: Sequence[Part]) -> str:
    return PART_GAP.join(each.text for each in parts)


def count_call_tokens(system: str, user: str, count: TokenCount) -> int:
    return count(system) + count(user) + TURN_OVERHEAD_TOKENS


def fit_parts(parts: Sequence[Part], size: Callable[[str], int], max_tokens: int) -> FittedParts:
    """Drop parts until the call has at most `room` tokens, or until only those that stay are left.

    Of parts that are worth the same, the largest goes first, then the later: a huge one is not to
    take small ones along. `size` counts the call for a user text.
    """
    kept, dropped = [each for each in parts if each.text], []
    while (tokens := size(join_parts(kept))) > max_tokens:
        lowest = min((each.priority for each in kept if each.priority), default=0)
        if not lowest:
            break
        loose = [at for at, each in enumerate(kept) if each.priority == lowest]
        least = max(loose, key=lambda at: (size(kept[at].text) if len(loose) > 1 else 0, at))
        dropped.append(_name_dropped(kept[least]))
        kept[least : least + 1] = _reduce(kept[least])
    return FittedParts(tuple(kept), tuple(dropped), tokens)


def _name_dropped(gone: Part) -> str:
    return f"{gone.name}, all but a little" if gone.reduced else gone.name


def _reduce(gone: Part) -> list[Part]:
    left = replace(gone, text=gone.reduced, priority=gone.reduced_priority, reduced="")
    return [left] if gone.reduced else []
