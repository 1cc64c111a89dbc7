"""The child of a lane: one llama.cpp model; requests are JSON lines on stdin, answers on stdout.

Run as a file, never imported by the bot: it uses the standard library and llama_cpp only. It ends
with its parent, because stdin does. What llama.cpp prints goes to stderr.

In:  {"id": 1, "ask": {...}} | {"id": 2, "count": ["text"]} | {"id": 3, "overhead": true}
     | {"cut": 1}
Out: {"ready": true} | {"id", "delta"} | {"id", "done": {...}} | {"id", "error", "kind"}
"""

import codecs
import importlib
import json
import os
import queue
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import IO, Any

# https://github.com/openai/openai-python/blob/v0.28.1/chatml.md
CHATML = (
    "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
    "<|im_start|>assistant\n"
)
"""For a GGUF that brings no template of its own."""
PLACEHOLDER = "\x02{}\x03"
"""Stands for a text while the template is rendered; no template has these control characters."""

BORDER_TOKENS = 4
"""One for each border of the system and the user text: there, tokens may be split differently."""


class TooLongError(Exception):
    """The prompt leaves too few tokens of the window for the reply."""


@dataclass(frozen=True, slots=True)
class EncodedPrompt:
    """`thinking`: the template ends with `<think>`, so that the reply begins as reasoning."""

    tokens: list[int]
    thinking: bool


