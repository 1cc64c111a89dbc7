"""Telling a model's thought from its answer in the text of a reply, however a server marks it.

A server that knows the model's template sends the thought in a field of its own. Others leave it in
the text: between tags, before a closing tag whose opening one the template wrote, or in channels.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice

from bot.models.thought_channels import (
    PLAIN_ANALYSIS,
    THOUGHT_HEADING,
    ThoughtSpans,
    find_channels,
)
from bot.models.thought_tags import REGIONS, TAG, Fences, Tag, find_regions, find_tags

_MAX_OPENING_CHARACTERS = 200
"""How far from its beginning a thought may begin in the middle of a line."""
_SURE_NAMES = frozenset({"think", "seed:think", "[think]", "channel", "edge"})
_MAX_CLOSERS = 8
"""Closing tags that are looked at for an opening one, so that hostile text costs no more."""
_END_MARK = re.compile(r"</|\[/THINK\]|/think▷|<channel\|>|final|response:|<\|e", re.IGNORECASE)
_MAX_MARK_CHARACTERS = 32
_FENCE_LINE = re.compile(r"[ \t]{0,8}(`{3,}|~{3,})([^`\n]*)$")
_EDIT_END = re.compile(r"[ \t]{0,8}(?:>{5,9}(?!>)|\*\*\* End Patch)")
_ANSWER_MARKS = (
    ("<answer>", "</answer>"),
    ("<output>", "</output>"),
    ("<Output>", "</Output>"),
    ("<response>", "</response>"),
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


def ends_in_edit(text: str, *, closed: bool) -> bool:
    """Whether the last line ends a fence, a block or a patch; unless `closed`, also inside one."""
    lines = text.rstrip().split("\n")
    if _EDIT_END.match(lines[-1]):
        return True
    opened = ""
    for line in lines:
        if fence := _FENCE_LINE.match(line):
            if not opened:
                opened = fence[1]
            elif fence[1].startswith(opened) and not fence[2].strip():
                opened = ""
    is_fence_end = not opened and _FENCE_LINE.match(lines[-1]) is not None
    return is_fence_end or (bool(opened) and not closed)


def begins_with_mark(text: str) -> bool:
    """Whether the text says itself that it begins as a thought."""
    head = text[:_MAX_OPENING_CHARACTERS].lstrip()
    tag = TAG.match(head)
    if tag is not None:
        ends = (tag["edge"] or "").lower().startswith("end")
        return not (tag["slash"] or tag["square"] or tag["turn"] == "<channel|>" or ends)
    if head.startswith(("<|channel|>", "<|start|>")):
        return True
    return PLAIN_ANALYSIS.match(head) is not None or THOUGHT_HEADING.match(head) is not None


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
    if (channels := find_channels(text)) is not None:
        return channels
    tags = list(find_tags(text))
    if not tags:
        return ThoughtSpans()
    strict = any(TAG.search((data or b"").decode(errors="replace")) for data in files)
    return _Reader(text, tags, strict=strict).read()


class _Reader:
    """Reads the tags of one text in order."""

    def __init__(self, text: str, tags: Sequence[Tag], *, strict: bool) -> None:
        self._text = text
        self._tags = tags
        self._strict = strict
        self._fences = Fences(text)
        self._regions = [list(find_regions(text, *ends)) for ends in REGIONS]
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
                if tag.may_be_code:
                    continue
                if not (spans or self._strict) or self._begins_line(tag):
                    self._add(spans, self._start, tag.past)
                continue
            if not self._begins_thought(tag):
                continue
            end = self._find_closer(number - 1)
            if (
                tag.may_be_code
                and end is not None
                and not self._text[self._tags[end].past :].strip()
            ):
                continue
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

    def _begins_line(self, tag: Tag) -> bool:
        line = max(self._text.rfind("\n", self._start, tag.first) + 1, self._start)
        return self._text[line : tag.first].isspace() or line == tag.first

    def _begins_thought(self, tag: Tag) -> bool:
        """At the beginning of a line, or after a few words that no code is among."""
        if tag.may_be_code:
            return not self._text[self._start : tag.first].strip()
        if self._begins_line(tag):
            return True
        near = tag.first - self._start <= _MAX_OPENING_CHARACTERS
        return near and tag.name in _SURE_NAMES and not self._fences.seen_before(tag.first)

    def _is_text_of_file(self, tag: Tag) -> bool:
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
    begins, ends = TAG.match(thought.lstrip()), list(TAG.finditer(thought))
    if ends and ends[-1].end() == len(thought):
        thought = thought[: ends[-1].start()]
    return thought.lstrip()[begins.end() :].strip() if begins else thought.strip()
