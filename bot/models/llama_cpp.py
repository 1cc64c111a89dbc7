"""`llama-cpp:/path.gguf`: a model in a child process of its own, one for each lane.

A crash or a hang of llama.cpp costs one attempt. The child keeps the tokens it has evaluated, so a
prompt that begins like the one before is cheap. It is started by the first call.
"""

import os
import threading
import time
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from bot.config.paths import resolve_path
from bot.config.tiers import Lane, TierSettings
from bot.errors import UserError
from bot.models.llama_pipe import ChildGoneError, Pipe
from bot.models.llama_request import ask_request, load_request
from bot.models.model import LOOK_SECONDS, Loading, ModelError, Prompt, Reply, Watch
from bot.models.reasoning import split_reasoning
from bot.models.spec import Spec
from bot.models.token_estimate import estimate_call_tokens, estimate_tokens
from bot.models.tool_text import flatten_prompt

CUT_GRACE_SECONDS = 5.0
"""Time a child has to end its reply after a cut, before it is killed."""
# The first four bytes of every GGUF file: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
GGUF_MAGIC = b"GGUF"
_PASSED_VARIABLES = ("PATH", "HOME", "LANG", "LD_LIBRARY_PATH", "TMPDIR")
# Which GPUs a process sees, and how it uses them, is set by variables:
# https://docs.nvidia.com/cuda/cuda-c-programming-guide/#cuda-environment-variables
# https://rocm.docs.amd.com/en/latest/conceptual/gpu-isolation.html
_PASSED_PREFIXES = (
    *("CUDA_", "HIP_", "ROCR_", "ROCM_", "HSA_", "GGML_", "LLAMA_", "VK_", "ONEAPI_"),
    *("OMP_", "GOMP_"),
)
# Without it, OpenMP threads spin for a while at each barrier before they sleep.
# https://gcc.gnu.org/onlinedocs/libgomp/OMP_005fWAIT_005fPOLICY.html
# https://gcc.gnu.org/onlinedocs/libgomp/GOMP_005fSPINCOUNT.html
PASSIVE_WAIT_ENV = {"OMP_WAIT_POLICY": "PASSIVE", "GOMP_SPINCOUNT": "0"}
"""Waiting threads sleep: beside a busy process, spinning ones made a model 100 times slower."""


