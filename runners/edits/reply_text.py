"""Reading a reply's text: stripping its reasoning, finding its fences and their languages."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bot.models.reasoning import find_thoughts
from runners.edits.model import EditError
from runners.edits.reply_limits import ANSWER_ONLY

# CommonMark allows three blanks before a fence; inside of a list's item a chat indents by more.
# The rule that no backtick stands behind a fence of backticks is applied to tildes too:
# https://spec.commonmark.org/0.31.2/#fenced-code-blocks
OPENER = re.compile(r"^(\s{0,8})(`{3,}|~{3,})[ \t]*([^`]*)$")
# `<file path="a.py">`, and the `<content>` that follows a `<path>` in a tool's call:
# https://github.com/cline/cline/blob/main/src/core/prompts/system-prompt/tools/write_to_file.ts
FILE_TAG = re.compile(
    r"^\s*<((?:new_?|write_?|create_?|edit_?|update_?|write_to_)?file(?:_?contents?)?|document|artifact|code)"
    r"\s(?:[^<>]{0,100}\s)?(?:path|file|file_?name|file_?path|name)\s*=\s*"
    r"(?:\"([^\"<>]{1,300})\"|'([^'<>]{1,300})')[^<>]{0,100}>\s*$",
    re.IGNORECASE,
)
CONTENT_TAG = re.compile(r"^\s*<(?:file_?)?contents?>\s*$", re.IGNORECASE)
SHELL_LANGUAGES = frozenset(
    [
        "bash",
        "sh",
        "shell",
        "console",
        "zsh",
        "fish",
        "terminal",
        "shell-session",
        "shellsession",
        "powershell",
        "ps1",
        "cmd",
        "bat",
    ]
)
MAX_LINES_TO_FENCE = 5
"""Lines above a patch in which its fence may open: a name and blanks may stand between."""
OUTPUT_LANGUAGES = SHELL_LANGUAGES | frozenset(["output", "text-output", "log", "stdout", "stderr"])
_EXTENSIONS = {
    "python": "py pyi",
    "py": "py pyi",
    "python3": "py pyi",
    "javascript": "js mjs cjs jsx",
    "js": "js mjs cjs jsx",
    "jsx": "jsx js",
    "typescript": "ts tsx mts",
    "ts": "ts tsx mts",
    "tsx": "tsx ts",
    "go": "go",
    "golang": "go",
    "rust": "rs",
    "rs": "rs",
    "java": "java",
    "kotlin": "kt kts",
    "c": "c h",
    "cpp": "cpp cc cxx hpp hh h",
    "c++": "cpp cc cxx hpp hh h",
    "csharp": "cs",
    "cs": "cs",
    "ruby": "rb",
    "rb": "rb",
    "php": "php",
    "swift": "swift",
    "html": "html htm jinja j2 md",
    "css": "css",
    "scss": "scss",
    "json": "json",
    "yaml": "yaml yml",
    "yml": "yaml yml",
    "toml": "toml",
    "ini": "ini cfg",
    "sql": "sql",
    "markdown": "md markdown",
    "md": "md markdown",
    "rst": "rst",
    "xml": "xml svg",
    "lua": "lua",
    "perl": "pl pm",
    "diff": "diff patch",
    **dict.fromkeys(SHELL_LANGUAGES, "sh bash zsh fish ps1 bat cmd"),
    **dict.fromkeys(OUTPUT_LANGUAGES - SHELL_LANGUAGES, "txt log"),
}
FENCED_EXTENSIONS = frozenset({"md", "markdown", "mdx"})
"""Kinds of file that hold fences of their own."""
PROSE_EXTENSIONS = frozenset({"md", "markdown", "mdx", "rst", "txt"})
MARKUP_EXTENSIONS = PROSE_EXTENSIONS | frozenset(
    {"html", "htm", "xml", "svg", "vue", "jsx", "tsx", "jinja", "j2", "jinja2", "hbs", "erb", "php"}
)
"""Kinds of file in which entities and typographic quotes are normal."""


@dataclass(frozen=True, slots=True)
class Fence:
    """`first` is the opener's line, `past` the line after the closer."""

    info: str
    body: tuple[str, ...]
    first: int
    past: int
    closed: bool

    @property
    def language(self) -> str:
        word = re.match(r"[{.\s]*([\w+#.-]*)", self.info)
        return word[1].lower() if word else ""


def parse_fences(lines: Sequence[str]) -> list[Fence]:
    found = []
    at = 0
    while at < len(lines):
        opener = OPENER.match(lines[at])
        if opener is None:
            tagged = _read_tagged_file(lines, at)
            found += [tagged] if tagged else []
            at = tagged.past if tagged else at + 1
            continue
        past, closed = _find_fence_end(lines, at + 1, opener[2])
        body = _dedent(lines[at + 1 : past - closed], opener[1])
        found.append(Fence(opener[3].strip(), tuple(body), at, past, closed))
        at = past
    return found


