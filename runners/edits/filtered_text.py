"""Telling new text that came through an HTML or typographic filter from text that is meant so.

Evidence are the lines that the reply quotes beside it, and the file: a filter spares nothing.
"""

import re
from collections.abc import Callable, Sequence
from functools import lru_cache

from runners.edits.match_typos import CURLY_QUOTES, ENTITY, straighten_typography, unescape_text
from runners.edits.model import EditError
from runners.edits.reply_limits import count_work
from runners.edits.reply_text import MARKUP_EXTENSIONS, file_extension

RAW = re.compile(r"[<>]|&(?!#?\w+;)")
# Backticks open strings that hold line ends: https://go.dev/ref/spec#String_literals and template
# literals of JavaScript.
RAW_STRINGS = frozenset({"go", "js", "jsx", "mjs", "cjs", "ts", "tsx"})
TAG = re.compile(r"</?[A-Za-z][\w.-]*[\s/>]")
ESCAPED = re.compile(r"&lt;/?[A-Za-z][\w.-]*(?:[\s/]|&gt;)")
ESCAPED_QUOTES = re.compile(r"(?:^|[\s(=:,\[{!])&(quot|#39|#x27|apos);.*&\1;")
RAW_AMPERSAND = re.compile(r"\w&\w+=")
"""In the query of an address."""
APOSTROPHE = re.compile(r"\w'\w")
CURLY_APOSTROPHE = re.compile(r"\w\u2019\w")
CLOSER_AS_OPENER = re.compile(r"(?:^|[\s(\[{=])[\u2019\u201d]\S")
"""No one who sets quotes by hand begins with the closing one."""
ESCAPED_APOSTROPHE = re.compile(r"\w&(?:#x27|#39|apos);\w")
ESCAPED_ARROW = re.compile(r"&lt;[-=]|[-=]&gt;")
RAW_ARROW = re.compile(r"[-=]>")
CURLY_ATTRIBUTE = re.compile(r"=\s*[\u201c\u2018]")
ESCAPED_TWICE = re.compile(r"&amp;(?:lt|gt|amp|quot|apos|#\d+|#x\w+);")
COMMENT_MARKS = ("#", "//", "*", "--", "/*", "<!--", ";", "%")
TABS_ONLY = ("Makefile", "makefile", ".mk", ".go")
"""Files that mean something else with blanks, or that their formatter indents with tabs."""
# https://www.gnu.org/software/make/manual/html_node/Recipe-Syntax.html
PROSE_EXTENSIONS = frozenset({"properties", "txt", "tex", "po", "adoc", "strings"})
"""Files of text for people, where quotes and entities are no part of the syntax."""

MAX_WANTED = 2
"""Lines whose plain quotes may become curly ones in a file that has such already."""


def check_characters(
    where: str, path: str, added: Sequence[str], known: Sequence[str], quoted: Sequence[str] = ()
) -> None:
    """Refuses text that came through a filter. `known` is the file, `quoted` the lines replaced."""
    if entity := _find_escaped(path, added, known, quoted):
        raise EditError(f"{where}: it looks HTML-escaped: {entity!r}", "Write < > & as they are.")
    if line := _find_curled(path, added, known):
        raise EditError(
            f"{where}: typographic quotes where the file has plain ones: {line!r}",
            "Use plain ' and \" only.",
        )


def check_indentation(
    where: str, path: str, added: Sequence[str], known: Sequence[str], quoted: Sequence[str] = ()
) -> None:
    """Refuses tabs in a file of blanks, and blanks in one of tabs: `known`, or lines replaced."""
    if found := _find_other_indent(path, added, known, quoted):
        line, wanted = found
        raise EditError(
            f"{where}: tabs and spaces mixed: {path} indents with {wanted}, "
            f"and this line does not: {line!r}",
            f"Indent with {wanted} as the file does.",
        )


def _find_escaped(
    path: str, added: Sequence[str], known: Sequence[str], quoted: Sequence[str]
) -> str:
    text = "\n".join(added)
    entity = ENTITY.search(text)
    # A filter would have escaped these as well.
    if entity is None or RAW.search("\n".join([text, *quoted])):
        return ""
    if _find_repeated(added, known, unescape_text) or _differs_from_file(added, known):
        return entity[0]
    if file_extension(path) in MARKUP_EXTENSIONS | PROSE_EXTENSIONS:
        return ""
    return "" if _find_in_code(known) else _find_in_code(added) or _find_arrow(path, added)


def _find_arrow(path: str, added: Sequence[str]) -> str:
    # Comments are HTML in these: https://docs.oracle.com/en/java/javase/21/docs/specs/javadoc/doc-comment-spec.html
    if file_extension(path) in {"java", "kt", "scala", "groovy"}:
        return ""
    return next((found[0] for line in added if (found := ESCAPED_ARROW.search(line))), "")


