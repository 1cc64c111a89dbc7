"""Whether two names are of one model: as the settings have it, and as the ledger does."""

from collections.abc import Collection, Sequence


def is_same_model(one: str, other: str) -> bool:
    """By the model's own name: where it runs, and by which API it is asked, makes it no other."""
    return bool(one and other) and _own_name(one) == _own_name(other)


def order_models(models: Sequence[str], authors: Collection[str]) -> tuple[str, ...]:
    """Those that wrote nothing of the change first; else in the order of the settings."""
    wrote = [any(is_same_model(model, author) for author in authors) for model in models]
    return (
        *(model for model, own in zip(models, wrote, strict=True) if not own),
        *(model for model, own in zip(models, wrote, strict=True) if own),
    )


def _own_name(model: str) -> str:
    kind, _, name = model.partition(":")
    # A name may have a colon of its own, and no kind before it: `qwen2.5-coder:7b`.
    name = name if kind.replace("-", "").isalpha() and name else model
    return name.rpartition("/")[2].casefold()
