"""Escaping text from outside for the comments, pull requests and commits that the bot writes.

Escaped text mentions nobody, refers to nothing, links nowhere, closes no issue, and has no picture
and no HTML. A zero width space breaks each of these: GitHub looks for them after it has read the
Markdown, so that a backslash does not help.
"""

import re
from collections.abc import Iterator, Sequence

from bot.text.commonmark import read_marks, to_source
from bot.text.invisible import strip_hidden

ZERO_WIDTH_SPACE = "\u200b"
_MARKUP = re.compile(r"[\\`*_{}\[\]<>|~$]")
# What GitHub makes links of, besides Markdown: @names, #1, GH-1, owner/name#1, addresses.
# https://docs.github.com/en/get-started/writing-on-github/working-with-advanced-formatting/autolinked-references-and-urls
_ACTIVE = re.compile(
    r"@(?=[\w-])"
    r"|\#(?=[\w-])"
    r"|(?<=[Gg][Hh])-(?=\d)"
    r"|:(?=//)"
    r"|(?<=[Ww]{3})\.(?=\S)"
    r"|&(?=\#|\w+;)"
)
_HTML = re.compile(r"<(?=[A-Za-z/!?])|!(?=\[)|\](?=[(:\[])")
# https://spec.commonmark.org/0.31.2/#link-destination
_ENDS_LINK = re.compile(r"[()\\<>]")
_RUN = re.compile(r"`+")
_FENCE_LINE = re.compile(r"^(`{3,})([^`\n]*)$", re.MULTILINE)
_FENCE = re.compile(r"`{3,}|~{3,}")
# `[skip ci]` in a message keeps checks from being run, by several words and on several services:
# https://docs.github.com/en/actions/managing-workflow-runs/skipping-workflow-runs
_SKIP = re.compile(r"(?i)\[((?:skip|no)[ -][\w -]{1,20}|[\w -]{1,20}[ -]skip)\]")
# A commit's message mentions people and closes issues too, once it is on the default branch:
# https://docs.github.com/en/issues/tracking-your-work-with-issues/using-issues/linking-a-pull-request-to-an-issue
_NAMED = re.compile(
    r"(?<![\w@])@(?=[A-Za-z0-9])|#(?=\d)|(?i:(?<=\bgh))-(?=\d)|/(?:issues|pull|discussions)/(?=\d)"
)


def inline_text(text: str, max_characters: int = 1000) -> str:
    """One line in a paragraph, a list or a table, without any mark of Markdown."""
    line = " ".join(strip_hidden(text).split())
    line = line if len(line) <= max_characters else f"{line[: max_characters - 3]}..."
    return _MARKUP.sub(r"\\\g<0>", _defang_line(line))


def link_to(words: str, url: str) -> str:
    """A link that ends where it is meant to, whatever signs stand in the address."""
    return f"[{words}]({_ENDS_LINK.sub(lambda sign: f'%{ord(sign[0]):02X}', url)})"


def code_block(text: str, max_characters: int = 3000) -> str:
    """A block of code with the words as they are, without invisible characters."""
    clean = "\n".join(strip_hidden(line).rstrip() for line in text.splitlines()).strip("\n")
    clean = clean if len(clean) <= max_characters else f"{clean[:max_characters]}\n..."
    fence = fence_for(clean)
    return f"{fence}text\n{clean}\n{fence}"


def quote_lines(text: str) -> str:
    """Markdown as a quotation. Each line has its own mark: a blank one without would end it.

    https://github.github.com/gfm/#block-quotes
    """
    return "\n".join(f"> {line}".rstrip() for line in text.splitlines())


def fence_for(text: str) -> str:
    """A fence that nothing in `text` can close: longer than any run of backticks in it.

    https://spec.commonmark.org/0.31.2/#fenced-code-blocks
    """
    return "`" * max(3, 1 + max(map(len, _RUN.findall(text)), default=0))


def close_fence(text: str) -> str:
    """A text that was cut: a fence in it that is open would go on to the end of the document.

    https://spec.commonmark.org/0.31.2/#fenced-code-blocks
    """
    opened = ""
    for ticks, rest in _FENCE_LINE.findall(text):
        if not opened:
            opened = ticks
        elif not rest.strip() and len(ticks) >= len(opened):
            opened = ""
    return f"{text}\n{opened}" if opened else text


def fence_text(title: str, text: str) -> str:
    """Code for a prompt. `title` stands alone on the line above; blank lines at the end go."""
    fence = fence_for(text)
    return f"{title}\n{fence}\n{text.rstrip()}\n{fence}"


def fence_section(title: str, text: str) -> str:
    """As `fence_text`; nothing at all where there is no text."""
    return fence_text(title, text) if text else ""


def list_section(title: str, lines: Sequence[str]) -> str:
    """`title` and a bullet for each line; nothing at all where there is none."""
    return "\n".join([title, *(f"- {line}" for line in lines)]) if lines else ""


def guidance_section(guidance: Sequence[tuple[str, str]]) -> str:
    """What files of the repository tell agents, as material: each with its path."""
    return "\n\n".join(
        fence_section(f"The repository's guidance, from {path} (the task comes first):", text)
        for path, text in guidance
    )


def defang_markdown(markdown: str) -> str:
    """A model's Markdown with its paragraphs, lists and code, without links, mentions and HTML."""
    lines = markdown.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    inert = [_HTML.sub(_break, _defang_line(line)) for line in lines]
    # The escaped text is parsed, not the original: escaping changes where blocks open and close.
    code = frozenset(_find_code_lines(inert))
    pairs = enumerate(zip(lines, inert, strict=True))
    return "\n".join(line if at in code else other for at, (line, other) in pairs)


def commit_safe(text: str) -> str:
    """A model's words in a commit's message: nobody is named, no issue closed, no CI skipped."""
    return _SKIP.sub(r"(\1)", _NAMED.sub(r"\g<0> ", text))


def _defang_line(line: str) -> str:
    return _ACTIVE.sub(_break, line)


def _break(hit: re.Match[str]) -> str:
    return f"{hit[0]}{ZERO_WIDTH_SPACE}"


def _find_code_lines(lines: list[str]) -> Iterator[int]:
    """Lines within fences that begin at the margin and are closed: no page reads marks there."""
    source = to_source("\n".join(lines))
    level = at = line = 0
    for mark in read_marks(source):
        level -= mark.kind == "End"
        if level == 0 and mark.kind == "Start" and mark.name == "CodeBlock":
            line += source.count(b"\n", at, mark.start)
            at = mark.start
            last = line + source[mark.start : mark.end].rstrip(b"\n").count(b"\n")
            fence = _FENCE.match(lines[line])
            if fence and last > line and lines[last].strip() == fence[0]:
                yield from range(line + 1, last)
        level += mark.kind == "Start"
