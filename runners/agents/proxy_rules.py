"""What an agent's CLI may ask of its model's server: pure, over what the proxy has read.

Its words and its tools' output may be an attacker's. A model's provider can fetch addresses, run
tools and keep data for whoever asks, so a request for the right path may still lead elsewhere:
whatever has the provider itself act is refused.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from bot.models.agent_cli.agent import Wire

ENDPOINTS: Mapping[Wire, str] = {
    "chat": "/v1/chat/completions",
    "responses": "/v1/responses",
    "messages": "/v1/messages",
}
COUNT_PATH = "/v1/messages/count_tokens"
"""Costs nothing. https://docs.anthropic.com/en/api/messages-count-tokens"""
MODELS_PATH = "/v1/models"
BETA_QUERY = "?beta=true"
"""Anthropic's own client sends it with each request that names a beta."""
OUTPUT_KEYS: Mapping[Wire, tuple[str, ...]] = {
    "chat": ("max_tokens", "max_completion_tokens"),
    "responses": ("max_output_tokens",),
    "messages": ("max_tokens",),
}
_SHARED_KEYS = ("metadata", "model", "stream", "temperature", "tool_choice", "tools", "top_p")
_OPENAI_KEYS = ("parallel_tool_calls", "prompt_cache_key", "safety_identifier", "store", "user")
# https://platform.openai.com/docs/api-reference/chat/create
# https://platform.openai.com/docs/api-reference/responses/create
# https://docs.anthropic.com/en/api/messages
KEPT_KEYS: Mapping[Wire, frozenset[str]] = {
    "chat": frozenset(
        {
            *_SHARED_KEYS, *_OPENAI_KEYS, *OUTPUT_KEYS["chat"], "frequency_penalty", "logit_bias",
            "messages", "min_p", "presence_penalty", "reasoning_effort", "response_format", "seed",
            "stop", "top_k", "verbosity",
        }
    ),
    "responses": frozenset(
        {
            *_SHARED_KEYS, *_OPENAI_KEYS, *OUTPUT_KEYS["responses"], "client_metadata", "include",
            "input", "instructions", "reasoning", "text", "truncation",
        }
    ),
    "messages": frozenset(
        {
            *_SHARED_KEYS, *OUTPUT_KEYS["messages"], "cache_control", "context_management",
            "messages", "output_config", "output_format", "stop_sequences", "system", "thinking",
            "top_k",
        }
    ),
}  # fmt: skip
"""Of a request's body. Others are left out: gateways have some for other models or servers."""
REFUSED_KEYS = (
    "background",
    "container",
    "conversation",
    "mcp_servers",
    "plugins",
    "previous_response_id",
    "prompt",
    "web_search_options",
)
"""Keys by which a provider would act, or keep something, beside answering."""
# The others are run by the provider: https://platform.openai.com/docs/guides/tools
# https://docs.anthropic.com/en/docs/agents-and-tools/tool-use/overview
OWN_TOOLS = ("apply_patch", "custom", "function", "local_shell")
OWN_TOOL_PREFIXES = ("bash_", "text_editor_")
MAX_DEPTH = 64


class RequestRefusedError(Exception):
    """Told to the CLI with this status of HTTP, and to people with the attempt."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status
        self.why = why


@dataclass(frozen=True, slots=True)
class AllowedRequest:
    """`path` is below the server's address, empty for the list of models, which is ours to give.

    `is_counted`: it has the model work.
    """

    path: str
    body: bytes
    is_counted: bool = True


def allow_request(  # noqa: PLR0913, PLR0917  # a request, and what is allowed
    method: str, target: str, body: bytes, wire: Wire, model: str, most_output: int
) -> AllowedRequest:
    """The request as it is sent on. Raises RequestRefusedError."""
    if (method, target) == ("GET", MODELS_PATH):
        return AllowedRequest("", b"", is_counted=False)
    endpoint = ENDPOINTS[wire]
    path = target.removesuffix(BETA_QUERY)
    if method != "POST" or path not in {endpoint, COUNT_PATH if wire == "messages" else endpoint}:
        raise RequestRefusedError(403, f"{method} {target[:100]!r} is none of the model's own")
    read = _read_body(body)
    if read.get("model") != model:
        asked = str(read.get("model"))[:100]
        raise RequestRefusedError(403, f"the model {asked!r} was asked for, only {model} may be")
    refuse_provider_work(read)
    counted = path == endpoint
    kept = {key: value for key, value in read.items() if key in KEPT_KEYS[wire]}
    sent = _bound_output(kept, wire, most_output) if counted else kept
    # Written anew, so that no server reads another request in the same bytes.
    return AllowedRequest(target.removeprefix("/v1"), json.dumps(sent).encode(), counted)


def _read_body(body: bytes) -> dict[str, Any]:
    try:
        read = json.loads(body, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as exc:
        raise RequestRefusedError(400, "the body is no JSON") from exc
    if not isinstance(read, dict):
        raise RequestRefusedError(400, "the body is no object of JSON")
    return read


def _refuse_constant(name: str) -> None:
    """Python reads them, and no other. https://www.rfc-editor.org/rfc/rfc8259#section-6."""
    raise ValueError(name)


