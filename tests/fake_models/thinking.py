"""A model that thinks, as a server streams it: token by token, within the room that was asked for.

What each kind of server sends, and what it makes of the keys of a request:
https://github.com/ggml-org/llama.cpp/blob/master/tools/server/README.md (reasoning_content),
https://docs.vllm.ai/en/stable/features/reasoning_outputs/ (reasoning),
https://openrouter.ai/docs/use-cases/reasoning-tokens (reasoning, reasoning_details),
https://cookbook.openai.com/articles/openai-harmony (channels)
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from fake_models.server import ReceivedRequest, ScriptedAnswer

Body = dict[str, Any]
PROMPT_TOKENS, CACHED_TOKENS = 1500, 700
STANDARD_KEYS = frozenset(
    [
        "messages",
        "model",
        "stream",
        "stream_options",
        "max_tokens",
        "temperature",
        "top_p",
        "seed",
        "stop",
        "presence_penalty",
        "frequency_penalty",
    ]
)
"""What a strict server knows; of anything else it says its name, with a 400."""


def split_tokens(text: str) -> list[str]:
    """A token for each word and for each run of blanks."""
    return re.findall(r"\s+|\S+", text)


@dataclass(frozen=True)
class Marks:
    """How thought is told from answer: in a `field` of its own, or between `opens` and `closes`."""

    field: str = ""
    opens: str = ""
    closes: str = ""


@dataclass
class ThinkingModel:
    """Thinks, then answers. `obeys` are the keys of a request that it heeds.

    `chunk` is how many characters of the text share an event, 0 for one token each. It stops
    `stops_after_thought` times with nothing but a thought. A `strict` server answers 400 to a key
    that it does not know. One that `counts_thought` says how many of its tokens were thought, as
    hosted ones do and llama-server does not. `finish` is said whatever came.
    """

    thought: str
    answer: str
    marks: Marks = Marks("reasoning_content")
    obeys: frozenset[str] = frozenset({"enable_thinking", "thinking_budget_tokens"})
    chunk: int = 0
    stops_after_thought: int = 0
    strict: bool = False
    counts_thought: bool = False
    usage_in_each: bool = False
    finish: Literal["", "length"] = ""

    def __call__(self, request: ReceivedRequest) -> ScriptedAnswer:
        body = request.body
        unknown = sorted(body.keys() - STANDARD_KEYS) if self.strict else []
        if unknown:
            why = f"[{{'type': 'extra_forbidden', 'loc': ('body', '{unknown[0]}')}}]"
            return ScriptedAnswer(why, status=400)
        thinks = not self._is_told_not_to(body)
        thought = split_tokens(self.thought) if thinks else []
        budget = body.get("thinking_budget_tokens")
        if budget is not None and "thinking_budget_tokens" in self.obeys:
            thought = thought[:budget]
        answer = split_tokens(self.answer)
        if self.stops_after_thought > 0 and thought:
            self.stops_after_thought -= 1
            answer = []
        room = int(body.get("max_tokens") or body.get("max_completion_tokens") or 1 << 30)
        whole = len(thought) + len(answer) <= room
        thought, ended = thought[:room], len(thought) < room or not answer
        answer = answer[: room - len(thought)]
        finish = self.finish or ("stop" if whole else "length")
        return ScriptedAnswer(
            deltas=tuple(self._deltas(thought, answer, closed=ended and bool(thought))),
            finish=finish,
            reported=_usage(len(thought), len(answer), told_apart=self.counts_thought),
            usage_in_each=self.usage_in_each,
        )

    def _is_told_not_to(self, body: Body) -> bool:
        variables = body.get("chat_template_kwargs") or {}
        off = variables.get("enable_thinking") is False and "enable_thinking" in self.obeys
        return off or ("reasoning_effort" in self.obeys and body.get("reasoning_effort") == "none")

    def _deltas(self, thought: list[str], answer: list[str], *, closed: bool) -> Iterator[Body]:
        yield {"role": "assistant", "content": None}
        if self.marks.field:
            yield from ({self.marks.field: piece} for piece in thought)
            yield from ({"content": piece} for piece in self._cut(answer))
            return
        pieces = answer
        if thought:
            pieces = [self.marks.opens, *thought, *([self.marks.closes] if closed else []), *answer]
        yield from ({"content": piece} for piece in self._cut(pieces))

    def _cut(self, pieces: list[str]) -> list[str]:
        if not self.chunk:
            return [piece for piece in pieces if piece]
        text = "".join(pieces)
        return [text[at : at + self.chunk] for at in range(0, len(text), self.chunk)]


def _usage(thought: int, answer: int, *, told_apart: bool) -> Body:
    return {
        "prompt_tokens": PROMPT_TOKENS,
        "completion_tokens": thought + answer,
        "total_tokens": PROMPT_TOKENS + thought + answer,
        "prompt_tokens_details": {"cached_tokens": CACHED_TOKENS},
        **({"completion_tokens_details": {"reasoning_tokens": thought}} if told_apart else {}),
    }