def _differs_from_file(added: Sequence[str], known: Sequence[str]) -> bool:
    """Whether the file writes plainly what the new lines write as entities."""
    text, known_text = "\n".join(added), "\n".join(known)
    if ESCAPED.search(text) and TAG.search(known_text) and not ESCAPED.search(known_text):
        return True
    # Who writes about an entity has written one before, or does so in a string.
    twice = [
        line
        for line in added
        if (found := ESCAPED_TWICE.search(line)) and not _in_literal(line, found.start())
    ]
    if twice and not ESCAPED_TWICE.search(known_text):
        return True
    code = "\n".join(line for line in added if not _is_comment(line))
    if ESCAPED_ARROW.search(code) and RAW_ARROW.search(known_text):
        return True
    if ENTITY.search(known_text):
        return False
    if ESCAPED_APOSTROPHE.search(text) and APOSTROPHE.search(known_text):
        return True
    in_comments = any(_is_comment(line) and ENTITY.search(line) for line in added)
    return (
        any(map(ESCAPED_QUOTES.search, added))
        or ("&amp;" in text and bool(RAW_AMPERSAND.search(known_text)))
        or (in_comments and any(_is_comment(line) and _is_raw_text(line) for line in known))
    )


def _is_raw_text(line: str) -> bool:
    """Whether a comment writes < or & for itself: not as a tag, nor in a comment's own syntax."""
    return bool(RAW.search(re.sub(r"</?[A-Za-z][^<>]*>|\{@\w+[^{}]*\}", "", line)))


def _find_in_code(lines: Sequence[str]) -> str:
    """An entity that is neither inside a string nor in a comment."""
    return next(
        (
            found[0]
            for line in lines
            if not line.lstrip().startswith("*")
            for found in ENTITY.finditer(line)
            if not _in_literal(line, found.start())
        ),
        "",
    )


def _in_literal(line: str, at: int) -> bool:
    """Whether a string is open at that character, as far as one line shows."""
    return any(line.count(quote, 0, at) % 2 for quote in "\"'`")


def _find_repeated(
    added: Sequence[str], known: Sequence[str], undo: Callable[[str], str]
) -> list[str]:
    """Lines that would be the file's without the filter, and are none with it."""
    lines = {line.strip() for line in known}
    return [line for line in added if line.strip() not in lines and undo(line).strip() in lines]


def _find_curled(path: str, added: Sequence[str], known: Sequence[str]) -> str:
    curled = [line for line in added if CURLY_QUOTES & set(line)]
    if not curled:
        return ""
    count_work(len(known))
    is_usual = bool(CURLY_QUOTES & set("".join(curled)) & set("".join(known)))
    # Where the file has some already, one more may be wanted; a filter spares none.
    repeated = _find_repeated(curled, known, straighten_typography)
    if len(repeated) > is_usual * MAX_WANTED:
        return repeated[0]
    if is_usual:
        return ""
    is_markup = file_extension(path) in MARKUP_EXTENSIONS | PROSE_EXTENSIONS
    signs: list[Callable[[str], object]] = [CLOSER_AS_OPENER.search]
    signs.append(CURLY_ATTRIBUTE.search if is_markup else _is_curly_code)
    if any(map(APOSTROPHE.search, known)):
        signs.append(CURLY_APOSTROPHE.search)
    if any(_is_comment(line) and '"' in line for line in known):
        signs.append(lambda line: _is_comment(line) and {"\u201c", "\u201d"} & set(line))
    return next((line for line in curled if any(sign(line) for sign in signs)), "")


def _is_curly_code(line: str) -> bool:
    """Curly quotes in a line of code without straight ones: they took their place."""
    rest = CURLY_APOSTROPHE.sub("", line)
    return bool(CURLY_QUOTES & set(rest)) and not _is_comment(line) and not {'"', "'"} & set(line)


def _is_comment(line: str) -> bool:
    return line.lstrip().startswith(COMMENT_MARKS)


def _drop_free_indents(lines: Sequence[str], path: str) -> list[str]:
    """Without lines whose indentation is free: continued lines, and the inside of raw strings."""
    raw = file_extension(path) in RAW_STRINGS
    plain = []
    inside = continued = False
    for line in lines:
        if not inside and not continued:
            plain.append(line)
        continued = line.endswith("\\")
        inside ^= raw and line.count("`") % 2 == 1
    return plain


def is_converted(path: str, lines: Sequence[str]) -> bool:
    """Whether a whole file indents with one of both throughout, which is a choice then."""
    return not path.endswith(TABS_ONLY) and not _has_both_indents(lines)


def _has_both_indents(lines: Sequence[str]) -> bool:
    return len({line[0] for line in lines if line.startswith(("\t", "  "))}) > 1


def _find_other_indent(
    path: str, added: Sequence[str], known: Sequence[str], quoted: Sequence[str]
) -> tuple[str, str] | None:
    """(new line, what it should be indented with) where the file has only tabs, or only spaces."""
    added = _drop_free_indents(added, path)
    # Python refuses indentation that depends on a tab's width: https://docs.python.org/3.11/reference/lexical_analysis.html#indentation
    with_tabs = [line for line in added if "\t" in line[: len(line) - len(line.lstrip())]]
    with_spaces = [line for line in added if line.startswith("  ")]
    if not with_tabs and not with_spaces:
        return None
    tabs, spaces = _known_indents(path, tuple(known))
    tabs = tabs or any(text.startswith("\t") for text in quoted)
    spaces = spaces or any(text.startswith("  ") for text in quoted)
    if spaces and not tabs and with_tabs:
        return with_tabs[0], "spaces"
    return (with_spaces[0], "tabs") if tabs and not spaces and with_spaces else None


# Asked again for each hunk of one file.
@lru_cache(maxsize=4)
def _known_indents(path: str, known: tuple[str, ...]) -> tuple[bool, bool]:
    lines = _drop_free_indents(known, path)
    count_work(len(lines))
    return any(x.startswith("\t") for x in lines), any(x.startswith("  ") for x in lines)
