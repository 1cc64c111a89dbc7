"""What the first call to a hosted model imports: more than a second of it."""

from importlib import import_module

from bot.models.spec import HOSTED_KINDS


def warm(kind: str) -> None:
    """Raises ImportError where the provider's extra is not installed."""
    for name in ("git.cmd", "tree_sitter_language_pack", "markdown_it", "pydantic_ai.direct"):
        import_module(name)
    from pydantic_ai.providers import infer_provider_class  # noqa: PLC0415 takes most of a second

    infer_provider_class(kind)
    import_module(f"pydantic_ai.models.{HOSTED_KINDS[kind][0]}")