def _read_tagged_file(lines: Sequence[str], at: int) -> Fence | None:
    """A file between two tags of its own: as good as a fence, unless they stand around one."""
    opener = FILE_TAG.match(lines[at])
    is_content = opener is None and CONTENT_TAG.match(lines[at]) and _is_below_path(lines, at)
    if opener is None and not is_content:
        return None
    tag = (opener[1] if opener else lines[at].strip()[1:-1]).lower()
    closer = f"</{tag}>"
    past = next((i for i in range(at + 1, len(lines)) if lines[i].strip().lower() == closer), None)
    if past is None:
        return None
    body = lines[at + 1 : past]
    filled = [line for line in body if line.strip()]
    if not filled or (OPENER.match(filled[0]) and OPENER.match(filled[-1])):
        return None
    path = (opener[2] or opener[3]) if opener else ""
    return Fence(f'file="{path}"' if path else "", tuple(body), at, past + 1, closed=True)


def _is_below_path(lines: Sequence[str], at: int) -> bool:
    above = next((line for line in reversed(lines[max(0, at - 3) : at]) if line.strip()), "")
    return bool(re.match(r"^\s*(?:<[\w-]*path>.{1,300})?</?[\w-]*path>\s*$", above))


def find_closer_above(lines: Sequence[str], first: int) -> str | None:
    """What closes the fence in which a patch begins at line `first`, None when it is in none.

    Every line of a patch is marked, so a fence line of the text itself stands deeper.
    """
    for line in reversed(lines[max(0, first - MAX_LINES_TO_FENCE) : first + 1]):
        if opener := OPENER.match(line):
            return opener[1] + opener[2]
    return None


def is_fence(line: str) -> bool:
    return OPENER.match(line) is not None


def _find_fence_end(lines: Sequence[str], start: int, ticks: str) -> tuple[int, bool]:
    """Past the closer of a fence that opened with `ticks`; an inner opener has a language.

    Unlike in CommonMark a longer run closes nothing: it is a heading's underline more often than a
    chat's fence, and models nest fences of one length.
    """
    depth = 0
    for at in range(start, len(lines)):
        mark = OPENER.match(lines[at])
        if mark is None or mark[2][0] != ticks[0]:
            continue
        if mark[3].strip():
            depth += len(mark[2]) == len(ticks)
        elif len(mark[2]) == len(ticks):
            if depth == 0:
                return at + 1, True
            depth -= 1
    return len(lines), False


def _dedent(body: Sequence[str], margin: str) -> list[str]:
    """A fence inside a list item is indented with its content."""
    if margin and all(line.startswith(margin) for line in body if line.strip()):
        return [line.removeprefix(margin) for line in body]
    return list(body)


def file_extension(path: str) -> str:
    # A leading dot makes a hidden file and no extension.
    name = path.rsplit("/", 1)[-1]
    return name.rsplit(".", 1)[1].lower() if "." in name.lstrip(".") else ""


def fits_language(language: str, path: str) -> bool:
    """Whether a fence of that language may hold that file; an untagged or unknown one may."""
    wanted = _EXTENSIONS.get(language)
    return not language or wanted is None or file_extension(path) in wanted.split()


def is_of_language(language: str, path: str) -> bool:
    """Whether the fence's language is one that we know and the path's extension is one of its."""
    return file_extension(path) in _EXTENSIONS.get(language, "").split()


def claims_other_language(language: str, path: str) -> bool:
    """Whether a fence of commands or their output stands for a file of another language."""
    others = {
        extension
        for name, extensions in _EXTENSIONS.items()
        if name not in OUTPUT_LANGUAGES
        for extension in extensions.split()
    }
    return (
        language in OUTPUT_LANGUAGES
        and file_extension(path) in others
        and not fits_language(language, path)
    )


def strip_reasoning(lines: Sequence[str], files: Iterable[bytes | None]) -> list[str]:
    """The lines with each thought blanked, so that those of the answer keep their numbers.

    `files` are those that the reply may write. Raises `EditError` for a thought that never ends:
    its drafts are no answer.
    """
    text = "\n".join(lines)
    found = find_thoughts(text, files)
    if not found.closed:
        raise EditError("the reply is a thought that never ends, and no answer", ANSWER_ONLY)
    kept, at = "", 0
    for first, past in found.spans:
        before = text[at:first]
        # What is left of a line stands alone on it: a fence opens at the beginning of a line only.
        if "\n" not in text[first:past]:
            before = before[: before.rfind("\n") + 1]
        kept += before + "\n" * text.count("\n", first, past)
        at = past
    return (kept + text[at:]).split("\n") if found.spans else list(lines)
