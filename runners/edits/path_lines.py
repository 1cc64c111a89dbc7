"""Lines of a reply that consist of a path, with all that models put around one."""

import re
from collections.abc import Iterator

from runners.edits.file_names import EXTENSION, FileNames

MAX_LINE_CHARACTERS = 1_000
"""Characters; a longer line names no file."""
MAX_NAME_WORDS = 5
MAX_DECORATIONS = 8
"""Marks around a path that are taken off, one after the other."""
LABEL = re.compile(
    r"^(?:(?:in|edit|update|create|new|modified|updated|modify|change|add)\s+)?(?:the\s+)?(?:new\s+)?"
    r"(?:file ?name|file ?path|target ?file|file|path|module)\s*(?:(?:\d{1,3}|[a-z])\s*)?[:=]\s*|"
    r"^file\s+(?=[`\"*])|"
    # "File" and "path" where a model answers in another language.
    r"^(?:datei(?:name|pfad)?|fichier|chemin|archivo|fichero|ruta|ficheiro|arquivo|caminho|percorso|bestand|fil|"
    r"plik|soubor|dosya|tiedosto|f\u00e1jl|pfad|\u0444\u0430\u0439\u043b|\u043f\u0443\u0442\u044c|"
    r"\u6587\u4ef6(?:\u540d|\u8def\u5f84)?|\u8def\u5f84|\u6a94\u6848|\u30d5\u30a1\u30a4\u30eb|\u30d1\u30b9|"
    r"\ud30c\uc77c)\s?[:\uff1a]\s*",
    re.IGNORECASE,
)
STEP = re.compile(
    r"^(?:#{1,6}|[-*+>]|\(?\d{1,3}[.)]|(?:step|file|change|edit)\s+\d{1,3}\s*[:.)-])\s+",
    re.IGNORECASE,
)
NOTE = re.compile(
    r"\s*[\[(](?:[\w ,.:\u2013-]{1,60})[\])]\s*$|"
    r"\s*(?:,|:|#|@|-{1,2}|\u2013|\u2014)?\s*\bL?(?:lines?\s+)?\d{1,6}(?:\s*(?:[-\u2013:]|to)\s*L?\d{1,6})?\s*$",
    re.IGNORECASE,
)
RULE = re.compile(r"^(?:[-=*#~_+]{2,}\s+)(.*?)(?:\s+[-=*#~_+]{2,})?$")
COMMENT = re.compile(r"^(?:#+|//+|--+|;+|%+|/\*+|<!--+|\{#|\{/\*)(.*)$")
CLOSING = re.compile(r"(?:\*/\}?|(?<!-)--+>|#\})$")
# `<path>a.py</path>`, as several tools' calls name a file, and `<file path="a.py">`.
PATH_TAG = re.compile(
    r"^<((?:target_?)?(?:file)?_?(?:path|name|file))>\s*([^<>]{1,300}?)\s*(?:</\1>)?$",
    re.IGNORECASE,
)
PATH_ATTRIBUTE = re.compile(
    r"^<[\w:-]+\s(?:[^<>]{0,200}\s)?(?:path|file|file_?name|file_?path|name|title|target|src)\s*=\s*"
    r"(?:\"([^\"<>]{1,300})\"|'([^'<>]{1,300})')[^<>]{0,200}>$",
    re.IGNORECASE,
)
TAG_LINE = re.compile(r"^\s*</?[A-Za-z][\w:-]*(?:\s[^<>]{0,300})?>\s*\w{0,20}$")
COMMANDS = re.compile(
    r"^(?:\$ |\./)?(?:python3?|node|npm|npx|pnpm|yarn|bun|deno|go|cargo|rustc|gcc|g\+\+|clang|make|"
    r"bash|sh|cat|cp|mv|rm|touch|git|pytest|ruby|perl|php|javac?|mkdir|cd|echo|vim?|nano|code|docker|"
    r"kubectl|curl|wget|import|from|include|require|use|sudo|chmod|source|run|see|and|or)\s"
)
ARROW = re.compile(r"\s*(?:[-=]+>|[\u2192\u21d2\u27a1]\ufe0f?)$")


def path_on_line(line: str, names: FileNames) -> str:
    """The path a line consists of, decorations aside; empty when it is no such line."""
    if len(line) > MAX_LINE_CHARACTERS:
        return ""
    for candidate, labelled in _list_candidates(line):
        if names.is_path(candidate, labelled=labelled):
            return names.resolve_name(candidate)
    return ""


def comment_text(line: str) -> str:
    found = COMMENT.match(line.strip())
    return CLOSING.sub("", found[1]).strip() if found else ""


def _list_candidates(line: str) -> Iterator[tuple[str, bool]]:
    """(text, whether it is surely meant as a name) of all that the line may consist of."""
    text = " ".join(line.split()).rstrip(",")
    tag = PATH_TAG.match(text)
    attribute = PATH_ATTRIBUTE.match(text)
    if tag or attribute:
        yield (tag[2] if tag else attribute[1] or attribute[2] or ""), True  # type: ignore[index]
        return
    seen = set()
    rule = RULE.match(text)
    for plain in (text, STEP.sub("", text), comment_text(line), rule[1] if rule else ""):
        for candidate in _strip_decoration(plain):
            if candidate and candidate not in seen:
                seen.add(candidate)
                yield candidate, _is_name_alone(candidate, is_quoted=f"`{candidate}`" in text)


def _is_name_alone(text: str, *, is_quoted: bool) -> bool:
    """Whether a text without a mark around it can only be a name: words have blanks."""
    if " " not in text:
        return True
    if COMMANDS.match(text) or len(text.split()) > MAX_NAME_WORDS:
        return False
    return is_quoted or "/" in text.split(" ", 1)[0].strip("/")


def _strip_decoration(text: str) -> list[str]:
    """The text with less and less around it."""
    seen = [text.strip()]
    for _ in range(MAX_DECORATIONS):
        last = text
        text = LABEL.sub("", STEP.sub("", ARROW.sub("", text.strip()))).removesuffix(":").strip()
        for mark in ("**", "__", "`", '"', "'", "*", "\u201c"):
            closer = "\u201d" if mark == "\u201c" else mark
            if len(text) > 2 * len(mark) and text.startswith(mark) and text.endswith(closer):
                text = text[len(mark) : -len(closer)]
        text = re.sub(r"^\[([^\[\]]+)\](?:\(\1\))?$", r"\1", text)
        if text == last:
            # A file may be called `a (1).txt` or `page [id].ts`, so a note goes last.
            text = NOTE.sub("", text)
            if text == last or not EXTENSION.search(text.strip("`*\"'_: ")):
                return seen
        seen.append(text.strip())
    return seen
