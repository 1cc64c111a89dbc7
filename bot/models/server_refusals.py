"""What the servers of models say when they refuse, each in fields and words of its own.

Fields count before words: a code is made to be read by programs. What was looked up, as servers
sent it:
- The prompt is too long. llama.cpp: type `exceed_context_size_error` with `n_ctx`
  (tools/server/server-context.cpp); vLLM: "maximum context length is", formerly "longer than the
  maximum model length of" (vllm/v1/engine/processor.py); LM Studio, which says it of its own
  window: https://github.com/lmstudio-ai/lmstudio-bug-tracker/issues/546; Ollama says by how much;
  of a dozen hosted ones: https://github.com/earendil-works/pi, packages/ai/src/utils/overflow.ts
- Nothing is left to be spent. OpenAI has four codes beside `insufficient_quota`:
  https://developers.openai.com/api/docs/guides/error-codes; Anthropic answers 400, or 429 with
  `enforced_spend_limit_reached`, and says from when on it answers again:
  https://platform.claude.com/docs/en/api/rate-limits
- A key or a place that Gemini refuses is a 400 there:
  https://ai.google.dev/gemini-api/docs/troubleshooting
- LM Studio answers 400, too, where a model crashed or cannot be loaded:
  https://github.com/lmstudio-ai/lmstudio-bug-tracker/issues/1202
"""

import json
import re
from collections.abc import Iterator, Mapping

from bot.models.model import Cause, find_cause
from bot.models.token_estimate import bounded_count

MAX_SEARCHED_CHARACTERS = 2000
_MAX_DEPTH, _MAX_ITEMS = 6, 4
_BAD_REQUESTS = frozenset({400, 422})
# 413 Content Too Large, and 500, by which older llama.cpp servers said it.
_TOO_LONG_STATUSES = _BAD_REQUESTS | {413, 500}
_NO_CREDIT_STATUSES = frozenset({400, 402, 403, 429})
_TOO_LONG_CODES = frozenset(
    {"exceed_context_size_error", "context_length_exceeded", "request_too_large"}
)
_NO_CREDIT_CODES = frozenset(
    {
        "insufficient_quota",
        "credit_balance_exhausted",
        "organization_spend_limit_exceeded",
        "project_spend_limit_exceeded",
        "organization_usage_limit_exceeded",
        "enforced_spend_limit_reached",
        "billing_error",
        "billing_hard_limit_reached",
    }
)
_SETTINGS_CODES = frozenset(
    {"model_not_found", "invalid_api_key", "API_KEY_INVALID", "FAILED_PRECONDITION"}
)
_CODE_KEYS = ("type", "code", "status", "reason", "error_code")
_TOO_LONG = re.compile(
    r"context.{0,20}(?:length|size|window)|(?:prompt|input|request).{0,40}too (?:long|large)"
    r"|maximum.{0,20}tokens|maximum (?:prompt|model|allowed input) length|token limit: \d"
    r"|token count.{0,40}exceeds|reduce the length of the messages"
    r"|input length should be \[",
    re.IGNORECASE,
)
# By how much it is too long is no window, and neither is the prompt's own length.
_WINDOWS = (
    re.compile(r"n_ctx[:=]? ?(\d{3,9})", re.IGNORECASE),
    re.compile(r"with (\d{3,9}) maximum context length", re.IGNORECASE),
    re.compile(
        r"(?:context.{0,20}(?:length|size|window)|(?:prompt|model|allowed input) length (?:is|of)"
        r"|token limit|limit of|tokens allowed|length should be \[1,)"
        r"(?! by\b)[^\d]{0,24}(\d{3,9})\b",
        re.IGNORECASE,
    ),
    re.compile(r"> ?(\d{3,9})\b"),
)
_UNKNOWN_MODEL = re.compile(
    r"model.{0,80}(?:not (?:found|exist|a valid|loaded|available)|does ?n.t exist|unknown)"
    r"|(?:unknown|invalid|no such|not a valid) model|no models? loaded|api key not valid",
    re.IGNORECASE,
)
# No waiting brings money back.
NO_CREDIT = re.compile(
    r"insufficient_quota|credit balance is too low|insufficient (?:balance|credits|funds)"
    r"|reached your (?:specified )?(?:workspace )?API usage limits?|credit_balance_exhausted"
    r"|(?:spend|usage)_limit_(?:exceed|reach)ed",
    re.IGNORECASE,
)
_IN_TROUBLE = re.compile(
    r"model (?:has )?crashed|failed to load (?:the |llm |model)|model (?:is|was) unloaded"
    r"|loading was stopped due to insufficient",
    re.IGNORECASE,
)


def find_refusal_cause(status: int, body: object, message: str) -> tuple[Cause, int]:
    """Whose fault the status is, and the server's window where the prompt was longer."""
    told = list(_list_objects(body))
    codes = {str(each[key]) for each in told for key in _CODE_KEYS if each.get(key)}
    said = message[:MAX_SEARCHED_CHARACTERS]
    if status in _TOO_LONG_STATUSES and (codes & _TOO_LONG_CODES or _TOO_LONG.search(said)):
        # llama-server names its window in a field of its own.
        named = (bounded_count(each.get("n_ctx")) for each in told)
        return "window", next(filter(None, named), 0) or _find_window(said)
    if status in _NO_CREDIT_STATUSES and (codes & _NO_CREDIT_CODES or NO_CREDIT.search(said)):
        return "settings", 0
    if status in _BAD_REQUESTS and _IN_TROUBLE.search(said):
        return "outage", 0
    if status in _BAD_REQUESTS and (codes & _SETTINGS_CODES or _UNKNOWN_MODEL.search(said)):
        return "settings", 0
    return find_cause(status), 0


def find_message(body: object) -> str:
    """The server's own sentence; empty where its answer has none of a form that is known."""
    for each in _list_objects(body):
        for key in ("message", "error"):
            if isinstance(text := each.get(key), str) and text:
                return text
    return ""


def _find_window(said: str) -> int:
    return int(next((m[1] for form in _WINDOWS if (m := form.search(said))), "0"))


def _list_objects(body: object, depth: int = 0) -> Iterator[Mapping[str, object]]:
    """The innermost first: an answer passed on has the other's in it, as an object or as text.

    OpenAI and Anthropic nest theirs in `error`, Gemini in a list where it is asked as OpenAI is,
    OpenRouter has that of the server it asked in `metadata.raw`:
    https://openrouter.ai/docs/api/reference/errors-and-debugging
    """
    if depth > _MAX_DEPTH:
        return
    if isinstance(body, str) and depth and body.lstrip()[:1] in {"{", "["}:
        try:
            yield from _list_objects(json.loads(body), depth)
        except (ValueError, RecursionError):
            return
    elif isinstance(body, list):
        for each in body[:_MAX_ITEMS]:
            yield from _list_objects(each, depth + 1)
    elif isinstance(body, dict):
        for key in ("error", "details", "metadata", "raw"):
            yield from _list_objects(body.get(key), depth + 1)
        yield body