class Model:
    """A loaded model; its context keeps the tokens it has evaluated between calls."""

    def __init__(self, options: dict[str, Any]) -> None:
        # Takes seconds, and prints: only once stdout is safe.
        llama_cpp: Any = importlib.import_module("llama_cpp")

        # `generate` evaluates only what follows the prefix the context has already, and does not
        # say how long that was: the tokens that reach `eval` are counted instead.
        # https://github.com/abetlen/llama-cpp-python/blob/main/llama_cpp/llama.py
        class CountingLlama(llama_cpp.Llama):  # type: ignore[misc]  # loaded without its types
            evaluated = 0

            def eval(self, tokens: list[int]) -> None:
                self.evaluated += len(tokens)
                super().eval(tokens)

        self._lib = llama_cpp
        self._llama = CountingLlama(
            model_path=options["path"],
            n_ctx=options["context"],
            n_gpu_layers=options["gpu_layers"],
            n_threads=options["threads"],
            n_threads_batch=options["threads"],
            verbose=False,
        )
        self._render = self._chat_template()

    def count_tokens(self, text: str) -> int:
        return len(self._tokenize(text, special=False))

    def template_overhead(self) -> int:
        """The most tokens the template adds around a system and a user text."""
        return len(self.encode_prompt("", "").tokens) + BORDER_TOKENS

    def generate_reply(self, ask: dict[str, Any], cut: "CutRequests") -> Iterator[dict[str, Any]]:
        """Deltas, then the result. Raises TooLongError before anything is evaluated."""
        began = time.monotonic()
        encoded = self.encode_prompt(ask["system"], ask["user"])
        available = int(self._llama.n_ctx()) - len(encoded.tokens)
        if available < min(ask["reply"], ask["least"]):
            raise TooLongError(
                f"the prompt is {len(encoded.tokens)} tokens of a window of "
                f"{self._llama.n_ctx()}, which leaves {max(available, 0)} for a reply"
            )
        self._llama.evaluated = 0
        text = GeneratedText(encoded.thinking, ask["stop"])
        cached = 0
        for number, token in enumerate(self._generate(encoded.tokens, ask)):
            if number == 0:
                cached = max(0, len(encoded.tokens) - self._llama.evaluated)
            if self._is_end_token(token):
                break
            text.count += 1
            if delta := text.add_piece(self._llama.detokenize([token])):
                yield {"delta": delta}
            if text.stopped or cut.is_requested():
                break
            if text.count >= min(ask["reply"], available - 1):
                text.full = True
                break
        yield {
            "done": {
                "text": text.without_reasoning(),
                "tokens_in": len(encoded.tokens),
                "tokens_out": text.count,
                "cached": cached,
                "full": text.full,
                "seconds": time.monotonic() - began,
            }
        }

    def encode_prompt(self, system: str, user: str) -> EncodedPrompt:
        """The prompt in the model's chat template, whose special tokens are never those of a text.

        A file that has `<|im_end|>` in it is data: its characters are tokenized as plain text, so
        that it cannot end its turn and begin one of another role.
        """
        texts = [system, user]
        marks = [PLACEHOLDER.format(number) for number in range(len(texts))]
        frame = self._render_frame(marks)
        # Some templates open the reasoning, and the reply then lacks that tag.
        # https://huggingface.co/Qwen/QwQ-32B
        thinking = frame.rstrip().endswith("<think>")
        whole = frame
        for mark, text in zip(marks, texts, strict=True):
            whole = whole.replace(mark, text)
        if all(self._tokenize(text) == self._tokenize(text, special=False) for text in texts):
            return EncodedPrompt(self._tokenize(whole), thinking)
        tokens: list[int] = []
        for mark, text in zip(marks, texts, strict=True):
            before, present, frame = frame.partition(mark)
            tokens += self._tokenize(before) + (
                self._tokenize(text, special=False) if present else []
            )
        return EncodedPrompt(tokens + self._tokenize(frame), thinking)

    def _render_frame(self, marks: list[str]) -> str:
        """Where a template refuses a system role, the system text begins the user's."""
        # Such a template calls `raise_exception`, which the library makes a ValueError.
        # https://github.com/abetlen/llama-cpp-python/blob/main/llama_cpp/llama_chat_format.py
        system, user = marks
        try:
            return self._render([("system", system), ("user", user)])
        except ValueError:
            return self._render([("user", f"{system}\n\n{user}")])

    def _chat_template(self) -> Callable[[list[tuple[str, str]]], str]:
        # The library has no public way from a token to its text; its own prompts use this one.
        # https://github.com/abetlen/llama-cpp-python/blob/main/llama_cpp/llama.py
        # test_the_private_parts_of_the_library_are_there tells when it moves.
        model = self._llama._model  # noqa: SLF001 see above
        formatter = self._lib.llama_chat_format.Jinja2ChatFormatter(
            template=self._llama.metadata.get("tokenizer.chat_template") or CHATML,
            eos_token=model.token_get_text(self._llama.token_eos()),
            bos_token=model.token_get_text(self._llama.token_bos())
            if self._llama.token_bos() >= 0
            else "",
        )

        def render(turns: list[tuple[str, str]]) -> str:
            messages = [{"role": role, "content": text} for role, text in turns]
            return str(formatter(messages=messages).prompt)

        return render

    def _tokenize(self, text: str, *, special: bool = True) -> list[int]:
        # `special` is `parse_special` of llama.cpp: without it `<|im_end|>` becomes plain text.
        # https://github.com/ggml-org/llama.cpp/blob/master/include/llama.h (llama_tokenize)
        # `add_bos` is off because a chat template writes the first token itself.
        # https://huggingface.co/docs/transformers/chat_templating
        raw = text.encode("utf-8", "replace")
        return list(self._llama.tokenize(raw, add_bos=False, special=special)) if raw else []

    def _generate(self, tokens: list[int], ask: dict[str, Any]) -> Iterator[int]:
        grammar = ask["grammar"]
        self._llama.set_seed(ask["seed"])
        return iter(
            self._llama.generate(
                tokens,
                temp=ask["temperature"],
                grammar=self._lib.LlamaGrammar.from_string(grammar, verbose=False)
                if grammar
                else None,
            )
        )

    def _is_end_token(self, token: int) -> bool:
        # A vocabulary may have several tokens that end a reply, such as EOS and EOT.
        # https://github.com/ggml-org/llama.cpp/blob/master/include/llama.h (llama_vocab_is_eog)
        # The library's own completion asks the same private attribute.
        vocabulary = self._llama._model.vocab  # noqa: SLF001 see above
        return bool(self._lib.llama_vocab_is_eog(vocabulary, token))


