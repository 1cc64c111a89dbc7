"""`openai-chat:NAME`, `anthropic:NAME`, ...: a model behind HTTP, by pydantic-ai's direct requests.

One event loop and one HTTP client a call, so that nothing outlives it and any thread may ask.
"""

import asyncio
import inspect
import os
import re
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

from bot.config.tiers import TierSettings
from bot.errors import UserError
from bot.models.hosted_errors import explain_error, find_refused_key
from bot.models.hosted_request import GRAMMAR_KINDS, RequestSettings, build_request
from bot.models.hosted_stream import StreamedReply, WatchFailedError, ask_watch, read_stream
from bot.models.hosted_tools import (
    TOOL_KEYS,
    TOOLS,
    list_used_ids,
    make_messages,
    make_parameters,
    read_calls,
    refuses_tools,
)
from bot.models.hosted_wire import watch_answers
from bot.models.model import LOOK_SECONDS, ModelError, Prompt, Reply, Watch
from bot.models.profiles import find_profile
from bot.models.providers import ADDRESS_VARIABLES
from bot.models.reasoning import ends_in_edit
from bot.models.short_socket_path import short_path
from bot.models.spec import HOSTED_KINDS, Spec
from bot.models.token_estimate import MAX_CHARACTERS_PER_TOKEN
from bot.text.secrets import collect_credentials, redact_line, redact_reply

if TYPE_CHECKING:
    from httpx2 import AsyncClient
    from pydantic_ai.models import Model as PydanticModel

_ADDRESS_NEEDED = {"ollama": "http://127.0.0.1:11434/v1", "vllm": "http://127.0.0.1:8000/v1"}
"""Kinds that nobody hosts for all, with the address that their server has by default."""
PLACEHOLDER_KEY = "not-set"
"""Sent to a `base_url` without `api_key_env`, so that a provider's own key never goes there."""
_NO_TAGS = ("\x00thought", "\x00answer")
"""Tags that no reply has. The library's own splitter knows a tag only as a chunk of its own."""