def refuse_provider_work(body: Mapping[str, Any]) -> None:
    """Raises RequestRefusedError for what has the provider fetch, run or keep anything."""
    for key in REFUSED_KEYS:
        if body.get(key):
            raise RequestRefusedError(403, f"`{key}` has the provider act, which none may here")
    tools = body.get("tools") or []
    for kind in _list_tool_kinds(tools) if isinstance(tools, list) else ("?",):
        if kind not in OWN_TOOLS and not kind.startswith(OWN_TOOL_PREFIXES):
            raise RequestRefusedError(403, f"the tool {kind[:60]!r} is run by the provider")
    for part in _list_objects([body.get(key) for key in ("input", "messages", "system")]):
        if why := _find_outside(part):
            raise RequestRefusedError(403, f"{why}, which the provider would fetch")


def _list_tool_kinds(tools: list[Any]) -> Iterator[str]:
    """A tool without a kind is the caller's own, as Anthropic writes it."""
    for tool in tools:
        if isinstance(tool, dict):
            kind = str(tool.get("type") or "custom")
            # A namespace holds tools of the caller's: https://platform.openai.com/docs/api-reference/responses
            nested = tool.get("tools") if kind == "namespace" else None
            yield from _list_tool_kinds(nested) if isinstance(nested, list) else (kind,)
        else:
            yield "?"


def _list_objects(values: list[Any]) -> Iterator[dict[str, Any]]:
    """All objects of a request's content. Raises RequestRefusedError where it is too deep."""
    to_visit = [(value, 0) for value in values]
    while to_visit:
        value, depth = to_visit.pop()
        if depth > MAX_DEPTH:
            raise RequestRefusedError(400, "the body is nested too deep")
        if isinstance(value, dict):
            yield value
            to_visit += [(each, depth + 1) for each in value.values()]
        elif isinstance(value, list):
            to_visit += [(each, depth + 1) for each in value]


def _find_outside(part: Mapping[str, Any]) -> str:
    """What of an image's or a document's part is not in the request itself."""
    kind = part.get("type")
    if kind in {"image_url", "input_image"}:
        image = part.get("image_url")
        url = image.get("url") if isinstance(image, dict) else image
        inside = url is None or str(url).startswith("data:")
        return "" if inside and not part.get("file_id") else "an image by its address"
    if kind in {"file", "input_file"}:
        names = ("file_url", "file_id")
        file = part.get("file")
        has = any(part.get(n) or (isinstance(file, dict) and file.get(n)) for n in names)
        return "a file by its address" if has else ""
    if kind in {"image", "document"} and isinstance(source := part.get("source"), dict):
        inside = source.get("type") in {"base64", "content", "text"}
        return "" if inside else f"a {kind} by its address"
    return "a file of the provider's" if kind == "container_upload" else ""


def _bound_output(body: dict[str, Any], wire: Wire, most: int) -> dict[str, Any]:
    """With no more room for the answer than the tier has, and usage told in a stream."""
    keys = OUTPUT_KEYS[wire]
    asked = {key: body[key] for key in keys if isinstance(body.get(key), int)}
    bounded = {key: min(value, most) for key, value in asked.items()} or {keys[0]: most}
    told = {"stream_options": {"include_usage": True}} if wire == "chat" else {}
    forgotten = {"store": False} if wire == "responses" or "store" in body else {}
    return {**body, **bounded, **forgotten, **(told if body.get("stream") is True else {})}