class LlamaModel:
    """Raises UserError when it is opened for a file or a package that is not there."""

    def __init__(
        self,
        spec: Spec,
        settings: TierSettings,
        lane: Lane | None,
        loading: Loading = nullcontext,
    ) -> None:
        """`loading` is entered with the name while it is loaded."""
        self._path = resolve_path(spec.name, where=str(spec))
        self.name = f"llama-cpp:{self._path.name}"
        _require_library()
        require_gguf(self._path, spec.kind)
        self._spec = str(spec)
        self._settings = settings
        self._env = build_child_env(dict(os.environ), lane)
        self._pipe: Pipe | None = None
        self._last_id = 0
        self._overhead: int | None = None
        self._lock = threading.Lock()
        self._loading = loading

    def ask(self, prompt: Prompt, watch: Watch) -> Reply:
        """Raises ModelError; a child that died or hung is replaced at the next call.

        It answers one at a time: others wait, and may be cut off before they are asked.
        """
        prompt = flatten_prompt(prompt)
        while not self._lock.acquire(timeout=LOOK_SECONDS):
            if cut_why := watch(""):
                return Reply("", 0, 0, 0.0, self.name, stop="cut", cut_why=cut_why)
        try:
            pipe = self._open_pipe()
            self._last_id += 1
            request = ask_request(prompt, self._settings, self._spec)
            pipe.send_message({"id": self._last_id, "ask": request})
            return self._read_reply(pipe, prompt, watch, time.monotonic())
        finally:
            self._lock.release()

    def count_tokens(self, text: str) -> int:
        """Tokens of a text by the model's own tokenizer."""
        return self.count_tokens_of([text])[0]

    def count_tokens_of(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text, in one round trip."""
        counts: list[int] = self._ask_count({"count": list(texts)})["counts"]
        return counts

    def turn_overhead(self) -> int:
        """The most tokens the chat template adds around a system and a user text."""
        if self._overhead is None:
            self._overhead = int(self._ask_count({"overhead": True})["overhead"])
        return self._overhead

    def close(self) -> None:
        pipe, self._pipe = self._pipe, None
        if pipe is not None:
            pipe.close()

    def _ask_count(self, request: dict[str, object]) -> dict[str, Any]:
        with self._lock:
            pipe = self._open_pipe()
            self._last_id += 1
            pipe.send_message({"id": self._last_id, **request})
            deadline = time.monotonic() + self._settings.timeout
            done: dict[str, Any] = self._receive(pipe, deadline, _PartialReply(None))["done"]
            return done

    @property
    def pid(self) -> int | None:
        """The child's process id, while it lives."""
        return self._pipe.pid if self._pipe is not None else None

    def _read_reply(self, pipe: Pipe, prompt: Prompt, watch: Watch, began: float) -> Reply:
        partial = _PartialReply(prompt)
        deadline = began + self._settings.timeout
        while True:
            message = self._receive_soon(pipe, deadline, partial)
            if "done" in message:
                return self._to_reply(message["done"], "", began)
            if message:
                partial.add_delta(message)
            try:
                cut_why = watch(partial.answer, (), partial.thought)
            except BaseException:
                self._end_call(pipe)
                raise
            if cut_why:
                return self._to_reply(
                    self._end_call(pipe) or partial.estimate_result(), cut_why, began
                )

    def _receive(self, pipe: Pipe, deadline: float, partial: "_PartialReply") -> dict[str, Any]:
        """The next message of the current call; ModelError for an error, an exit or a timeout."""
        try:
            message = self._receive_own(pipe, deadline)
        except ChildGoneError as exc:
            self.close()
            raise partial.to_error(self.name, str(exc), retryable=True) from exc
        except TimeoutError as exc:
            self._end_call(pipe)
            why = f"no whole answer within {self._settings.timeout:g} s"
            # The same prompt would be as slow again.
            raise partial.to_error(self.name, why, retryable=False) from exc
        if "error" in message:
            raise ModelError(self.name, message["error"], retryable=False)
        return message

    def _receive_soon(
        self, pipe: Pipe, deadline: float, partial: "_PartialReply"
    ) -> dict[str, Any]:
        """As `_receive`, but empty where nothing came for LOOK_SECONDS: a long prompt is read."""
        look = time.monotonic() + LOOK_SECONDS
        if look < deadline and not pipe.has_message(look):
            return {}
        return self._receive(pipe, deadline, partial)

    def _receive_own(self, pipe: Pipe, deadline: float) -> dict[str, Any]:
        """The next message of the current call; those of an earlier one are skipped."""
        while True:
            message = pipe.receive_message(deadline)
            if message.get("id") == self._last_id:
                return message

    def _end_call(self, pipe: Pipe) -> dict[str, Any] | None:
        """Tell the child to stop; kill it where it has not within CUT_GRACE_SECONDS.

        Returns the result of the call; None where the child is gone.
        """
        try:
            pipe.send_message({"cut": self._last_id})
            deadline = time.monotonic() + CUT_GRACE_SECONDS
            while True:
                message = self._receive_own(pipe, deadline)
                if "delta" not in message:
                    done: dict[str, Any] | None = message.get("done")
                    return done
        except (ChildGoneError, TimeoutError):
            self.close()
            return None

    def _to_reply(self, done: dict[str, Any], cut_why: str, began: float) -> Reply:
        split = split_reasoning(done["text"])
        return Reply(
            text=split.answer,
            thought=split.thought,
            tokens_thought=done["tokens_thought"],
            tokens_in=done["tokens_in"],
            tokens_out=done["tokens_out"],
            tokens_cached=done["cached"],
            seconds=time.monotonic() - began,
            model=self.name,
            stop="cut" if cut_why else "length" if done["full"] else "end",
            cut_why=cut_why,
        )

    def _open_pipe(self) -> Pipe:
        if self._pipe is not None and self._pipe.alive:
            return self._pipe
        self.close()
        with self._loading(self.name):
            return self._load()

    def _load(self) -> Pipe:
        pipe = Pipe(self._env)
        try:
            pipe.send_message(load_request(self._path, self._settings))
            answer = pipe.receive_message(time.monotonic() + self._settings.timeout)
        except (ChildGoneError, TimeoutError) as exc:
            pipe.close()
            why = str(exc) or "the model did not load in time"
            raise ModelError(self.name, why, retryable=False, cause="outage") from exc
        if "error" in answer:
            pipe.close()
            why = f"cannot be loaded: {answer['error']}"
            raise ModelError(self.name, why, retryable=False, cause="settings")
        self._pipe = pipe
        self._last_id = 0
        return pipe


@dataclass(slots=True)
class _PartialReply:
    """The reply so far, and an estimate of the tokens it cost."""

    prompt: Prompt | None
    text: str = ""
    thought: str = ""
    answer: str = ""

    def add_delta(self, message: dict[str, Any]) -> None:
        self.text += message["delta"]
        if message["thought"]:
            self.thought += message["delta"]
        else:
            self.answer += message["delta"]

    def estimate_result(self) -> dict[str, Any]:
        tokens_in = estimate_call_tokens(self.prompt.system, self.prompt.user) if self.prompt else 0
        return {
            "text": self.text,
            "full": False,
            "tokens_in": tokens_in,
            "tokens_out": estimate_tokens(self.text),
            "tokens_thought": estimate_tokens(self.thought),
            "cached": 0,
        }

    def to_error(self, name: str, why: str, *, retryable: bool) -> ModelError:
        estimate = self.estimate_result()
        return ModelError(
            name,
            why,
            retryable=retryable,
            tokens_in=estimate["tokens_in"] if self.text else 0,
            tokens_out=estimate["tokens_out"],
            cause="outage",
        )


def build_child_env(env: dict[str, str], lane: Lane | None) -> dict[str, str]:
    """The variables a GPU runtime reads and those of the lane; no credential of the bot."""
    passed = {
        name: value
        for name, value in env.items()
        if name in _PASSED_VARIABLES or is_gpu_variable(name)
    }
    return {**PASSIVE_WAIT_ENV, **passed, **(lane.env if lane else {}), "PYTHONUTF8": "1"}


def is_gpu_variable(name: str) -> bool:
    """Whether it may say which GPUs a process sees, or how it uses them."""
    return name.startswith(_PASSED_PREFIXES)


def require_gguf(path: Path, kind: str) -> None:
    """Raises UserError where there is no model's file."""
    try:
        with path.open("rb") as file:
            magic = file.read(len(GGUF_MAGIC))
    except OSError as exc:
        hint = f"Name a GGUF file after `{kind}:`."
        raise UserError(f"no model there: {exc.strerror}", where=str(path), hint=hint) from exc
    if magic != GGUF_MAGIC:
        raise UserError("not a GGUF file", where=str(path), hint="Name a model in GGUF format.")


def _require_library() -> None:
    if find_spec("llama_cpp") is None:
        hint = "In a clone of Bricklayer, run: uv tool install '.[llama-cpp]'"
        raise UserError("llama-cpp-python is not installed", where="llama-cpp", hint=hint)
