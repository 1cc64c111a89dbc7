"""A model that llama-cpp-python has loaded: replies and counts. The child process imports it."""

import ctypes
import importlib
import time
from collections.abc import Callable, Iterator
from typing import Any

from bot.models.generated_text import GeneratedText, is_in_tag
from bot.models.llama_prompt import BORDER_TOKENS, EncodedPrompt, PromptEncoder

NEUTRAL_SAMPLING = {
    "temperature": 1.0,
    "top_k": 0,
    "top_p": 1.0,
    "min_p": 0.0,
    "repeat_penalty": 1.0,
    "frequency_penalty": 0.0,
    "presence_penalty": 0.0,
}
"""Samplers that change nothing. Those of llama-cpp-python cut off less likely tokens.

https://github.com/abetlen/llama-cpp-python/blob/main/llama_cpp/llama.py (generate)
"""
MAX_PIECE_BYTES = 1024
"""More than the text of any token."""


class TooLongError(Exception):
    """The prompt leaves too few tokens of the window for the reply."""


def limit_thought(ask: dict[str, Any], room: int) -> int:
    """Tokens that the thought may have: what the window lacks is taken from it, not the answer."""
    lacking = max(0, int(ask["reply"]) - room)
    return max(0, int(ask["thinking"]) - lacking)


