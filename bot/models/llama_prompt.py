"""A prompt in the chat template of a GGUF, as tokens. The model's child process imports it."""

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bot.models.generated_text import find_opened

# https://github.com/openai/openai-python/blob/v0.28.1/chatml.md
CHATML = (
    "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
    "<|im_start|>assistant\n"
)
"""For a GGUF that brings no template of its own."""
PLACEHOLDER = "\x02{}\x03"
"""Stands for a text while the template is rendered; no template has these control characters."""

NO_TOOLS: tuple[dict[str, Any], ...] = ({}, {"tools": [], "functions": ""})
"""Ways to give a template no tools; the first that it can be rendered with is taken."""
BORDER_TOKENS = 4
"""One for each border of the system and the user text: there, tokens may be split differently."""


@dataclass(frozen=True, slots=True)
class EncodedPrompt:
    """`opened`: the tag of a thought that the prompt ends with, so that the reply begins in it."""

    tokens: list[int]
    opened: str


class PromptEncoder:
    """`library` is llama_cpp and `llama` a model that it loaded."""

    def __init__(self, library: Any, llama: Any) -> None:  # noqa: ANN401 loaded without its types
        self._lib = library
        self._llama = llama
        self._render = self._chat_template()

    def encode(self, system: str, user: str, variables: dict[str, Any]) -> EncodedPrompt:
        """The prompt in the model's chat template, whose special tokens are never those of a text.

        A file that has `<|im_end|>` in it is data: its characters are tokenized as plain text, so
        that it cannot end its turn and begin one of another role.
        """
        texts = [system, user]
        marks = [PLACEHOLDER.format(number) for number in range(len(texts))]
        frame = self._render_frame(marks, variables)
        # Some templates open the thought, and the reply then lacks that tag.
        # https://huggingface.co/Qwen/QwQ-32B
        opened = find_opened(frame)
        whole = frame
        for mark, text in zip(marks, texts, strict=True):
            whole = whole.replace(mark, text)
        if all(self.tokenize(text) == self.tokenize(text, special=False) for text in texts):
            return EncodedPrompt(self._with_bos(self.tokenize(whole)), opened)
        tokens: list[int] = []
        for mark, text in zip(marks, texts, strict=True):
            before, present, frame = frame.partition(mark)
            tokens += self.tokenize(before) + (
                self.tokenize(text, special=False) if present else []
            )
        return EncodedPrompt(self._with_bos(tokens + self.tokenize(frame)), opened)

    def _with_bos(self, tokens: list[int]) -> list[int]:
        """Begin as the vocabulary asks, where the template has not; llama-server does the same.

        https://github.com/ggml-org/llama.cpp/blob/master/include/llama.h (llama_vocab_get_add_bos)
        """
        bos = self._llama.token_bos()
        vocabulary = self._llama._model.vocab  # noqa: SLF001 as in `_chat_template`
        wanted = self._lib.llama_vocab_get_add_bos(vocabulary) and tokens[:1] != [bos]
        return [bos, *tokens] if wanted else tokens

    def _render_frame(self, marks: list[str], variables: dict[str, Any]) -> str:
        """Where a template refuses a system role, the system text begins the user's."""
        # Such a template calls `raise_exception`, which the library makes a ValueError.
        # https://github.com/abetlen/llama-cpp-python/blob/main/llama_cpp/llama_chat_format.py
        system, user = marks
        try:
            return self._render([("system", system), ("user", user)], variables)
        except ValueError:
            return self._render([("user", f"{system}\n\n{user}")], variables)

    def _chat_template(self) -> Callable[[list[tuple[str, str]], dict[str, Any]], str]:
        # The library has no public way from a token to its text; its own prompts use this one.
        # https://github.com/abetlen/llama-cpp-python/blob/main/llama_cpp/llama.py
        # test_the_private_parts_of_the_library_are_there tells when it moves.
        model = self._llama._model  # noqa: SLF001 see above
        # It comes with the library, and is loaded by it.
        jinja2: Any = importlib.import_module("jinja2")
        formatter = self._lib.llama_chat_format.Jinja2ChatFormatter(
            template=self._llama.metadata.get("tokenizer.chat_template") or CHATML,
            eos_token=model.token_get_text(self._llama.token_eos()),
            bos_token=model.token_get_text(self._llama.token_bos())
            if self._llama.token_bos() >= 0
            else "",
        )

        def render(turns: list[tuple[str, str]], variables: dict[str, Any]) -> str:
            messages = [{"role": role, "content": text} for role, text in turns]
            # The library names no tools by None, and some templates go through them all the same.
            error: Exception | None = None
            for more in NO_TOOLS:
                try:
                    return str(formatter(messages=messages, **variables, **more).prompt)
                # The last is for a variable that the library itself gives to each template.
                except (jinja2.TemplateError, TypeError, KeyError) as exc:
                    error = error or exc
            raise ValueError(f"the model's chat template fails: {error}") from error

        return render

    def tokenize(self, text: str, *, special: bool = True) -> list[int]:
        # `special` is `parse_special` of llama.cpp: without it `<|im_end|>` becomes plain text.
        # https://github.com/ggml-org/llama.cpp/blob/master/include/llama.h (llama_tokenize)
        # `add_bos` is off because most chat templates write the first token themselves.
        # https://huggingface.co/docs/transformers/chat_templating
        raw = text.encode("utf-8", "replace")
        return list(self._llama.tokenize(raw, add_bos=False, special=special)) if raw else []
