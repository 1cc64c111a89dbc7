"""A model of a chain that a llama-server of our own answers for, through the hosted client."""

import http.client
import os
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, nullcontext
from pathlib import Path

from bot.config.paths import resolve_path
from bot.config.tiers import TierSettings
from bot.models.hosted import HostedModel
from bot.models.llama_cpp import require_gguf
from bot.models.llama_prompt import BORDER_TOKENS
from bot.models.llama_server.command import build_command
from bot.models.llama_server.explain_end import explain_end
from bot.models.llama_server.keeper_link import (
    Ended,
    KeeperError,
    Lease,
    ServerEndedError,
    lease_server,
    leave_server,
)
from bot.models.llama_server.place import ServerPlace, find_owner
from bot.models.llama_server.server_process import SOCKET_NAME
from bot.models.llama_server.unix_http import UnixConnection
from bot.models.model import Cause, Loading, ModelError, Prompt, Reply, Watch
from bot.models.spec import SERVER_CLIENT, Spec

HEALTH_SECONDS = 5.0
LOOK_SECONDS = 0.1
"""Between two looks whether it is loaded."""
END_SECONDS = 2.0
"""How long after a call that broke off its end may be told."""
# Only the path of the socket leads there: https://www.rfc-editor.org/rfc/rfc6761#section-6.4
ADDRESS = "http://llama-server.invalid/v1"
HTTP_OK = 200
_SWITCHES: tuple[dict[str, object], ...] = (
    {},
    {"chat_template_kwargs": {"enable_thinking": True}},
    {"chat_template_kwargs": {"enable_thinking": False}},
)