class HostedModel:
    """The key is read when the tier is opened and stays out of names, errors and replies."""

    def __init__(
        self, spec: Spec, settings: TierSettings, *, name: str = "", socket: Path | None = None
    ) -> None:
        """`name` is shown for it, else the spec's. `socket`: a Unix socket that it is asked at."""
        self.name = name or str(spec)
        self._socket = socket
        self._spec = spec
        self._settings = settings
        _require_address(spec, settings.base_url)
        _require_extra(spec)
        self._key = _read_api_key(settings)
        self._secrets = (self._key or "", *collect_credentials(os.environ))
        self._unknown_keys: frozenset[str] = frozenset()
        self._template_opens = False
        """Whether an earlier thought had an end and no beginning: its template writes that."""

    def ask(self, prompt: Prompt, watch: Watch) -> Reply:
        """Ends within the tier's `timeout`, however slowly the server sends.

        A server that refuses a key which no person asked for is asked again without it.
        Raises ModelError, also for an unusable reply; UserError for what a person can fix.
        """
        began = time.monotonic()
        while True:
            request = build_request(prompt, self._settings, self._spec, self._unknown_keys)
            has_tools = bool(prompt.tools) and TOOLS not in self._unknown_keys
            reply = StreamedReply()
            try:
                with _event_loop() as loop, self._translate_errors(prompt, request, reply):
                    loop.run_until_complete(
                        self._stream_while_wanted(
                            prompt, request, watch, reply, has_tools=has_tools
                        )
                    )
            except _KeyRefusedError as exc:
                self._unknown_keys |= {TOOLS if exc.key in TOOL_KEYS else exc.key}
                continue
            return self._to_reply(reply, prompt, time.monotonic() - began)

    def _to_reply(self, reply: StreamedReply, prompt: Prompt, seconds: float) -> Reply:
        template_opens = self._expects_thought(prompt, reply)
        split = reply.split(template_opens=template_opens)
        self._template_opens |= split.closed and split.opened_by_template
        usage = reply.token_usage(prompt, template_opens=template_opens)
        return Reply(
            text=redact_reply(split.answer, self._secrets),
            tokens_in=usage.tokens_in,
            tokens_out=usage.tokens_out,
            tokens_cached=usage.cached,
            thought=redact_reply(split.thought, self._secrets),
            tokens_thought=usage.thought,
            seconds=seconds,
            model=self.name,
            stop="cut" if reply.cut_why else reply.stop,
            cut_why=reply.cut_why,
            calls=tuple(
                replace(call, arguments=redact_reply(call.arguments, self._secrets))
                for call in reply.called.calls
            ),
            wire=redact_reply(reply.called.wire, self._secrets),
        )

    def _expects_thought(self, prompt: Prompt, reply: StreamedReply) -> bool:
        """Whether a text that was cut off and marks no thought is the beginning of one.

        A template that opens the thought itself leaves no mark before its end. Where nothing says
        that this one does, a text that ends in an edit or inside one is an answer.
        """
        if not reply.full or reply.thought:
            return False
        thinks = find_profile(self._spec.name).thinks
        if ends_in_edit(reply.text, closed=self._template_opens or thinks == "always"):
            return False
        asked = thinks == "always" or (thinks == "by default" and prompt.thinking > 0)
        return asked or self._template_opens

    def close(self) -> None:
        """Nothing stays open between calls."""

    async def _stream_while_wanted(
        self,
        prompt: Prompt,
        request: RequestSettings,
        watch: Watch,
        reply: StreamedReply,
        *,
        has_tools: bool,
    ) -> None:
        """Ends the request where the watch does so while nothing comes, as before the first token.

        Its connection is closed then, at which a server stops:
        https://github.com/ggml-org/llama.cpp/pull/18459
        """
        stream = asyncio.ensure_future(
            self._stream(prompt, request, watch, reply, has_tools=has_tools)
        )
        while not (await asyncio.wait({stream}, timeout=LOOK_SECONDS))[0]:
            try:
                cut_why = "" if reply.cut_why else ask_watch(watch, reply)
            except WatchFailedError:
                await _gather_cancelled({stream})
                raise
            if cut_why:
                reply.cut_why, reply.stop = cut_why, "length"
                await _gather_cancelled({stream})
                return
        await stream

    async def _stream(
        self,
        prompt: Prompt,
        request: RequestSettings,
        watch: Watch,
        reply: StreamedReply,
        *,
        has_tools: bool,
    ) -> None:
        from pydantic_ai.direct import model_request_stream  # noqa: PLC0415 the same

        # One request in the provider's own API, with no agent around it: https://ai.pydantic.dev/direct/
        messages = make_messages(prompt, native=has_tools)
        async with asyncio.timeout(self._settings.timeout), self._open_client() as client:
            watch_answers(client, reply.wire)
            model = self._open_model(client)
            if "stream_options" in self._unknown_keys:
                _send_no_stream_options(model)
            async with model_request_stream(
                model,
                messages,
                model_settings=request.settings,
                model_request_parameters=make_parameters(prompt) if has_tools else None,
            ) as stream:
                await read_stream(stream, watch, reply, prompt.reply * MAX_CHARACTERS_PER_TOKEN)
                if has_tools:
                    reply.called = read_calls(stream.get(), list_used_ids(prompt.history))

    @asynccontextmanager
    async def _open_client(self) -> "AsyncIterator[AsyncClient]":
        from pydantic_ai.models import create_async_httpx2_client  # noqa: PLC0415 takes most of a second

        if self._socket is None:
            async with create_async_httpx2_client() as client:
                yield client
            return
        from httpx2 import AsyncHTTPTransport  # noqa: PLC0415 the same

        # With a transport of its own the client asks no proxy. To read the authorities of TLS takes
        # 16 ms, and no TLS is spoken there.
        with short_path(self._socket.parent, self._socket.name) as path:
            transport = AsyncHTTPTransport(uds=path, verify=False, trust_env=False)
            async with create_async_httpx2_client(transport=transport) as client:
                yield client

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
        model = infer_model(str(self._spec), provider_factory=lambda _: provider)
        # By default a chat stream that ends without a finish reason counts as finished.
        # https://ai.pydantic.dev/api/profiles/
        profile = cast("dict[str, Any]", model.profile)
        profile["openai_chat_streaming_requires_finish_reason"] = True
        # A tag may share a chunk with the answer, so thought is split off the whole text instead.
        profile["thinking_tags"] = _NO_TAGS
        # OpenAI has renamed `max_tokens`; all other servers know it by that name.
        # https://platform.openai.com/docs/api-reference/chat/create#chat-create-max_tokens
        # Ollama and others pass over the new name: https://github.com/ollama/ollama/issues/7125
        if self._spec.kind in GRAMMAR_KINDS and "api.openai.com" not in self._settings.base_url:
            profile["openai_chat_supports_max_completion_tokens"] = False
        return model

    @contextmanager
    def _translate_errors(
        self, prompt: Prompt, request: RequestSettings, reply: StreamedReply
    ) -> Iterator[None]:
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
            optional = request.optional_keys | ({"stream_options"} - self._unknown_keys)
            if prompt.tools and TOOLS not in self._unknown_keys:
                optional |= TOOL_KEYS
                if refuses_tools(exc):
                    raise _KeyRefusedError(TOOLS) from None
            if key := find_refused_key(exc, optional):
                raise _KeyRefusedError(key) from None
            raise self._model_error(exc, prompt, reply) from None

    def _model_error(self, error: Exception, prompt: Prompt, reply: StreamedReply) -> ModelError:
        """A call that failed after its reply began is charged for the prompt and for that part.

        One of which nothing came in all its time may have been thought about, unseen, to the end.
        """
        explanation = explain_error(error, self._secrets, self._settings)
        began = bool(reply.length)
        spent = reply.token_usage(prompt)
        return ModelError(
            self.name,
            explanation.why,
            retryable=explanation.retryable,
            wait=explanation.wait,
            tokens_in=spent.tokens_in if began else 0,
            tokens_out=spent.tokens_out if began else 0,
            unmeasured=not began and isinstance(error, TimeoutError),
            cause=explanation.cause,
            window=explanation.window,
        )


