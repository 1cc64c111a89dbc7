"""A tier's models in order of preference: retry the first a little, then go down the chain."""

import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack, nullcontext
from dataclasses import dataclass, replace
from types import TracebackType
from typing import TYPE_CHECKING, Self

from bot.config.tiers import Lane, TierSettings
from bot.errors import UserError
from bot.models.model import (
    Cause,
    FailedModel,
    Loading,
    Model,
    ModelError,
    Prompt,
    Reply,
    Watch,
    replace_surrogates,
)
from bot.models.spec import Spec, parse_spec
from bot.models.token_count import Counter, counter_for

if TYPE_CHECKING:
    from bot.models.llama_server.place import ServerPlace

FIRST_RETRY_SECONDS = 1.0
MAX_RETRY_SECONDS = 60.0
"""Seconds. A server that asks for more is left for the next model of the chain."""


def open_tier(
    settings: TierSettings,
    lane: Lane | None = None,
    *,
    sleep: Callable[[float], None] = time.sleep,
    loading: Loading = nullcontext,
    servers: "ServerPlace | None" = None,
) -> "Chain":
    """Every model is checked now and none is loaded: that happens when it is first asked.

    `servers` is where those of `llama-server:` have their folders, and their lane.

    Raises UserError for what a person can fix: an unknown kind, a missing file, package or key.
    """
    kinds = {parse_spec(text).kind for text in settings.models}
    if "agent" in kinds and len(kinds) > 1:
        hint = "An agent is given a task and its files, a model a prompt: have a tier for each."
        raise UserError("agents stand beside other models", where="models", hint=hint)
    models = tuple(
        _open_model(parse_spec(text), settings, _Surroundings(lane, loading, servers))
        for text in settings.models
    )
    return Chain(models, retries=settings.retries, sleep=sleep)


def choose_wait_seconds(failed: int, asked: float) -> float | None:
    """Seconds to wait after `failed` tries; None when the server asks for more than the limit."""
    # What a server's Retry-After asks for has no upper limit.
    # https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3
    if asked > MAX_RETRY_SECONDS:
        return None
    doubled: float = FIRST_RETRY_SECONDS * 2 ** (failed - 1)
    return max(asked, min(doubled, MAX_RETRY_SECONDS))


@dataclass(frozen=True, slots=True)
class _FailedTries:
    """The failed tries of one model: the last error, how many, and the tokens they spent."""

    last: ModelError
    tries: int = 1
    tokens_in: int = 0
    tokens_out: int = 0

    def to_failed_model(self, model: str) -> FailedModel:
        tries = f" ({self.tries} tries)" if self.tries > 1 else ""
        return FailedModel(model, f"{self.last.why}{tries}", self.tokens_in, self.tokens_out)


@dataclass(frozen=True, slots=True)
class Chain:
    """A tier's models. Of several threads that ask at once each has its own retries and waits."""

    models: tuple[Model, ...]
    retries: int = 2
    sleep: Callable[[float], None] = time.sleep

    @property
    def name(self) -> str:
        return " > ".join(model.name for model in self.models)

    def open_counter(self) -> Counter:
        """A counter of the most tokens any of the models takes; exact where it has a tokenizer."""
        return counter_for(self.models)

    def count_tokens(self, text: str) -> int:
        return self.open_counter()(text)

    def ask(self, prompt: Prompt, watch: Watch) -> Reply:
        """The first answer in order of preference; its counts include what failed tries spent.

        Raises ModelError with every failure when no model answers.
        """
        failures: list[FailedModel] = []
        errors: list[ModelError] = []
        for model in self.models:
            answer = self._ask_with_retries(model, prompt, watch)
            if isinstance(answer, Reply):
                return replace(
                    answer,
                    text=replace_surrogates(answer.text),
                    failures=(*failures, *answer.failures),
                )
            failures.append(answer.to_failed_model(model.name))
            errors.append(answer.last)
        raise _chain_error(tuple(failures), errors)

    def _ask_with_retries(self, model: Model, prompt: Prompt, watch: Watch) -> Reply | _FailedTries:
        failed: _FailedTries | None = None
        while True:
            try:
                return _add_spent_tokens(model.ask(prompt, watch), failed)
            except ModelError as exc:
                failed = _add_failure(failed, exc)
            wait = (
                choose_wait_seconds(failed.tries, failed.last.wait)
                if failed.last.retryable
                else None
            )
            if wait is None or failed.tries > self.retries:
                return failed
            self.sleep(wait)

    def close(self) -> None:
        with ExitStack() as stack:
            for model in self.models:
                stack.callback(model.close)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def _add_failure(failed: _FailedTries | None, error: ModelError) -> _FailedTries:
    if failed is None:
        return _FailedTries(error, 1, error.tokens_in, error.tokens_out)
    return _FailedTries(
        error,
        failed.tries + 1,
        failed.tokens_in + error.tokens_in,
        failed.tokens_out + error.tokens_out,
    )