class LlamaServerModel:
    """One server for each lane. Nothing starts before the first call; any thread may ask."""

    def __init__(
        self, spec: Spec, tier: TierSettings, place: ServerPlace, loading: Loading = nullcontext
    ) -> None:
        """Raises UserError for a file or a program that is not there, and for unknown flags."""
        path = resolve_path(spec.name, where=str(spec))
        require_gguf(path, spec.kind)
        self.name = f"{spec.kind}:{path.name}"
        self._path = path
        self._tier = tier
        self._loading = loading
        self._command = build_command(path, tier, place.lane)
        self._folder = place.folder / self._command.key
        # The whole path, as a folder, too, may tell the family.
        hosted = tier.model_copy(update={"base_url": ADDRESS, "api_key_env": ""})
        self._hosted = HostedModel(
            Spec(SERVER_CLIENT, spec.name),
            hosted,
            name=self.name,
            socket=self._folder / SOCKET_NAME,
        )
        self._ready: tuple[int, int] = (0, 0)
        self._overhead: int | None = None
        self._lock = threading.Lock()

    @property
    def folder(self) -> Path:
        """The server's own, with its log."""
        return self._folder

    def ask(self, prompt: Prompt, watch: Watch) -> Reply:
        """Raises ModelError; a server that died is started again by the next call."""
        with self._lease() as lease:
            try:
                return self._hosted.ask(prompt, watch)
            except ModelError as exc:
                raise self._explain(exc, lease) from exc

    def count_tokens_of(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text by its own tokenizer; what looks like a special token is text."""
        with self._lease() as lease, self._connect() as connection:
            return [
                self._count(connection, lease, {"content": text, "parse_special": False})
                for text in texts
            ]

    def turn_overhead(self) -> int:
        """The most tokens the chat template adds around a system and a user text."""
        if self._overhead is None:
            with self._lease() as lease, self._connect() as connection:
                sizes = [self._count_turn(connection, lease, each) for each in _SWITCHES]
            self._overhead = max(sizes) + BORDER_TOKENS
        return self._overhead

    def close(self) -> None:
        """A server that this process alone had ends soon."""
        if self._ready != (0, 0) and find_owner() == os.getpid():
            leave_server(self._folder, os.getpid())

    @contextmanager
    def _lease(self) -> Iterator[Lease]:
        """A server that has its model loaded, in use until the block ends."""
        idle = self._tier.llama.idle_timeout
        try:
            with lease_server(self._folder, self._command, find_owner(), idle) as lease:
                self._await_ready(lease)
                yield lease
        except ServerEndedError as exc:
            raise self._ended_error(exc.ended, loaded=self._ready != (0, 0)) from exc
        except KeeperError as exc:
            raise self._error(str(exc), "outage") from exc

    def _await_ready(self, lease: Lease) -> None:
        with self._lock:
            if self._ready == lease.start:
                return
            with self._loading(self.name):
                self._await_loaded(lease)
            self._ready = lease.start

    def _await_loaded(self, lease: Lease) -> None:
        """Loading takes minutes where the disk is slow. Its end is told at once."""
        deadline = time.monotonic() + self._tier.timeout
        while not self._is_loaded():
            if ended := lease.find_end(LOOK_SECONDS):
                raise self._ended_error(ended, loaded=False)
            if time.monotonic() > deadline:
                why = f"not loaded within {self._tier.timeout:g} s; it goes on loading"
                raise self._error(why, "outage")

    def _is_loaded(self) -> bool:
        """503 until its model is loaded: https://github.com/ggml-org/llama.cpp/blob/master/tools/server/README.md."""
        try:
            with self._connect(HEALTH_SECONDS) as connection:
                status, _ = connection.ask("/health")
                if status != HTTP_OK:
                    return False
                _, props = connection.ask("/props")
        except (OSError, http.client.HTTPException):
            return False
        served = props.get("model_path", str(self._path))
        if served != str(self._path):
            why = f"the server there has another model, {served}"
            raise self._error(why, "settings")
        return True

    def _connect(self, timeout: float = 0.0) -> "closing[UnixConnection]":
        return closing(UnixConnection(self._folder, SOCKET_NAME, timeout or self._tier.timeout))

    def _count_turn(
        self, connection: UnixConnection, lease: Lease, switch: dict[str, object]
    ) -> int:
        turns = [{"role": role, "content": ""} for role in ("system", "user")]
        answer = self._ask(connection, lease, "/apply-template", {"messages": turns, **switch})
        content = {"content": str(answer.get("prompt") or ""), "add_special": True}
        return self._count(connection, lease, content)

    def _count(self, connection: UnixConnection, lease: Lease, content: dict[str, object]) -> int:
        tokens = self._ask(connection, lease, "/tokenize", content).get("tokens")
        if not isinstance(tokens, list):
            raise ModelError(self.name, "its server counts no tokens", retryable=False)
        return len(tokens)

    def _ask(
        self, connection: UnixConnection, lease: Lease, path: str, body: dict[str, object]
    ) -> dict[str, object]:
        try:
            status, answer = connection.ask(path, body)
        except (OSError, http.client.HTTPException) as exc:
            why = f"{path}: {type(exc).__name__}: {exc}"
            raise self._explain(self._error(why, "outage"), lease) from exc
        if status != HTTP_OK:
            raise ModelError(self.name, f"{path}: HTTP {status}", retryable=False)
        return answer

    def _explain(self, error: ModelError, lease: Lease) -> ModelError:
        """The error of a call, and why its server has ended, if it has."""
        if error.cause not in {"unreached", "outage"}:
            return error
        if ended := lease.find_end(END_SECONDS):
            return self._ended_error(ended, loaded=True, spent=error)
        if error.cause == "unreached":
            return self._error("its llama-server takes no connection", "outage", spent=error)
        return error

    def _ended_error(
        self, ended: Ended, *, loaded: bool, spent: ModelError | None = None
    ) -> ModelError:
        told = explain_end(ended, loaded=loaded)
        return self._error(told.why, told.cause, wait=ended.seconds, spent=spent)

    def _error(
        self, why: str, cause: Cause, *, wait: float = 0.0, spent: ModelError | None = None
    ) -> ModelError:
        """What a machine's fault has cost is counted, and it is asked again but for settings."""
        return ModelError(
            self.name,
            why,
            retryable=cause != "settings",
            wait=wait,
            tokens_in=spent.tokens_in if spent else 0,
            tokens_out=spent.tokens_out if spent else 0,
            cause=cause,
        )
