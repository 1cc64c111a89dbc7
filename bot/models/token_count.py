"""Count tokens for the models that may be asked: by their own tokenizer, or an estimate."""

from collections.abc import Callable, Iterable, Sequence
from functools import cache
from typing import Protocol, runtime_checkable

from bot.models.model import Model, ModelError
from bot.models.token_estimate import ANY, TURN_OVERHEAD, Family, family, tokens

TokenCount = Callable[[str], int]
"""Tokens in a text, never fewer than the true count."""
BORDER = 1
"""Two texts side by side may be a token more than both alone: their border is cut otherwise."""


@runtime_checkable
class Exact(Protocol):
    """A model that knows its tokenizer. Asking it may start it; raises ModelError."""

    def count_all(self, texts: Sequence[str]) -> list[int]: ...

    def turn_overhead(self) -> int:
        """What its chat template adds around a system and a user text, at most."""
        ...


class Estimated:
    """A model whose tokenizer is elsewhere."""

    overhead = TURN_OVERHEAD

    def __init__(self, kin: Family) -> None:
        self._kin = kin

    def total(self, texts: Sequence[str]) -> int:
        return tokens(sum(map(self._kin.weigh, texts)))

    def beside(self, text: str) -> int:
        return -(-self._kin.weigh(text) // 100)


class Counted:
    """A model that tells its own count. While it cannot answer, the estimate for any model holds.

    Its failure is told when it is asked: a count is no place to give up a chain's other models.
    """

    def __init__(self, model: Exact) -> None:
        self._model = model
        self._counts: dict[str, int] = {}
        self._instead = Estimated(ANY)

    def total(self, texts: Sequence[str]) -> int:
        unknown = list(dict.fromkeys(text for text in texts if text not in self._counts))
        try:
            counts = self._model.count_all(unknown) if unknown else []
        except ModelError:
            return self._instead.total(texts)
        self._counts.update(zip(unknown, counts, strict=True))
        return sum(self._counts[text] for text in texts) + BORDER * max(0, len(texts) - 1)

    def beside(self, text: str) -> int:
        return self.total([text])

    @property
    def overhead(self) -> int:
        try:
            return self._model.turn_overhead()
        except ModelError:
            return self._instead.overhead


class Counter:
    """The largest count over a chain's models: any of them may be the one that is asked.

    Each text is counted once, however often it comes back: keep one counter while a prompt is
    fitted, and pass its parts.
    """

    def __init__(self, models: Sequence[Estimated | Counted]) -> None:
        self._models = models

    def __call__(self, text: str) -> int:
        return self.total([text])

    def total(self, texts: Sequence[str]) -> int:
        """Of texts put one after the other; where a line ends is a good place to cut."""
        return max(model.total(texts) for model in self._models)

    def beside(self, text: str) -> int:
        """What a line adds to others: an estimate has its slack once, not for each line.

        Lines that fit by this may be a slack too many: count the whole at last.
        """
        return max(model.beside(text) for model in self._models)

    def call(self, texts: Sequence[str]) -> int:
        """Of a whole call: its system text first, then the parts of the user's."""
        return max(model.total(texts) + model.overhead for model in self._models)


def counter(models: Iterable[Model]) -> Counter:
    """Exact for each model that can tell. Starts such a model at its first count."""
    return Counter([_of(model) for model in models])


def estimator(names: Iterable[str]) -> Counter:
    """For models that are only named, as in the configuration: starts none."""
    return _estimator(tuple(dict.fromkeys(family(name) for name in names)))


@cache
def _estimator(families: tuple[Family, ...]) -> Counter:
    return Counter([Estimated(kin) for kin in families or (ANY,)])


ESTIMATE = _estimator((ANY,))
"""For a model nobody knows."""


def beside(count: TokenCount, line: str) -> int:
    """What a line adds to others, as closely as `count` can tell."""
    return count.beside(line) if isinstance(count, Counter) else count(line)


def _of(model: Model) -> Estimated | Counted:
    return Counted(model) if isinstance(model, Exact) else Estimated(family(model.name))