def _add_spent_tokens(reply: Reply, failed: _FailedTries | None) -> Reply:
    if failed is None:
        return reply
    return replace(
        reply,
        tokens_in=reply.tokens_in + failed.tokens_in,
        tokens_out=reply.tokens_out + failed.tokens_out,
    )


# Of several models, one that is down may come back, and then answers.
_CAUSES: tuple[Cause, ...] = ("outage", "unreached", "window", "cap", "settings")


def _chain_error(failures: tuple[FailedModel, ...], errors: Sequence[ModelError]) -> ModelError:
    """The error of a whole chain; `wait` is until the first that may come back."""
    last = errors[-1] if errors else None
    causes = {error.cause for error in errors}
    cause: Cause = next((cause for cause in _CAUSES if cause in causes), "")
    back = [error.wait for error in errors if error.cause == cause]
    whys = [
        failure.why if len(failures) == 1 else f"{failure.model}: {failure.why}"
        for failure in failures
    ]
    return ModelError(
        ", ".join(failure.model for failure in failures),
        "; ".join(whys),
        retryable=last is not None and last.retryable,
        wait=min(back, default=0.0),
        tokens_in=sum(failure.tokens_in for failure in failures),
        tokens_out=sum(failure.tokens_out for failure in failures),
        failures=failures,
        cause=cause,
        window=max((error.window for error in errors), default=0),
    )


@dataclass(frozen=True, slots=True)
class _Surroundings:
    lane: Lane | None
    loading: Loading
    servers: "ServerPlace | None"


def _open_model(spec: Spec, settings: TierSettings, around: _Surroundings) -> Model:
    """Each kind's module is imported only where the configuration names it."""
    if spec.kind == "script":
        from bot.models.scripted import ScriptModel  # noqa: PLC0415 only the kinds in use are imported

        return ScriptModel(spec)
    if spec.kind == "cli":
        from bot.models.agent_cli.model import CliModel  # noqa: PLC0415 only the kinds in use are imported

        return CliModel(spec, settings)
    if spec.kind == "agent":
        from bot.models.agent_cli.agent_model import AgentModel  # noqa: PLC0415 only the kinds in use are imported

        return AgentModel(spec, settings)
    if spec.kind == "llama-cpp":
        from bot.models.llama_cpp import LlamaModel  # noqa: PLC0415 only the kinds in use are imported

        return LlamaModel(spec, settings, around.lane, around.loading)
    if spec.kind == "llama-server":
        from bot.models.llama_server.model import LlamaServerModel  # noqa: PLC0415 only the kinds in use are imported
        from bot.models.llama_server.place import default_place  # noqa: PLC0415 the same

        servers = around.servers or default_place(around.lane)
        return LlamaServerModel(spec, settings, servers, around.loading)
    from bot.models.hosted import HostedModel  # noqa: PLC0415 only the kinds in use are imported

    return HostedModel(spec, settings)
