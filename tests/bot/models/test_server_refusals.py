"""Whose fault a refusal is, in the fields and words that servers of models really send."""

import json

import pytest
from support.processor_time import require_within

from bot.models.server_refusals import find_message, find_refusal_cause

LM_STUDIO_FULL = (
    'Failed to load model "qwen3". Error: Model loading was stopped due to insufficient system'
    " resources."
)
LM_STUDIO_LONG = (
    "Trying to keep the first 11149 tokens when context the overflows. However, the model is loaded"
    " with context length of only 8192 tokens, which is not enough."
)
LM_STUDIO_KEPT = (
    "The number of tokens to keep from the initial prompt is greater than the context length"
    " (n_keep: 9000>= n_ctx: 8192)."
)
GEMINI_KEY = {
    "code": 400,
    "message": "API key not valid. Please pass a valid API key.",
    "status": "INVALID_ARGUMENT",
    "details": [{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "API_KEY_INVALID"}],
}
VLLM = (
    "This model's maximum context length is 8192 tokens. However, you requested 1024 output tokens"
    " and your prompt contains at least 7169 input tokens, for a total of at least 8193 tokens."
)
PASSED_ON = {
    "message": "Provider returned error",
    "code": 400,
    "metadata": {"raw": json.dumps({"error": {"message": VLLM}})},
}


