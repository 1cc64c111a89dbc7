"""Thought and answer in channels or below headings, and where thoughts stand in a text."""

import re
from dataclasses import dataclass

# What the harmony format puts around a message, and its plain form where a proxy took the special
# tokens off: https://cookbook.openai.com/articles/openai-harmony
_CHANNEL = re.compile(
    r"(?:<\|start\|>)?(?:assistant[^<|\n]{0,80})?<\|channel\|>\s*(?P<name>[a-z]+)[^<|\n]{0,80}"
    r"(?:<\|constrain\|>[^<|\n]{0,80})?<\|message\|>"
)
_CHANNEL_END = re.compile(
    r"<\|(?:end|return|call)\|>\s*(?:\Z|(?=<\|start\|>))|<\|start\|>assistant<\|channel\|>"
)
PLAIN_ANALYSIS = re.compile(
    r"\s*(?:assistant[ \t]*)?(?:analysis(?P<glued>(?=\w))|[*#\[<( ]{0,4}analysis[*\]>): ]{0,4}\n)"
)
_PLAIN_FINAL = re.compile(r"assistant[ \t]*final|^[*#\[<( ]{0,4}final[*\]>): ]{0,4}$", re.MULTILINE)
_ONLY_FINAL = re.compile(r"\s*assistant[ \t]*final")
# Granite: https://docs.vllm.ai/en/stable/features/reasoning_outputs/
# https://huggingface.co/ibm-granite/granite-3.2-8b-instruct
# Apriel: https://huggingface.co/ServiceNow-AI/Apriel-Nemotron-15b-Thinker
_HERE = r"Here(?:'s|\u2019s| is)"
THOUGHT_HEADING = re.compile(
    rf"\s{{0,20}}[*#]{{0,4}} ?(?:(?P<sure>{_HERE} my thought process|Here are my reasoning steps)"
    rf"|{_HERE} my (?:thinking process|thinking|reasoning)|(?:Thought|Thinking) process)"
    r"[*]{0,2}:",
    re.IGNORECASE,
)
_RESPONSE_HEADING = re.compile(
    rf"{_HERE} my (?:final )?(?:response|answer)[*]{{0,2}}:[*]{{0,2}}[ \t]{{0,8}}"
    r"|\[BEGIN FINAL RESPONSE\]",
    re.IGNORECASE,
)
_SHORT_RESPONSE_HEADING = re.compile(
    r"^[*#]{0,4} ?(?:(?:My |Final )?(?:response|answer))[*]{0,2}:[*]{0,2}[ \t]*$",
    re.IGNORECASE | re.MULTILINE,
)
_RESPONSE_END = re.compile(r"\[END FINAL RESPONSE\]\s*(?:<\|end\|>)?\s*\Z")


@dataclass(frozen=True, slots=True)
class ThoughtSpans:
    """Where thoughts stand in a text, tags included, as character offsets in order."""

    spans: tuple[tuple[int, int], ...] = ()
    closed: bool = True


def find_channels(text: str) -> ThoughtSpans | None:
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
    if heading := THOUGHT_HEADING.match(text):
        return _find_below_heading(text, heading)
    start = PLAIN_ANALYSIS.match(text)
    if start is None:
        return None
    if final := _PLAIN_FINAL.search(text, start.end()):
        return ThoughtSpans(((0, final.end()),))
    # A word on a line of its own may as well be an answer's.
    return ThoughtSpans(((0, len(text)),), closed=False) if start["glued"] is not None else None


def _find_below_heading(text: str, heading: re.Match[str]) -> ThoughtSpans | None:
    """The thought ends at the heading of the answer, which is never left out by a `sure` model."""
    at = heading.end()
    response = _RESPONSE_HEADING.search(text, at) or _SHORT_RESPONSE_HEADING.search(text, at)
    if response is None:
        return ThoughtSpans(((0, len(text)),), closed=False) if heading["sure"] else None
    spans = [(0, response.end())]
    if end := _RESPONSE_END.search(text, response.end()):
        spans.append(end.span())
    return ThoughtSpans(tuple(spans))
