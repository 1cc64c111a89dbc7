"""The text that a model in this process generates: its thought, its answer and its stop words.

It needs the standard library only: the model's child process imports it.
"""

import codecs
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ThoughtTags:
    """What begins and what ends a thought; `close` ends one that its model did not end."""

    begin: str
    end: str
    close: str


THOUGHT_TAGS = (
    *(
        ThoughtTags(f"<{name}>", f"</{name}>", f"\n</{name}>\n\n")
        for name in ("think", "thinking", "thought", "reasoning", "seed:think")
    ),
    ThoughtTags("[THINK]", "[/THINK]", "[/THINK]"),
    ThoughtTags("<|channel>thought", "<channel|>", "<channel|>"),
    # https://cookbook.openai.com/articles/openai-harmony
    ThoughtTags(
        "<|channel|>analysis<|message|>",
        "<|end|>",
        "<|end|><|start|>assistant<|channel|>final<|message|>",
    ),
)
"""Those that models and their templates write; `bot.models.reasoning` names where each is from."""


def is_in_tag(piece: str) -> bool:
    """Whether a special token is one that the tags of a thought are made of."""
    return any(piece in each.begin or piece in each.close for each in THOUGHT_TAGS)


def find_opened(prompt: str) -> str:
    """The tag of a thought that a prompt ends with, so that the reply begins in it, or empty."""
    end = prompt.rstrip()
    return next((each.begin for each in THOUGHT_TAGS if end.endswith(each.begin)), "")


class GeneratedText:
    """The text so far. Bytes of an unfinished character wait for the next token.

    `text` begins with `opened`, the tag that the prompt ended with: so a reader sees the whole
    thought. `tokens` counts all that was added, `thought_tokens` those of them in the thought.
    `stopped`: a stop word came. `full`: the reply has used up its room.
    """

    def __init__(self, opened: str, stops: Sequence[str]) -> None:
        self.text = opened
        self.tokens = 0
        self.thought_tokens = 0
        self.full = False
        self.stopped = False
        self._stops = stops
        self._generated_start = len(opened)
        # A token may be a part of a character's UTF-8 bytes.
        # https://docs.python.org/3.11/library/codecs.html#codecs.IncrementalDecoder
        self._decode = codecs.getincrementaldecoder("utf-8")("replace").decode

    def add_piece(self, piece: bytes) -> str:
        """Add the bytes of one token. Returns what came to the text."""
        before = len(self.text)
        self.text += self._decode(piece)
        self.tokens += 1
        self.thought_tokens += self.open_thought is not None
        self._cut_at_stop(before)
        return self.text[before:]

    def close_thought(self, tags: ThoughtTags, tokens: int) -> str:
        """End the thought with `tags.close`, which is `tokens` long."""
        added = self._decode(b"", final=True) + tags.close
        self._decode = codecs.getincrementaldecoder("utf-8")("replace").decode
        self.text += added
        self.tokens += tokens
        self.thought_tokens += tokens
        return added

    @property
    def open_thought(self) -> ThoughtTags | None:
        """The thought that the text is in; None where it has none or where that ended."""
        began = self.text.lstrip()
        tags = next((each for each in THOUGHT_TAGS if began.startswith(each.begin)), None)
        return None if tags is None or tags.end in began else tags

    def _cut_at_stop(self, before: int) -> None:
        longest = max(map(len, self._stops), default=0)
        start = max(self._generated_start, before - longest)
        for stop in self._stops:
            if (at := self.text.find(stop, start)) >= 0:
                self.text = self.text[:at]
                self.stopped = True