class GeneratedText:
    """The text so far. Bytes of an unfinished character wait for the next token."""

    def __init__(self, thinking: bool, stops: list[str]) -> None:
        self.text = ""
        self.count = 0
        self.full = False
        self.stopped = False
        self._thinking = thinking
        self._stops = stops
        # A token may be a part of a character's UTF-8 bytes.
        # https://docs.python.org/3.11/library/codecs.html#codecs.IncrementalDecoder
        self._decode = codecs.getincrementaldecoder("utf-8")("replace").decode

    def add_piece(self, piece: bytes) -> str:
        before = len(self.text)
        self.text += self._decode(piece)
        max_stop = max(map(len, self._stops), default=0)
        for stop in self._stops:
            if (at := self.text.find(stop, max(0, before - max_stop))) >= 0:
                self.text = self.text[:at]
                self.stopped = True
        return self.text[before:]

    def without_reasoning(self) -> str:
        """The text after the reasoning, where the model or its template marked that."""
        reasons = self._thinking or self.text.lstrip().startswith("<think>")
        if not reasons:
            return self.text
        return self.text.partition("</think>")[2].lstrip("\n")


class CutRequests:
    """Which call the parent wants to end; set by the reading thread."""

    def __init__(self) -> None:
        self.current = 0
        self.cut = 0

    def is_requested(self) -> bool:
        return self.cut >= self.current


def read_requests(inbox: "queue.Queue[dict[str, Any]]", cuts: CutRequests) -> None:
    for line in sys.stdin:
        message = json.loads(line)
        if "cut" in message:
            cuts.cut = message["cut"]
        else:
            inbox.put(message)
    os._exit(0)  # the parent is gone, and llama.cpp may be in the middle of a long evaluation


def answer_requests(
    model: Model, inbox: "queue.Queue[dict[str, Any]]", cuts: CutRequests, out: IO[str]
) -> None:
    while True:
        message = inbox.get()
        cuts.current = message["id"]
        try:
            if "count" in message:
                counts = [model.count_tokens(text) for text in message["count"]]
                send_message(out, {"id": message["id"], "done": {"counts": counts}})
                continue
            if "overhead" in message:
                send_message(
                    out, {"id": message["id"], "done": {"overhead": model.template_overhead()}}
                )
                continue
            for answer in model.generate_reply(message["ask"], cuts):
                send_message(out, {"id": message["id"], **answer})
        except TooLongError as exc:
            send_message(out, {"id": message["id"], "error": str(exc), "kind": "too long"})
        except (ValueError, RuntimeError) as exc:
            send_message(out, {"id": message["id"], "error": str(exc), "kind": "failed"})


def send_message(out: IO[str], message: dict[str, Any]) -> None:
    out.write(json.dumps(message) + "\n")
    out.flush()


def main() -> None:
    # llama.cpp is C++ and prints to descriptor 1, whatever sys.stdout is: that becomes stderr.
    # https://docs.python.org/3.11/library/os.html#os.dup2
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    options = json.loads(sys.stdin.readline())
    inbox: queue.Queue[dict[str, Any]] = queue.Queue()
    cuts = CutRequests()
    threading.Thread(target=read_requests, args=(inbox, cuts), daemon=True).start()
    try:
        model = Model(options)
    except (ValueError, RuntimeError, MemoryError) as exc:
        send_message(out, {"id": 0, "error": str(exc), "kind": "load"})
        return
    send_message(out, {"id": 0, "ready": True})
    answer_requests(model, inbox, cuts, out)


if __name__ == "__main__":
    main()