def _send_no_stream_options(model: "PydanticModel") -> None:
    """The library sends them with every chat; a server that is strict and knows none refuses."""
    from openai import omit  # noqa: PLC0415 loaded before, and slow to

    model._get_stream_options = lambda _settings: omit  # type: ignore[attr-defined]  # noqa: SLF001 there is no setting for it


class _KeyRefusedError(Exception):
    """The server knows no such key of a request."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


def _accepted_arguments(provider: type[object], arguments: dict[str, Any]) -> dict[str, Any]:
    """Those of the arguments that a provider's constructor has a parameter for."""
    parameters = inspect.signature(provider).parameters
    return {name: value for name, value in arguments.items() if name in parameters}


def _require_address(spec: Spec, base_url: str) -> None:
    """Raises UserError where nothing could be reached there, or nobody would understand it."""
    if not base_url:
        variable = ADDRESS_VARIABLES.get(spec.kind, "")
        if spec.kind in _ADDRESS_NEEDED and not os.environ.get(variable, "").strip():
            hint = (
                f'Write base_url = "{_ADDRESS_NEEDED[spec.kind]}" in the tier, or set {variable}.'
            )
            raise UserError(f"{spec.kind} has no address", where=str(spec), hint=hint)
        return
    try:
        address = urlsplit(base_url)
        usable = address.scheme in {"http", "https"} and bool(address.hostname)
        address.port  # noqa: B018  # raises for one that is no number
    except ValueError:
        usable = False
    if not usable:
        rest = base_url.partition("://")[2] or base_url
        hint = f'Write base_url = "http://{rest.lstrip("/") or "127.0.0.1:8080/v1"}", or https.'
        raise UserError(f"base_url {base_url!r} is no address", where=str(spec), hint=hint)
    # `openai:` is the provider's newer API, which other servers mostly lack:
    # https://ai.pydantic.dev/models/openai/#openai-responses-api
    if spec.kind == "openai" and not _is_openai(address.hostname or ""):
        what = "`openai:` asks by OpenAI's Responses API, which other servers mostly lack"
        hint = f'Write "openai-chat:{spec.name}"; if yours has it, "openai-responses:{spec.name}".'
        raise UserError(what, where=str(spec), hint=hint)


def _is_openai(host: str) -> bool:
    return host == "openai.com" or host.endswith(".openai.com")


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
        loop.run_until_complete(_gather_cancelled(asyncio.all_tasks(loop)))
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()


async def _gather_cancelled(tasks: set[asyncio.Task[Any]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
