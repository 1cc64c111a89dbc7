"""A model's name in the configuration, `KIND:NAME`, read once."""

from dataclasses import dataclass
from importlib import import_module

from bot.errors import UserError, find_nearest

# The prefixes: https://ai.pydantic.dev/models/overview/
# The extras: https://ai.pydantic.dev/install/#slim-install
HOSTED_KINDS: dict[str, tuple[str, str]] = {
    "openai-chat": ("openai", "openai"),
    "openai": ("openai", "openai"),
    "openai-responses": ("openai", "openai"),
    "anthropic": ("anthropic", "anthropic"),
    "google": ("google", "google.genai"),
    "google-cloud": ("google", "google.genai"),
    "azure": ("openai", "openai"),
    "bedrock": ("bedrock", "boto3"),
    "mistral": ("mistral", "mistralai"),
    "groq": ("groq", "groq"),
    "cohere": ("cohere", "cohere"),
    "xai": ("xai", "xai_sdk"),
    "huggingface": ("huggingface", "huggingface_hub"),
    "openrouter": ("openai", "openai"),
    "ollama": ("openai", "openai"),
    "vllm": ("openai", "openai"),
    "litellm": ("openai", "openai"),
    "deepseek": ("openai", "openai"),
    "cerebras": ("openai", "openai"),
    "fireworks": ("openai", "openai"),
    "together": ("openai", "openai"),
    "moonshotai": ("openai", "openai"),
    "nebius": ("openai", "openai"),
    "ovhcloud": ("openai", "openai"),
    "alibaba": ("openai", "openai"),
    "sambanova": ("openai", "openai"),
    "vercel": ("openai", "openai"),
    "heroku": ("openai", "openai"),
    "zai": ("openai", "openai"),
}
"""Provider prefix -> (the extra of pydantic-ai-slim that brings it, a module of that extra)."""

LOCAL_KINDS = ("llama-cpp", "cli", "script")


@dataclass(frozen=True, slots=True)
class Spec:
    kind: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind}:{self.name}"


def parse_spec(text: str) -> Spec:
    """Raises UserError for an unknown kind, and for an empty name."""
    kind, colon, name = text.partition(":")
    known = [*LOCAL_KINDS, *HOSTED_KINDS]
    if not colon or kind not in known:
        nearest = find_nearest(kind, known) if kind not in known else ""
        hint = f"Did you mean {nearest}? " if nearest else ""
        hint = f"{hint}Write KIND:NAME; known kinds: {', '.join(known)}."
        raise UserError(f"unknown kind of model {text!r}", where="models", hint=hint)
    if not name.strip():
        raise UserError(f"no name after {text!r}", where="models", hint=f"Write {kind}:NAME.")
    return Spec(kind, name.strip())


def preload_hosted(kind: str) -> None:
    """Raises ImportError where the provider's extra is not installed."""
    for name in ("git.cmd", "tree_sitter_language_pack", "markdown_it", "pydantic_ai.direct"):
        import_module(name)
    from pydantic_ai.providers import infer_provider_class  # noqa: PLC0415 takes most of a second

    infer_provider_class(kind)
    import_module(f"pydantic_ai.models.{HOSTED_KINDS[kind][0]}")
