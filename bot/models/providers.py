"""Where each provider lists its models for nothing, and which variable its key is usually in."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from bot.config.tiers import TierSettings
from bot.models.spec import Spec


@dataclass(frozen=True, slots=True)
class Provider:
    """`url` answers GET with a list of models; `header` is what the key goes into."""

    url: str
    key_env: str
    header: Literal["bearer", "x-api-key", "x-goog-api-key"] = "bearer"


# The variables: https://ai.pydantic.dev/models/overview/
# The lists: https://platform.openai.com/docs/api-reference/models/list
# https://docs.anthropic.com/en/api/models-list
# https://ai.google.dev/api/models#method:-models.list
# https://openrouter.ai/docs/api-reference/list-available-models
_OPENAI = Provider("https://api.openai.com/v1/models", "OPENAI_API_KEY")
PROVIDERS: dict[str, Provider] = {
    "openai": _OPENAI,
    "openai-chat": _OPENAI,
    "openai-responses": _OPENAI,
    "anthropic": Provider(
        "https://api.anthropic.com/v1/models?limit=1000", "ANTHROPIC_API_KEY", "x-api-key"
    ),
    "google": Provider(
        "https://generativelanguage.googleapis.com/v1beta/models?pageSize=1000",
        "GOOGLE_API_KEY",
        "x-goog-api-key",
    ),
    "openrouter": Provider("https://openrouter.ai/api/v1/models", "OPENROUTER_API_KEY"),
    "mistral": Provider("https://api.mistral.ai/v1/models", "MISTRAL_API_KEY"),
    "groq": Provider("https://api.groq.com/openai/v1/models", "GROQ_API_KEY"),
    "deepseek": Provider("https://api.deepseek.com/models", "DEEPSEEK_API_KEY"),
    "cerebras": Provider("https://api.cerebras.ai/v1/models", "CEREBRAS_API_KEY"),
    "together": Provider("https://api.together.xyz/v1/models", "TOGETHER_API_KEY"),
    "moonshotai": Provider("https://api.moonshot.ai/v1/models", "MOONSHOTAI_API_KEY"),
    "xai": Provider("https://api.x.ai/v1/models", "XAI_API_KEY"),
}


ADDRESS_VARIABLES = {
    "ollama": "OLLAMA_BASE_URL",
    "vllm": "VLLM_BASE_URL",
    **dict.fromkeys(("openai", "openai-chat", "openai-responses"), "OPENAI_BASE_URL"),
}
"""Where the library looks for a server's address that the tier does not give.

https://ai.pydantic.dev/models/ollama/, https://ai.pydantic.dev/models/openai/
"""


@dataclass(frozen=True, slots=True)
class ModelList:
    """What to ask: `url` with `headers`. `key_env` names the variable that is unset, if one is.

    `address` is that of a server which somebody named, empty for the provider's own.
    """

    url: str
    headers: Mapping[str, str]
    key_env: str = ""
    address: str = ""


def find_address(spec: Spec, tier: TierSettings, env: Mapping[str, str]) -> str:
    """The address in the tier, or in the variable of its kind; empty for the provider's own."""
    return tier.base_url or env.get(ADDRESS_VARIABLES.get(spec.kind, ""), "").strip()


def find_model_list(spec: Spec, tier: TierSettings, env: Mapping[str, str]) -> ModelList | None:
    """None where nobody lists them for nothing: a provider of another kind, a program, a file."""
    provider = PROVIDERS.get(spec.kind)
    if address := find_address(spec, tier, env):
        end = "/v1/models" if spec.kind == "anthropic" else "/models"
        header = provider.header if provider else "bearer"
        # A provider's own key never goes to an address that the settings name.
        named = tier.api_key_env or ("" if tier.base_url or not provider else provider.key_env)
        key = env.get(named, "").strip() if named else ""
        url = f"{address.rstrip('/')}{end}"
        return ModelList(url, _to_headers(header, key), address=address)
    if provider is None:
        return None
    key_env = tier.api_key_env or provider.key_env
    key = env.get(key_env, "").strip()
    return ModelList(provider.url, _to_headers(provider.header, key), "" if key else key_env)


def _to_headers(header: str, key: str) -> dict[str, str]:
    if not key:
        return {}
    if header == "bearer":
        return {"Authorization": f"Bearer {key}"}
    # https://docs.anthropic.com/en/api/versioning
    version = {"anthropic-version": "2023-06-01"} if header == "x-api-key" else {}
    return {header: key, **version}
