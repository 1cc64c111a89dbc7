"""`openai-chat:NAME`, `anthropic:NAME`, ...: a model behind HTTP, by pydantic-ai's direct requests.

One event loop and one HTTP client a call, so that nothing outlives it and any thread may ask.
"""

import asyncio
import inspect
import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, cast

from bot.config.machine import TierSettings
from bot.errors import UserError
from bot.models.hosted_errors import explain_error
from bot.models.hosted_stream import StreamedReply, WatchFailedError, read_stream
from bot.models.model import ModelError, Prompt, Reply, Watch
from bot.models.spec import HOSTED_KINDS, Spec
from bot.models.token_estimate import MAX_CHARACTERS_PER_TOKEN
from bot.text.secrets import collect_credentials, redact_line, redact_reply

if TYPE_CHECKING:
    from pydantic_ai.models import Model as PydanticModel
    from pydantic_ai.settings import ModelSettings

PLACEHOLDER_KEY = "not-set"
"""Sent to a `base_url` without `api_key_env`, so that a provider's own key never goes there."""
# A chat request of OpenAI's has no `grammar`; one to llama.cpp's server has, and it is GBNF.
# https://github.com/ggml-org/llama.cpp/blob/master/tools/server/README.md
GRAMMAR_KINDS = ("openai-chat", "vllm", "litellm", "ollama")


class HostedModel:
    """The key is read when the tier is opened and stays out of names, errors and replies."""

    def __init__(self, spec: Spec, settings: TierSettings) -> None:
        self.name = str(spec)
        self._spec = spec
        self._settings = settings
        _require_extra(spec)
        self._key = _read_api_key(settings)
        self._secrets = (self._key or "", *collect_credentials(os.environ))

    def ask(self, prompt: Prompt, watch: Watch) -> Reply:
        """Ends within the tier's `timeout`, however slowly the server sends.

        Raises ModelError, also for an unusable reply; UserError for what a person can fix.
        """
        reply = StreamedReply()
        began = time.monotonic()
        with _event_loop() as loop, self._translate_errors(prompt, reply):
            loop.run_until_complete(self._stream(prompt, watch, reply))
        usage = reply.token_usage(prompt)
        return Reply(
            text=redact_reply(reply.text, self._secrets),
            tokens_in=usage.tokens_in,
            tokens_out=usage.tokens_out,
            tokens_cached=usage.cached,
            seconds=time.monotonic() - began,
            model=self.name,
            stop="cut" if reply.cut_why else "length" if reply.full else "end",
            cut_why=reply.cut_why,
        )

    def close(self) -> None:
        """Nothing stays open between calls."""

    async def _stream(self, prompt: Prompt, watch: Watch, reply: StreamedReply) -> None:
        from pydantic_ai import ModelRequest  # noqa: PLC0415 takes most of a second to import
        from pydantic_ai.direct import model_request_stream  # noqa: PLC0415 the same
        from pydantic_ai.models import create_async_httpx2_client  # noqa: PLC0415 the same

        # One request in the provider's own API, with no agent around it: https://ai.pydantic.dev/direct/
        messages = [ModelRequest.user_text_prompt(prompt.user, instructions=prompt.system or None)]
        model_settings = _model_settings(prompt, self._settings, self._spec)
        async with asyncio.timeout(self._settings.timeout), create_async_httpx2_client() as client:
            model = self._open_model(client)
            async with model_request_stream(
                model, messages, model_settings=model_settings
            ) as stream:
                await read_stream(stream, watch, reply, prompt.reply * MAX_CHARACTERS_PER_TOKEN)

    def _open_model(self, client: object) -> "PydanticModel":
        from pydantic_ai.models import infer_model  # noqa: PLC0415 takes most of a second
        from pydantic_ai.providers import infer_provider_class  # noqa: PLC0415 the same

        arguments = {
            "http_client": client,
            "api_key": self._key,
            "base_url": self._settings.base_url,
        }
        provider_class = infer_provider_class(self._spec.kind)
        accepted = _accepted_arguments(
            provider_class, {name: value for name, value in arguments.items() if value}
        )
        if self._settings.base_url and "base_url" not in accepted:
            hint = "Leave base_url out, or name the model as openai-chat:NAME."
            raise UserError(f"{self._spec.kind} takes no base_url", where=self.name, hint=hint)
        provider = provider_class(**accepted)
        model = infer_model(self.name, provider_factory=lambda _: provider)
        # By default a chat stream that ends without a finish reason counts as finished.
        # https://ai.pydantic.dev/api/profiles/
        profile = cast("dict[str, Any]", model.profile)
        profile["openai_chat_streaming_requires_finish_reason"] = True
        return model

    @contextmanager
    def _translate_errors(self, prompt: Prompt, reply: StreamedReply) -> Iterator[None]:
        """Turn whatever a provider raises into a ModelError or UserError without the key."""
        from pydantic_ai import exceptions  # noqa: PLC0415 takes most of a second to import

        try:
            yield
        except WatchFailedError as exc:
            raise exc.error from None
        except UserError:
            raise
        except exceptions.UserError as exc:
            message = redact_line(str(exc), self._secrets)
            if unset := re.search(r"[A-Z][A-Z0-9_]*_API_KEY", message):
                hint = "Set it, name another variable by api_key_env, or a server by base_url."
                raise UserError(f"{unset[0]} is not set", where=self.name, hint=hint) from None
            raise UserError(message, where=self.name, hint="Fix the tier's settings.") from None
        except Exception as exc:  # noqa: BLE001 a hostile server's bytes reach three parsers
            raise self._model_error(exc, prompt, reply) from None

    def _model_error(self, error: Exception, prompt: Prompt, reply: StreamedReply) -> ModelError:
        """A call that failed after its reply began is charged for the prompt and for that part."""
        settings = self._settings
        explanation = explain_error(error, self._secrets, settings.timeout, settings.base_url)
        began = bool(reply.text or reply.thought)
        spent = reply.token_usage(prompt)
        return ModelError(
            self.name,
            explanation.why,
            retryable=explanation.retryable,
            wait=explanation.wait,
            tokens_in=spent.tokens_in if began else 0,
            tokens_out=spent.tokens_out if began else 0,
        )


