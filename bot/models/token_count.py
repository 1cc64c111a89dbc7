"""Count tokens for the models that may be asked: by their own tokenizer, or an estimate."""

from collections.abc import Callable, Iterable, Sequence
from functools import cache
from typing import Protocol, runtime_checkable

from bot.models.model import Model, ModelError
from bot.models.token_estimate import ANY, TURN_OVERHEAD_TOKENS, Family, family_of, tokens_of_weight

TokenCount = Callable[[str], int]
"""Tokens in a text, never fewer than the true count."""
BORDER_TOKENS = 1
"""Two texts side by side may be a token more than both alone: their border is cut otherwise."""


@runtime_checkable
class ExactTokenizer(Protocol):
    """A model that knows its tokenizer. Asking it may start it; raises ModelError."""

    def count_tokens_of(self, texts: Sequence[str]) -> list[int]: ...

    def turn_overhead(self) -> int:
        """What its chat template adds around a system and a user text, at most."""
        ...


class EstimatedCount:
    """A model whose tokenizer is elsewhere."""

    overhead = TURN_OVERHEAD_TOKENS

    def __init__(self, family: Family) -> None:
        self._family = family

    def count_total(self, texts: Sequence[str]) -> int:
        return tokens_of_weight(sum(map(self._family.weigh_text, texts)))

    def count_line(self, text: str) -> int:
        return -(-self._family.weigh_text(text) // 100)


class ExactCount:
    """A model that tells its own count. While it cannot answer, the estimate for any model holds.

    Its failure is told when it is asked: a count is no place to give up a chain's other models.
    """

    def __init__(self, model: ExactTokenizer) -> None:
        self._model = model
        self._counts: dict[str, int] = {}
        self._instead = EstimatedCount(ANY)

    def count_total(self, texts: Sequence[str]) -> int:
        unknown = list(dict.fromkeys(text for text in texts if text not in self._counts))
        try:
            counts = self._model.count_tokens_of(unknown) if unknown else []
        except ModelError:
            return self._instead.count_total(texts)
        self._counts.update(zip(unknown, counts, strict=True))
        return sum(self._counts[text] for text in texts) + BORDER_TOKENS * max(0, len(texts) - 1)

    def count_line(self, text: str) -> int:
        return self.count_total([text])

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

    def __init__(self, models: Sequence[EstimatedCount | ExactCount]) -> None:
        self._models = models

    def __call__(self, text: str) -> int:
        return self.count_total([text])

    def count_total(self, texts: Sequence[str]) -> int:
        """Of texts put one after the other; where a line ends is a good place to cut."""
        return max(model.count_total(texts) for model in self._models)

    def count_line(self, text: str) -> int:
        """What a line adds to others: an estimate has its slack once, not for each line.

        Lines that fit by this may be a slack too many: count the whole at last.
        """
        return max(model.count_line(text) for model in self._models)

    def count_call(self, texts: Sequence[str]) -> int:
        """Of a whole call: its system text first, then the parts of the user's."""
        return max(model.count_total(texts) + model.overhead for model in self._models)


def counter_for(models: Iterable[Model]) -> Counter:
    """Exact for each model that can tell. Starts such a model at its first count."""
    return Counter([_counter_of(model) for model in models])


def estimator_for(names: Iterable[str]) -> Counter:
    """For models that are only named, as in the configuration: starts none."""
    return _estimator_for_families(tuple(dict.fromkeys(family_of(name) for name in names)))


@cache
def _estimator_for_families(families: tuple[Family, ...]) -> Counter:
    return Counter([EstimatedCount(kin) for kin in families or (ANY,)])


ESTIMATE = _estimator_for_families((ANY,))
"""For a model nobody knows."""


def count_line(count: TokenCount, line: str) -> int:
    """What a line adds to others, as closely as `count` can tell."""
    return count.count_line(line) if isinstance(count, Counter) else count(line)


def _counter_of(model: Model) -> EstimatedCount | ExactCount:
    return (
        ExactCount(model)
        if isinstance(model, ExactTokenizer)
        else EstimatedCount(family_of(model.name))
    )
