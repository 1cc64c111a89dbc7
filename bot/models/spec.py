"""A model's name in the configuration, `KIND:NAME`, read once."""

from dataclasses import dataclass
from importlib import import_module
from pathlib import PurePath

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

LOCAL_KINDS = ("llama-server", "llama-cpp", "cli", "agent", "script")
SERVER_CLIENT = "openai-chat"
"""The kind as which a llama-server is asked."""
FILE_KINDS = frozenset({"llama-server", "llama-cpp"})
"""Kinds whose name is a model's file, which llama.cpp runs on this machine."""


@dataclass(frozen=True, slots=True)
class Spec:
    kind: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind}:{self.name}"


def parse_spec(text: str) -> Spec:
    """Raises UserError for an unknown kind, and for an empty name."""
    kind, colon, name = text.partition(":")
    if not colon or kind not in {*LOCAL_KINDS, *HOSTED_KINDS}:
        what = f"unknown kind of model {text!r}"
        raise UserError(what, where="models", hint=_suggest(text))
    if not name.strip():
        raise UserError(f"no name after {text!r}", where="models", hint=f"Write {kind}:NAME.")
    return Spec(kind, name.strip())


def name_model(model: str) -> str:
    """Of a file its name alone: where it lies says whose machine this is."""
    kind, colon, name = model.rpartition(":")
    return f"{kind}{colon}{PurePath(name).name}" if name.startswith(("/", "~")) else model


def _suggest(text: str) -> str:
    """What the name may have been meant as. An Ollama's has a colon too: `qwen2.5-coder:7b`."""
    known = (*LOCAL_KINDS, *HOSTED_KINDS)
    near = find_nearest(text.partition(":")[0], known)
    meant = f"Did you mean {near}? " if near else ""
    if text.endswith(".gguf"):
        write = f'Write "llama-server:{text}" for a file, or "llama-cpp:{text}" in this process'
    else:
        write = (
            f'Write "openai-chat:{text or "NAME"}" for a server of your own, with its `base_url`'
        )
    return f"{meant}{write}; else KIND:NAME. Known kinds: {', '.join(known)}."


def preload_hosted(kind: str) -> None:
    """Raises ImportError where the provider's extra is not installed."""
    for name in ("git.cmd", "tree_sitter_language_pack", "markdown_it", "pydantic_ai.direct"):
        import_module(name)
    from pydantic_ai.providers import infer_provider_class  # noqa: PLC0415 takes most of a second

    infer_provider_class(kind)
    import_module(f"pydantic_ai.models.{HOSTED_KINDS[kind][0]}")