def _model_settings(prompt: Prompt, settings: TierSettings, spec: Spec) -> "ModelSettings":
    """Retries are off: the chain makes them. A grammar goes only to a `base_url`."""
    model_settings: ModelSettings = {
        "max_tokens": prompt.reply,
        "temperature": prompt.temperature,
        "seed": prompt.seed,
        "timeout": settings.timeout,
        # The providers' clients retry by themselves: https://github.com/openai/openai-python#retries
        "max_retries": 0,
    }
    if prompt.stop:
        model_settings["stop_sequences"] = list(prompt.stop)
    if prompt.grammar and settings.base_url and spec.kind in GRAMMAR_KINDS:
        model_settings["extra_body"] = {"grammar": prompt.grammar}
    return model_settings


def _accepted_arguments(provider: type[object], arguments: dict[str, Any]) -> dict[str, Any]:
    """Those of the arguments that a provider's constructor has a parameter for."""
    parameters = inspect.signature(provider).parameters
    return {name: value for name, value in arguments.items() if name in parameters}


def _require_extra(spec: Spec) -> None:
    extra, module = HOSTED_KINDS[spec.kind]
    try:
        installed = find_spec("pydantic_ai") and find_spec(module)
    except ModuleNotFoundError:
        installed = None
    if installed is None:
        hint = f'Run: pip install "pydantic-ai-slim[{extra}]"'
        problem = f"{spec.kind} models need a package that is absent"
        raise UserError(problem, where=str(spec), hint=hint)


def _read_api_key(settings: TierSettings) -> str | None:
    """None means the provider's own variable, which is never sent to a `base_url`."""
    if not settings.api_key_env:
        return PLACEHOLDER_KEY if settings.base_url else None
    if key := os.environ.get(settings.api_key_env, "").strip():
        return key
    hint = "Set it, or leave api_key_env out for a server that needs no key."
    raise UserError(
        f"the variable {settings.api_key_env} is not set", where="api_key_env", hint=hint
    )


@contextmanager
def _event_loop() -> Iterator[asyncio.AbstractEventLoop]:
    """A loop of one call. Unlike asyncio.run it does not wait for a name server that hangs."""
    # asyncio.run joins the threads of the default executor; loop.getaddrinfo runs in one of them.
    # https://docs.python.org/3.11/library/asyncio-eventloop.html#asyncio.loop.shutdown_default_executor
    loop = asyncio.new_event_loop()
    try:
        yield loop
    finally:
        pending = asyncio.all_tasks(loop)
        for task in pending:
            task.cancel()
        loop.run_until_complete(_gather_cancelled(pending))
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()


async def _gather_cancelled(tasks: set[asyncio.Task[Any]]) -> None:
    await asyncio.gather(*tasks, return_exceptions=True)
