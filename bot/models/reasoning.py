"""Telling a model's thought from its answer in the text of a reply, however a server marks it.

A server that knows the model's template sends the thought in a field of its own. Others leave it in
the text: between tags, before a closing tag whose opening one the template wrote, or in channels.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

# <think>: https://huggingface.co/deepseek-ai/DeepSeek-R1, https://huggingface.co/Qwen/QwQ-32B
# [THINK]: https://huggingface.co/mistralai/Magistral-Small-2507
# <|channel>thought and <channel|>: https://ai.google.dev/gemma/docs/capabilities/thinking
# <seed:think>: https://huggingface.co/ByteDance-Seed/Seed-OSS-36B-Instruct
# <|begin_of_thought|>: https://huggingface.co/open-thoughts/OpenThinker-32B
# <|START_THINKING|>: https://docs.cohere.com/docs/reasoning
# In capitals or not at all: `<Thought>` is a type or a component of somebody's code.
_LOWER = "think(?:ing)?|thoughts?|reasoning|reflection|scratchpad"
_NAMES = f"(?:seed:)?(?:{_LOWER})|{_LOWER.upper()}"
_TAG = re.compile(
    rf"<(?P<slash>/?)(?P<name>{_NAMES})>|\[(?P<square>/?)THINK\]"
    r"|(?P<turn><\|channel>thought\b|<channel\|>)"
    r"|<\|(?P<edge>begin_of_thought|START_THINKING|end_of_thought|END_THINKING)\|>"
)
# An answer may begin on the line on which the thought ends.
_AFTER_END = rf"(?:.*(?:</(?:{_NAMES})>|\[/THINK\]|<channel\|>|<\|END_THINKING\|>))?[ \t]{{0,8}}"
_FENCE = re.compile(rf"{_AFTER_END}(`{{3,}}|~{{3,}})([^`\n]*)$")
_REGIONS = (
    (re.compile(rf"{_AFTER_END}(<{{5,9}})(?!<)"), re.compile(r"[ \t]*>{5,9}(?!>)")),
    (re.compile(rf"{_AFTER_END}(\*\*\* Begin Patch)"), re.compile(r"[ \t]*\*\*\* End Patch")),
)
"""Where an edit begins and ends that needs no fence: search/replace blocks and patches."""
_QUOTES = "\"'`"
_LINE_CHARACTERS = 400
"""What is looked at of a line on either side of a tag."""
_MAX_OPENING_CHARACTERS = 200
"""How far from its beginning a thought may begin in the middle of a line."""
_SURE_NAMES = frozenset({"think", "seed:think", "[think]", "channel", "edge"})
_MAX_CLOSERS = 8
"""Closing tags that are looked at for an opening one, so that hostile text costs no more."""
# What the harmony format puts around a message, and its plain form where a proxy took the special
# tokens off: https://cookbook.openai.com/articles/openai-harmony
_CHANNEL = re.compile(
    r"(?:<\|start\|>)?(?:assistant[^<|\n]{0,80})?<\|channel\|>\s*(?P<name>[a-z]+)[^<|\n]{0,80}"
    r"(?:<\|constrain\|>[^<|\n]{0,80})?<\|message\|>"
)
_CHANNEL_END = re.compile(
    r"<\|(?:end|return|call)\|>\s*(?:\Z|(?=<\|start\|>))|<\|start\|>assistant<\|channel\|>"
)
_PLAIN_ANALYSIS = re.compile(
    r"\s*(?:assistant[ \t]*)?(?:analysis(?P<glued>(?=\w))|[*#\[<( ]{0,4}analysis[*\]>): ]{0,4}\n)"
)
_PLAIN_FINAL = re.compile(r"assistant[ \t]*final|^[*#\[<( ]{0,4}final[*\]>): ]{0,4}$", re.MULTILINE)
_ONLY_FINAL = re.compile(r"\s*assistant[ \t]*final")
_END_MARK = re.compile(r"</|\[/THINK\]|<channel\|>|final|<\|e", re.IGNORECASE)
_MAX_MARK_CHARACTERS = 32
_ANSWER_MARKS = (
    ("<answer>", "</answer>"),
    ("<output>", "</output>"),
    ("<|begin_of_solution|>", "<|end_of_solution|>"),
    ("<|START_RESPONSE|>", "<|END_RESPONSE|>"),
)
"""What some models put around the answer that follows a thought."""


@dataclass(frozen=True, slots=True)
class SplitReply:
    """`closed` is False where a thought was begun and never ended: then there is no answer."""

    thought: str
    answer: str
    closed: bool


@dataclass(frozen=True, slots=True)
class ThoughtSpans:
    """Where thoughts stand in a text, tags included, as character offsets in order."""

    spans: tuple[tuple[int, int], ...] = ()
    closed: bool = True


def split_reasoning(text: str, files: Iterable[bytes | None] = ()) -> SplitReply:
    """Tell thought and answer apart. `files` are those that the reply may write.

    A tag inside a fence, a search/replace block or a patch of the answer is text of a file. Where
    one of `files` holds such a tag itself, a closing tag without an opening one must stand on a
    line of its own.
    """
    found = find_thoughts(text, files)
    thought = "\n\n".join(_strip_tags(text[first:past]) for first, past in found.spans)
    if not found.closed:
        return SplitReply(thought, "", closed=False)
    answer = _join_answer(text, found.spans) if found.spans else text
    if found.spans:
        answer = _unwrap_answer(answer)
    return SplitReply(thought, answer.lstrip("\n") if found.spans else answer, closed=True)


def _unwrap_answer(answer: str) -> str:
    bare = answer.strip()
    for opens, closes in _ANSWER_MARKS:
        if bare.startswith(opens):
            return bare.removeprefix(opens).removesuffix(closes)
    return answer


def begins_with_mark(text: str) -> bool:
    """Whether the text says itself that it begins as a thought."""
    head = text[:_MAX_OPENING_CHARACTERS].lstrip()
    tag = _TAG.match(head)
    if tag is not None:
        ends = (tag["edge"] or "").lower().startswith("end")
        return not (tag["slash"] or tag["square"] or tag["turn"] == "<channel|>" or ends)
    return head.startswith(("<|channel|>", "<|start|>")) or _PLAIN_ANALYSIS.match(head) is not None


class ThoughtWatch:
    """Tells where the answer begins while a reply streams; looks at the new characters only."""

    def __init__(self) -> None:
        self._answer_at = -1
        self._seen = 0
        self._next_look = 0

    def find_answer(self, text: str) -> int:
        """Where the answer begins; the length of the text while that is a thought to its end.

        `text` is all that came so far. A thought without a beginning is not known before its end.
        """
        if self._answer_at >= 0 or not begins_with_mark(text):
            return max(0, self._answer_at)
        new = text[max(0, self._seen - _MAX_MARK_CHARACTERS) :]
        self._seen = len(text)
        if _END_MARK.search(new) and len(text) >= self._next_look:
            found = find_thoughts(text)
            self._answer_at = found.spans[0][1] if found.closed and found.spans else -1
            # So that a text full of such marks is not read whole at each of them.
            self._next_look = len(text) * 17 // 16
        return self._answer_at if self._answer_at >= 0 else len(text)


def find_thoughts(text: str, files: Iterable[bytes | None] = ()) -> ThoughtSpans:
    """Where the thoughts of a reply stand; of one that never ends, up to the end of the text."""
    if (channels := _find_channels(text)) is not None:
        return channels
    tags = list(_find_tags(text))
    if not tags:
        return ThoughtSpans()
    strict = any(_TAG.search((data or b"").decode(errors="replace")) for data in files)
    return _Reader(text, tags, strict=strict).read()


@dataclass(frozen=True, slots=True)
class _Tag:
    first: int
    past: int
    name: str
    closes: bool


@dataclass(frozen=True, slots=True)
class _FenceLine:
    first: int
    ticks: str
    info: str


class _Fences:
    """The lines of a text that open or close a fence, read from its beginning to its end."""

    def __init__(self, text: str) -> None:
        self._lines = [
            _FenceLine(start, line[1], "" if _TAG.match(line[2]) else line[2].strip())
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


class _Reader:
    """Reads the tags of one text in order."""

    def __init__(self, text: str, tags: Sequence[_Tag], *, strict: bool) -> None:
        self._text = text
        self._tags = tags
        self._strict = strict
        self._fences = _Fences(text)
        self._regions = [list(_find_regions(text, *ends)) for ends in _REGIONS]
        self._first_hunk = text.find("\n@@")
        self._start = 0
        """Where the part of the reply begins that follows the last thought."""

    def read(self) -> ThoughtSpans:
        spans: list[tuple[int, int]] = []
        number = 0
        while number < len(self._tags):
            tag = self._tags[number]
            number += 1
            if self._is_text_of_file(tag):
                continue
            if tag.closes:
                if not (spans or self._strict) or self._begins_line(tag):
                    self._add(spans, self._start, tag.past)
                continue
            if not self._begins_thought(tag):
                continue
            end = self._find_closer(number - 1)
            if end is None:
                spans.append((tag.first, len(self._text)))
                return ThoughtSpans(tuple(spans), closed=False)
            self._add(spans, tag.first, self._tags[end].past)
            number = end + 1
        return ThoughtSpans(tuple(spans))

    def _add(self, spans: list[tuple[int, int]], first: int, past: int) -> None:
        spans.append((first, past))
        self._start = past
        self._fences.begin(past)

    def _find_closer(self, opener: int) -> int | None:
        """The first that stands in no fence of the thought, else the first at all."""
        tag = self._tags[opener]
        closers = (
            number
            for number in range(opener + 1, len(self._tags))
            if self._tags[number].closes and self._tags[number].name == tag.name
        )
        some = list(islice(closers, _MAX_CLOSERS))
        self._fences.begin(tag.past)
        outside = (n for n in some if not self._fences.is_open(self._tags[n].first))
        return next(outside, some[0] if some else None)

    def _begins_line(self, tag: _Tag) -> bool:
        line = max(self._text.rfind("\n", self._start, tag.first) + 1, self._start)
        return self._text[line : tag.first].isspace() or line == tag.first

    def _begins_thought(self, tag: _Tag) -> bool:
        """At the beginning of a line, or after a few words that no code is among."""
        if self._begins_line(tag):
            return True
        near = tag.first - self._start <= _MAX_OPENING_CHARACTERS
        return near and tag.name in _SURE_NAMES and not self._fences.seen_before(tag.first)

    def _is_text_of_file(self, tag: _Tag) -> bool:
        """Whether it stands in a fence, a block or a patch of what follows the last thought."""
        for regions in self._regions:
            at = bisect_right(regions, (tag.first, len(self._text))) - 1
            if at >= 0 and self._start <= regions[at][0] and tag.first < regions[at][1]:
                return True
        if 0 <= self._first_hunk < tag.first and self._text[tag.first - 1] in "+- ":
            line = self._text[self._text.rfind("\n", 0, tag.first) + 1 : tag.first]
            if line[:1] in "+- " and not line[1:].strip():
                return True
        # In a thought the fence of a draft may be open still: then what follows has both ends of
        # its fences. Of a file that is quoted, the end of its fence is still to come.
        return self._fences.is_open(tag.first) and self._fences.closes_after(tag.past)


def _find_tags(text: str) -> Iterator[_Tag]:
    for match in _TAG.finditer(text):
        first, past = match.span()
        if _is_quoted(text, first, past):
            continue
        if match["edge"]:
            yield _Tag(first, past, "edge", match["edge"].lower().startswith("end"))
        elif match["turn"]:
            yield _Tag(first, past, "channel", match["turn"].startswith("<channel"))
        elif match["name"]:
            name = (
                match["name"]
                .lower()
                .removesuffix("ing" if "think" in match["name"].lower() else "s")
            )
            yield _Tag(first, past, name, bool(match["slash"]))
        else:
            yield _Tag(first, past, "[think]", bool(match["square"]))


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


def _find_regions(
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


def _find_channels(text: str) -> ThoughtSpans | None:
    """The spans of every channel but `final`; None where the text has no channels."""
    first = _CHANNEL.match(text.lstrip())
    if first is None:
        return _find_plain_channels(text)
    spans: list[tuple[int, int]] = []
    at, closed = 0, False
    for message in _CHANNEL.finditer(text):
        if message["name"] != "final":
            continue
        spans.append((at, message.end()))
        closed = True
        end = _CHANNEL_END.search(text, message.end())
        at = end.start() if end else len(text)
    if at < len(text):
        spans.append((at, len(text)))
    return ThoughtSpans(tuple(spans), closed=closed)


def _find_plain_channels(text: str) -> ThoughtSpans | None:
    if only := _ONLY_FINAL.match(text):
        return ThoughtSpans(((0, only.end()),))
    start = _PLAIN_ANALYSIS.match(text)
    if start is None:
        return None
    if final := _PLAIN_FINAL.search(text, start.end()):
        return ThoughtSpans(((0, final.end()),))
    # A word on a line of its own may as well be an answer's.
    return ThoughtSpans(((0, len(text)),), closed=False) if start["glued"] is not None else None


def _join_answer(text: str, spans: Sequence[tuple[int, int]]) -> str:
    """What stands between the thoughts, each part from the beginning of a line."""
    answer, at = "", 0
    for first, past in (*spans, (len(text), len(text))):
        part = text[at:first]
        answer += f"\n{part}" if answer and not answer.endswith("\n") else part
        at = past
    return answer


def _strip_tags(thought: str) -> str:
    """A thought without the tags at its ends."""
    begins, ends = _TAG.match(thought.lstrip()), list(_TAG.finditer(thought))
    if ends and ends[-1].end() == len(thought):
        thought = thought[: ends[-1].start()]
    return thought.lstrip()[begins.end() :].strip() if begins else thought.strip()