class LoadedModel:
    """A loaded model; its context keeps the tokens it has evaluated between calls."""

    def __init__(self, options: dict[str, Any]) -> None:
        # Takes seconds, and prints: only once stdout is safe.
        llama_cpp: Any = importlib.import_module("llama_cpp")

        # `generate` evaluates only what follows the prefix the context has already, and does not
        # say how long that was: the tokens that first reach `eval` are counted instead.
        # https://github.com/abetlen/llama-cpp-python/blob/main/llama_cpp/llama.py
        class CountingLlama(llama_cpp.Llama):  # type: ignore[misc]  # loaded without its types
            first_evaluated: int | None = None

            def eval(self, tokens: list[int]) -> None:
                if self.first_evaluated is None:
                    self.first_evaluated = len(tokens)
                super().eval(tokens)

        self._lib = llama_cpp
        self._llama = CountingLlama(
            model_path=options["path"],
            n_ctx=options["context"],
            n_gpu_layers=options["gpu_layers"],
            n_threads=options["threads"],
            n_threads_batch=options["threads"],
            verbose=False,
            **options["more"],
        )
        self._prompts = PromptEncoder(llama_cpp, self._llama)

    def count_tokens(self, text: str) -> int:
        return len(self._prompts.tokenize(text, special=False))

    def template_overhead(self) -> int:
        """The most tokens the template adds around a system and a user text."""
        # Not to think may take more: Qwen's template then writes an empty thought.
        switches: tuple[dict[str, bool], ...] = (
            {},
            {"enable_thinking": True},
            {"enable_thinking": False},
        )
        sizes = [len(self._prompts.encode("", "", each).tokens) for each in switches]
        return max(sizes) + BORDER_TOKENS

    def generate_reply(
        self, ask: dict[str, Any], is_cut: Callable[[], bool]
    ) -> Iterator[dict[str, Any]]:
        """Deltas, then the result. Raises TooLongError before anything is evaluated."""
        began = time.monotonic()
        encoded = self._prompts.encode(ask["system"], ask["user"], ask["variables"])
        room = self._find_room(encoded, ask)
        ask = {**ask, "thinking": limit_thought(ask, room)}
        self._llama.first_evaluated = None
        text = GeneratedText(encoded.opened, ask["stop"])
        for delta in self._generate_text(encoded.tokens, ask, text, room):
            if delta:
                yield {"delta": delta, "thought": text.open_thought is not None}
            if is_cut():
                break
        yield {
            "done": {
                "text": text.text,
                "tokens_in": len(encoded.tokens),
                "tokens_out": text.tokens,
                "tokens_thought": text.thought_tokens,
                "cached": self._count_cached(len(encoded.tokens)),
                "full": text.full,
                "seconds": time.monotonic() - began,
            }
        }

    def _find_room(self, encoded: EncodedPrompt, ask: dict[str, Any]) -> int:
        """The most tokens that this reply can have."""
        available = int(self._llama.n_ctx()) - len(encoded.tokens)
        if available < min(ask["reply"], ask["least"]):
            raise TooLongError(
                f"the prompt is {len(encoded.tokens)} tokens of a window of "
                f"{self._llama.n_ctx()}, which leaves {max(available, 0)} for a reply"
            )
        return min(int(ask["reply"]), available - 1)

    def _count_cached(self, prompt_tokens: int) -> int:
        read: int | None = self._llama.first_evaluated
        return 0 if read is None else min(max(0, prompt_tokens - read), prompt_tokens)

    def _generate_text(
        self, prompt: list[int], ask: dict[str, Any], text: GeneratedText, room: int
    ) -> Iterator[str]:
        """What each token adds. A thought that does not end by itself in its room is ended here.

        llama-server does the same where the room is used up (`reasoning-budget`):
        https://github.com/ggml-org/llama.cpp/blob/master/tools/server/README.md
        """
        tokens = list(prompt)
        yield text.text
        while True:
            in_thought = text.open_thought is not None
            yield from self._generate_stretch(tokens, ask, text, room)
            if text.stopped or text.full:
                return
            if thought := text.open_thought:
                closing = self._prompts.tokenize(thought.close)
                text.full = text.tokens + len(closing) >= room
                if text.full:
                    return
                tokens += closing
                yield text.close_thought(thought, len(closing))
            elif not (in_thought and ask["grammar"]):
                return

    def _generate_stretch(
        self, tokens: list[int], ask: dict[str, Any], text: GeneratedText, room: int
    ) -> Iterator[str]:
        """To the end of the turn, of the room, of the thought's room, or of what has no grammar."""
        in_thought = text.open_thought is not None
        if in_thought and text.thought_tokens >= ask["thinking"]:
            return
        # A grammar is for the answer: it would rule the thought, too.
        grammar = "" if in_thought else ask["grammar"]
        for token in self._generate_tokens(tokens, ask, grammar):
            if self._is_end_token(token):
                return
            tokens.append(token)
            yield text.add_piece(self._piece_of(token))
            text.full = text.tokens >= room and not text.stopped
            still = text.open_thought is not None
            overlong = still and text.thought_tokens >= ask["thinking"]
            if (
                text.stopped
                or text.full
                or overlong
                or (in_thought and not still and ask["grammar"])
            ):
                return

    def _generate_tokens(
        self, tokens: list[int], ask: dict[str, Any], grammar: str
    ) -> Iterator[int]:
        sampling = {**NEUTRAL_SAMPLING, **ask["sampling"]}
        self._llama.set_seed(ask["seed"])
        return iter(
            self._llama.generate(
                list(tokens),
                temp=sampling.pop("temperature"),
                grammar=self._lib.LlamaGrammar.from_string(grammar, verbose=False)
                if grammar
                else None,
                **sampling,
            )
        )

    def _piece_of(self, token: int) -> bytes:
        """A token's text. A special token has none, unless it is a part of a thought's tag."""
        # llama-cpp-python loses a piece of more than 32 bytes, as an indent of 40 blanks:
        # https://github.com/abetlen/llama-cpp-python/blob/main/llama_cpp/_internals.py (detokenize)
        buffer = ctypes.create_string_buffer(MAX_PIECE_BYTES)
        for special in (False, True):
            size = self._lib.llama_token_to_piece(
                self._vocabulary, token, buffer, MAX_PIECE_BYTES, 0, special
            )
            piece = buffer.raw[: max(size, 0)]
            if piece and (not special or is_in_tag(piece.decode("utf-8", "replace"))):
                return piece
        return b""

    def _is_end_token(self, token: int) -> bool:
        # A vocabulary may have several tokens that end a reply, such as EOS and EOT.
        # https://github.com/ggml-org/llama.cpp/blob/master/include/llama.h (llama_vocab_is_eog)
        return bool(self._lib.llama_vocab_is_eog(self._vocabulary, token))

    @property
    def _vocabulary(self) -> Any:  # noqa: ANN401 the library has no types
        # The library's own completion asks the same private attribute.
        # https://github.com/abetlen/llama-cpp-python/blob/main/llama_cpp/llama.py
        return self._llama._model.vocab  # noqa: SLF001 see above