@pytest.mark.parametrize(
    ("status", "error", "cause", "window"),
    [
        # llama-server
        (400, {"code": 400, "message": "request (9412 tokens) exceeds the available context size"
               " (8192 tokens), try increasing it", "type": "exceed_context_size_error",
               "n_prompt_tokens": 9412, "n_ctx": 8192}, "window", 8192),
        (503, {"code": 503, "message": "Loading model", "type": "unavailable_error"}, "outage", 0),
        # vLLM, of today and of 2024; passed on by OpenRouter
        (400, {"message": VLLM, "type": "BadRequestError", "code": 400}, "window", 8192),
        (400, {"message": "The decoder prompt (length 9004) is longer than the maximum model length"
               " of 8192. Make sure that `max_model_len` is no smaller."}, "window", 8192),
        (404, {"message": "The model `x` does not exist.", "type": "NotFoundError"}, "settings", 0),
        (400, PASSED_ON, "window", 8192),
        # Ollama
        (404, {"message": 'model "qwen3" not found, try pulling it first'}, "settings", 0),
        (503, {"message": "server busy, please try again.  maximum pending requests exceeded"},
         "outage", 0),
        (400, {"message": "prompt too long; exceeded max context length by 4021 tokens"}, "window", 0),
        (500, {"message": "model requires more system memory (19.1 GiB) than is available (1.0 GiB)"},
         "outage", 0),
        # LM Studio, of which `error` is a text
        (400, "No models loaded. Please load a model in the developer page.", "settings", 0),
        (400, "The model has crashed without additional information. (Exit code: null)", "outage", 0),
        (400, LM_STUDIO_FULL, "outage", 0),
        (400, LM_STUDIO_LONG, "window", 8192),
        (400, LM_STUDIO_KEPT, "window", 8192),
        # OpenAI
        (400, {"message": "Your input exceeds the context window of this model.",
               "code": "context_length_exceeded"}, "window", 0),
        (429, {"message": "You exceeded your current quota, please check your plan and billing"
               " details.", "type": "insufficient_quota", "code": "insufficient_quota"}, "settings", 0),
        (429, {"message": "A limit.", "type": "x", "code": "project_spend_limit_exceeded"},
         "settings", 0),
        (429, {"message": "Rate limit reached for gpt-5 on tokens per min (TPM): Limit 30000, Used"
               " 29000, Requested 2000. Please try again in 2s.", "code": "rate_limit_exceeded"},
         "outage", 0),
        (404, {"message": "The model `gpt-9` does not exist or you do not have access to it.",
               "code": "model_not_found"}, "settings", 0),
        # Anthropic
        (400, {"type": "invalid_request_error",
               "message": "prompt is too long: 213462 tokens > 200000 maximum"}, "window", 200_000),
        (413, {"type": "request_too_large", "message": "Request exceeds the maximum size"},
         "window", 0),
        (529, {"type": "overloaded_error", "message": "Overloaded"}, "outage", 0),
        (400, {"type": "invalid_request_error", "message": "Your credit balance is too low to access"
               " the Anthropic API."}, "settings", 0),
        (400, {"type": "invalid_request_error", "message": "You have reached your specified API usage"
               " limits. You will regain access on 2030-04-01 at 00:00 UTC."}, "settings", 0),
        (429, {"type": "rate_limit_error", "message": "It is over.",
               "details": {"error_code": "enforced_spend_limit_reached"}}, "settings", 0),
        # Gemini, as itself and, in a list, as OpenAI's
        (400, GEMINI_KEY, "settings", 0),
        (400, {"code": 400, "message": "User location is not supported for the API use.",
               "status": "FAILED_PRECONDITION"}, "settings", 0),
        (400, {"code": 400, "message": "The input token count (1196265) exceeds the maximum number of"
               " tokens allowed (1048575).", "status": "INVALID_ARGUMENT"}, "window", 1_048_575),
        (429, {"code": 429, "message": "You exceeded your current quota, please check your plan and"
               " billing details.\nPlease retry in 31.44s.", "status": "RESOURCE_EXHAUSTED"},
         "outage", 0),
        (503, {"code": 503, "message": "The model is overloaded. Please try again later.",
               "status": "UNAVAILABLE"}, "outage", 0),
        # xAI, Moonshot, Mistral, Together, DashScope
        (400, {"message": "This model's maximum prompt length is 131072 but the request contains"
               " 537812 tokens."}, "window", 131_072),
        (400, {"message": "Your request exceeded model token limit: 262144 (requested: 300000)"},
         "window", 262_144),
        (400, {"message": "Prompt contains 150000 tokens and 0 images, too large for model with"
               " 131072 maximum context length"}, "window", 131_072),
        (400, {"message": "The input (516368 tokens) is longer than the model's context length"
               " (262144 tokens)."}, "window", 262_144),
        (400, {"message": "Range of input length should be [1, 129024]"}, "window", 129_024),
        # of no provider: what is wrong may be the question
        (400, {"message": "messages: roles must alternate", "type": "invalid_request_error"}, "", 0),
    ],
)  # fmt: skip
@pytest.mark.parametrize("form", ["in error", "in a list"])
def test_a_refusal_is_read_as_its_server_sends_it(
    form: str, status: int, error: object, cause: str, window: int
) -> None:
    """A machine's fault is no attempt of a model, and a prompt too long is made shorter."""
    body: object = {"error": error}
    body = [body] if form == "in a list" else body
    message = find_message(body)
    assert message
    assert find_refusal_cause(status, body, message) == (cause, window)


def test_fields_say_it_where_the_words_are_of_another_language() -> None:
    body = {"error": {"message": "zu lang", "type": "exceed_context_size_error", "n_ctx": 4096}}
    assert find_refusal_cause(400, body, "zu lang") == ("window", 4096)


@pytest.mark.parametrize(
    "body", [None, "", "oops", [], {}, {"error": None}, {"error": {"details": 7}}, [[[[[[{}]]]]]]]
)
def test_any_other_answer_says_what_its_status_says(body: object) -> None:
    assert find_message(body) == ""
    assert find_refusal_cause(503, body, "") == ("outage", 0)


@pytest.mark.parametrize("piece", ["context ", "model ", "1", "length ", "prompt too ", "[{"])
def test_a_hostile_answer_takes_no_longer_than_it_is_long(piece: str) -> None:
    text = piece * (1_000_000 // len(piece))
    body = {"error": {"message": text, "metadata": {"raw": "[" * 100_000}}}
    require_within(0.5, lambda: find_refusal_cause(400, body, find_message(body)))
