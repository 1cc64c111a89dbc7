"""Count tokens for the models that may be asked: by their own tokenizer, or an estimate."""

from collections.abc import Callable, Iterable, Sequence
from functools import cache
from typing import Protocol, runtime_checkable

from bot.models.model import Model, ModelError
from bot.models.token_estimate import ANY, TURN_OVERHEAD_TOKENS, Family, family_of, tokens_of_weight

TokenCount = Callable[[str], int]
"""Tokens in a text, never fewer than the true count."""
BORDER_TOKENS = 1
"""Two texts side by side may be a token more than both alone: the text at the border may be split
in another way."""


@runtime_checkable
class ExactTokenizer(Protocol):
    """A model with its own tokenizer. A call may start the model; raises ModelError."""

    def count_tokens_of(self, texts: Sequence[str]) -> list[int]: ...

    def turn_overhead(self) -> int:
        """The most tokens its chat template adds around a system and a user text."""
        ...


class EstimatedCount:
    """Counts for a model whose tokenizer is not here, by the estimate for its family."""

    overhead = TURN_OVERHEAD_TOKENS

    def __init__(self, family: Family) -> None:
        self._family = family

    def count_total(self, texts: Sequence[str]) -> int:
        return tokens_of_weight(sum(map(self._family.weigh_text, texts)))

    def count_line(self, text: str) -> int:
        return -(-self._family.weigh_text(text) // 100)


class ExactCount:
    """Counts by a model's own tokenizer; while it cannot answer, by the estimate for any model.

    A count raises nothing for a model that fails: the chain has others, and meets the error when it
    asks that model.
    """

    def __init__(self, model: ExactTokenizer) -> None:
        self._model = model
        self._counts: dict[str, int] = {}
        self._fallback = EstimatedCount(ANY)

    def count_total(self, texts: Sequence[str]) -> int:
        unknown = list(dict.fromkeys(text for text in texts if text not in self._counts))
        try:
            counts = self._model.count_tokens_of(unknown) if unknown else []
        except ModelError:
            return self._fallback.count_total(texts)
        self._counts.update(zip(unknown, counts, strict=True))
        return sum(self._counts[text] for text in texts) + BORDER_TOKENS * max(0, len(texts) - 1)

    def count_line(self, text: str) -> int:
        return self.count_total([text])

    @property
    def overhead(self) -> int:
        try:
            return self._model.turn_overhead()
        except ModelError:
            return self._fallback.overhead


class Counter:
    """The largest count over a chain's models, because any of them may have to answer.

    Counts by a tokenizer are remembered: keep one counter while a prompt is fitted, and pass the
    prompt's parts.
    """

    def __init__(self, models: Sequence[EstimatedCount | ExactCount]) -> None:
        self._models = models

    def __call__(self, text: str) -> int:
        return self.count_total([text])

    def count_total(self, texts: Sequence[str]) -> int:
        """Tokens of texts put one after the other; a split at a line end costs the least."""
        return max(model.count_total(texts) for model in self._models)

    def count_line(self, text: str) -> int:
        """Tokens a line adds to others: an estimate has its slack once, not for each line.

        The sum lacks that slack: count the whole text once its lines are chosen.
        """
        return max(model.count_line(text) for model in self._models)

    def count_call(self, texts: Sequence[str]) -> int:
        """Tokens of a whole call: the system text, then the parts of the user text."""
        return max(model.count_total(texts) + model.overhead for model in self._models)


def counter_for(models: Iterable[Model]) -> Counter:
    """Exact for each model with a tokenizer here; the first count starts that model."""
    return Counter([_counter_of(model) for model in models])


def estimator_for(names: Iterable[str]) -> Counter:
    """Estimates for models that are only named, as in the configuration; starts none."""
    return _estimator_for_families(tuple(dict.fromkeys(family_of(name) for name in names)))


@cache
def _estimator_for_families(families: tuple[Family, ...]) -> Counter:
    return Counter([EstimatedCount(family) for family in families or (ANY,)])


ESTIMATE = _estimator_for_families((ANY,))
"""For an unknown model."""


def count_line(count: TokenCount, line: str) -> int:
    """Tokens a line adds to others; of a plain function, the line's own count."""
    return count.count_line(line) if isinstance(count, Counter) else count(line)


def _counter_of(model: Model) -> EstimatedCount | ExactCount:
    return (
        ExactCount(model)
        if isinstance(model, ExactTokenizer)
        else EstimatedCount(family_of(model.name))
    )
