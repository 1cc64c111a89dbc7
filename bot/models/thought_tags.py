"""The tags between which thought stands, and what shows that one of them is text of a file."""

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass

# <think>: https://huggingface.co/deepseek-ai/DeepSeek-R1, https://huggingface.co/Qwen/QwQ-32B
# [THINK]: https://huggingface.co/mistralai/Magistral-Small-2507
# <|channel>thought and <channel|>: https://ai.google.dev/gemma/docs/capabilities/thinking
# <seed:think>: https://huggingface.co/ByteDance-Seed/Seed-OSS-36B-Instruct
# <|begin_of_thought|>: https://huggingface.co/open-thoughts/OpenThinker-32B
# <|START_THINKING|>: https://docs.cohere.com/docs/reasoning
# ◁think▷: https://huggingface.co/moonshotai/Kimi-VL-A3B-Thinking-2506
# <Thought>: https://huggingface.co/AIDC-AI/Marco-o1
_WORDS = (
    *("think(?:ing)?", "thoughts?", "thought_process", "chain_of_thought", "cot"),
    *("reasoning", "reflection", "scratchpad", "analysis", "planning"),
    *("(?:inner|internal)_(?:monologue|thoughts?)",),
)
_LOWER = "|".join(_WORDS)
_TITLED = "Think(?:ing)?|Thoughts?|Reasoning|Reflection|Analysis|Planning"
_NAMES = f"(?:seed:)?(?:{_LOWER})|{_LOWER.upper()}|{_TITLED}"
_ATTRIBUTES = r"(?:[ \t]{1,4}[\w:.-]{1,40}=[^<>\n]{0,200}(?<![/=]))?"
TAG = re.compile(
    rf"<(?P<slash>/?)(?P<name>{_NAMES}){_ATTRIBUTES}>|[\[◁](?P<square>/?)(?:THINK\]|think▷)"
    r"|(?P<turn><\|channel>thought\b|<channel\|>)"
    r"|<\|(?P<edge>begin_of_thought|START_THINKING|end_of_thought|END_THINKING)\|>"
)
# An answer may begin on the line on which the thought ends.
_AFTER_END = (
    rf"(?:.*(?:</(?:{_NAMES})>|\[/THINK\]|◁/think▷|<channel\|>|<\|END_THINKING\|>))?[ \t]{{0,8}}"
)
_FENCE = re.compile(rf"{_AFTER_END}(`{{3,}}|~{{3,}})([^`\n]*)$")
REGIONS = (
    (re.compile(rf"{_AFTER_END}(<{{5,9}})(?!<)"), re.compile(r"[ \t]*>{5,9}(?!>)")),
    (re.compile(rf"{_AFTER_END}(\*\*\* Begin Patch)"), re.compile(r"[ \t]*\*\*\* End Patch")),
)
"""Where an edit begins and ends that needs no fence: search/replace blocks and patches."""
_QUOTES = "\"'`"
_LINE_CHARACTERS = 400
"""What is looked at of a line on either side of a tag."""


@dataclass(frozen=True, slots=True)
class Tag:
    first: int
    past: int
    name: str
    closes: bool
    may_be_code: bool = False
    """`<Thought>` is a type or a component of somebody's code as well."""


@dataclass(frozen=True, slots=True)
class _FenceLine:
    first: int
    ticks: str
    info: str


class Fences:
    """The lines of a text that open or close a fence, read from its beginning to its end."""

    def __init__(self, text: str) -> None:
        self._lines = [
            _FenceLine(start, line[1], "" if TAG.match(line[2]) else line[2].strip())
            for start, line in _match_lines(text, _FENCE)
        ]
        self._starts = [line.first for line in self._lines]
        self.begin(0)

    def begin(self, start: int) -> None:
        """A new part of the reply begins there: no fence from above is open in it."""
        self._begun, self._next, self._open = start, bisect_left(self._starts, start), ""

    def is_open(self, at: int) -> bool:
        """Whether a fence is open there; `at` never goes back behind an earlier one."""
        while self._next < len(self._lines) and self._lines[self._next].first < at:
            line = self._lines[self._next]
            if not self._open:
                self._open = line.ticks
            elif line.ticks.startswith(self._open) and not line.info:
                self._open = ""
            self._next += 1
        return bool(self._open)

    def seen_before(self, at: int) -> bool:
        """Whether this part of the reply has such a line above `at`."""
        return bisect_left(self._starts, self._begun) < bisect_left(self._starts, at)

    def closes_after(self, at: int) -> bool:
        """Whether the next line is the end of a fence: then every later one has both its ends."""
        after = bisect_left(self._starts, at)
        left = len(self._lines) - after
        return left % 2 == 1 and not self._lines[after].info


def find_tags(text: str) -> Iterator[Tag]:
    for match in TAG.finditer(text):
        first, past = match.span()
        if _is_quoted(text, first, past):
            continue
        if match["edge"]:
            yield Tag(first, past, "edge", match["edge"].lower().startswith("end"))
        elif match["turn"]:
            yield Tag(first, past, "channel", match["turn"].startswith("<channel"))
        elif match["name"]:
            name = (
                match["name"]
                .lower()
                .removesuffix("ing" if "think" in match["name"].lower() else "s")
            )
            may_be_code = match["name"].istitle() and name != "think"
            yield Tag(first, past, name, bool(match["slash"]), may_be_code)
        else:
            yield Tag(first, past, "[think]", bool(match["square"]))


def _is_quoted(text: str, first: int, past: int) -> bool:
    """Whether a string or a span of code begins right before the tag or ends right behind it."""
    if text[first - 1 : first] == "\\":
        return True
    before = text[max(0, first - _LINE_CHARACTERS) : first].rpartition("\n")[2]
    if before.lstrip().startswith("```"):
        return False
    after = text[past : past + _LINE_CHARACTERS].partition("\n")[0]
    return any(
        before.count(quote) % 2 == 1
        and quote in after
        and (before.endswith(quote) or after.startswith(quote))
        for quote in _QUOTES
    )


def _match_lines(text: str, pattern: re.Pattern[str]) -> Iterator[tuple[int, re.Match[str]]]:
    """Each line that matches, with where its first group begins."""
    start = 0
    for line in text.split("\n"):
        if found := pattern.match(line):
            yield start + found.start(1), found
        start += len(line) + 1


def find_regions(
    text: str, opener: re.Pattern[str], closer: re.Pattern[str]
) -> Iterator[tuple[int, int]]:
    """Each from its opening line to its closing one; one that is not closed is none."""
    first, start = -1, 0
    for line in text.split("\n"):
        if opened := opener.match(line):
            first = start + opened.start(1)
        elif first >= 0 and closer.match(line):
            yield first, start
            first = -1
        start += len(line) + 1
