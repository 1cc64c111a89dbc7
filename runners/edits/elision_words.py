"""Telling lines that may stand for code a model did not write out: `# ... existing code ...`.

Words alone prove little. More about models that write so: https://aider.chat/docs/unified-diffs.html
"""

import re
from collections.abc import Iterable
from enum import IntEnum

from bot.code import language_of
from runners.edits.reply_text import PROSE_EXTENSIONS, file_extension

COMMENT_OPENER = re.compile(
    r"^(?:#+|//+|--+|;+|%+|/\*+|\*+(?!\*)|<!--+|\{/\*|\{#|\{\{!|\(\*|rem\b|\"\"\"|''')\s*",
    re.IGNORECASE,
)
COMMENT_CLOSER = re.compile(r"\s*(?:\*+/\}?|--+>|#\}|\*\)|\"\"\"|''')\s*$")
DOTS = r"(?:\.{3,}|…|\. \. \.)"
THING = (
    r"(?:code|file|files|class|classes|function|functions|method|methods|imports?|implementation|"
    r"content|contents|logic|module|script|tests?|definitions?|lines?|body|part|parts|section|"
    r"sections|stuff|fields?|attributes?|properties|helpers?|program|document|text|cases?|"
    r"statements?|routes?|handlers?|variables?|constants?|config(?:uration)?|above|below)"
)
WORDS = r"(?:[\w()'`.]+ ){0,4}"
UNCHANGED = (
    r"(?:(?:is|are|remains?|stays?|left|kept|goes|be|continues?) )?"
    r"(?:unchanged|unmodified|untouched|the same|as is|as[- ]before|same as before|as it was|"
    r"omitted(?: for brevity)?|not shown|here|follows|goes here)"
)
AS_BEFORE = r"(?:as (?:it|they) (?:is|are|was|were)|as is|as before|alone|unchanged|the same)"
EXISTING = r"(?:existing|previous|original|remaining|other|unchanged|old|same|earlier)"
CODE = (
    r"(?:code|file|class|functions?|methods?|implementation|module|script|tests|imports|logic|"
    r"program)"
)
DOTS_ONLY = re.compile(rf"^[\[(<{{]?\s*{DOTS}\s*[\])>}}]?[,;]?$")
DOTTED_WORD = re.compile(
    r"\b(?:rest of|existing|unchanged|remain\w*|the same|omitted|as before)\b", re.IGNORECASE
)
DOTS_AT_EDGE = re.compile(rf"^[\[(<{{]?\s*{DOTS}|{DOTS}\s*[\])>}}]?$")


def _phrases(*patterns: str) -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(rf"^(?:{pattern})$", re.IGNORECASE) for pattern in patterns)


PHRASES = _phrases(
    rf"(?:the )?rest of (?:the |your |this |my )?{WORDS}{THING}? ?{UNCHANGED}",
    rf"(?:the )?rest of (?:the |your |this |my )?(?:existing |original )?{CODE}",
    rf"(?:the )?rest {UNCHANGED}",
    rf"(?:keep |leave )?(?:the |your |all )?(?:other )?{EXISTING} {WORDS}{THING} {UNCHANGED}",
    rf"(?:keep )?(?:the |your |all )?existing {CODE}",
    rf"(?:the |all |everything |nothing )?(?:else )?{WORDS}{CODE} "
    r"(?:is |are |remains? |stays? )?(?:unchanged|the same|unmodified|omitted(?: for brevity)?)",
    r"(?:remains? )?(?:unchanged|same as before|omitted(?: for brevity)?|snip(?:ped)?|truncated)",
    r"(?:everything|all) else (?:is |remains? |stays? )?(?:unchanged|the same|as before)",
    rf"(?:your|existing) {THING}(?: goes)? here",
    r"(?:the )?same as (?:above|below|before|(?:in )?(?:the )?original)(?: code| file)?",
    r"unchanged (?:code|below|above|from here)",
    r"\w+(?: \w+){0,2} and \w+ (?:are |remain |stay )?unchanged",
    rf"(?:keep|leave) (?:the |all )?{WORDS}(?:rest|others?|{THING}) (?:exactly )?{AS_BEFORE}",
    rf"(?:the |all )?(?:rest|others|other {THING}) (?:stays?|remains?|is|are) "
    rf"(?:exactly )?{AS_BEFORE}",
    r"no (?:other |further )?changes? (?:below|above|from here|after this)",
)
DOTTED_PHRASES = _phrases(
    rf"(?:the )?rest(?: of)? (?:the |your |this |my )?{WORDS}{THING}?",
    rf"(?:keep |leave )?(?:the |your |all |any )?{EXISTING} {WORDS}{THING}",
    rf"(?:{WORDS})?{THING} here",
    r"(?:and )?so on|etc",
    r"(?:the )?same",
)


MAX_LINE_CHARACTERS = 160
"""No model elides at such length."""
# Of the openers above some begin code in other languages: `#include`, `--i;`, `*p = 1;`.
PLAIN_COMMENT = re.compile(
    r"^(?:#+(?=\s|$)|//|--(?=\s|$)|;+(?=\s|$)|%+(?=\s|$)|/\*|\*(?=[\s/]|$)|<!--|\{/\*|\{#|\{\{!|\(\*)"
)
HASH_LANGUAGES = frozenset(
    ["py", "pyi", "rb", "sh", "bash", "yaml", "yml", "toml", "pl", "r", "jl", "ex", "exs", "tf"]
)
"""A comment of these may follow its sign without a blank."""
# A heading in Markdown, a list's item or a rule in other prose; HTML's comments are theirs too.
PROSE_COMMENT = re.compile(r"^(?:# (?!.*#)|//|/\*|<!--|\{/\*)")
NOTICE = re.compile(r"^[\[(<]\s*[A-Za-z.…][\w .,:;'/…-]*\s[\w .,:;'/…-]*[\])>]$")
"""Words in brackets, with a blank between them: `[Showing lines 1-40 of 60]`."""
SPREAD = re.compile(r"^[\[{(]?\s*\.{3}[A-Za-z_$@][\w$.]*(?:\([^()]*\))?(?![ \t]+[A-Za-z])")
EMPTY_BODY = re.compile(
    r"\{\s*(?:\.{3}|…|/\*[^*]*\*/)\s*\}\s*[;,)]*$|\{\s*//[^{}]*\}?\s*$"
    r"|:\s*(?:\.{3}|…|pass)\s*(?:#.*)?$"
)
"""A body on its opener's line that holds nothing but dots or a comment."""
COMMENTED_STUB = re.compile(
    r"(?:pass|\.{3}|(?:todo|unimplemented|panic)!\([^()]*\);?|TODO\([^()]*\)|panic\([^()]*\))"
    r"\s+(?:#|//)\s*\S"
)
"""`pass  # unchanged`, `todo!() // as before`, on a line of its own."""
STANDS_FOR = re.compile(
    r"^(?:the |all |any |and )?(?:others?|existing|remaining|remainder|rest|previous|original|"
    r"same|unchanged|omitted|etc|more|so on)\b(?!.*[=;{}()])",
    re.IGNORECASE,
)
"""What a comment begins with that is about lines and not about what they do."""
OPENED_BODY = re.compile(r"\{\s*//[^{}]*$")
"""The second of these, where the body may as well follow."""


LOOSE_WORDS = re.compile(
    r"\b(?:rest|remain\w*|existing|unchanged|unmodified|omitted|same|previous\w*|original\w*|"
    r"everything|others?|keep|kept|leave|left|continue[sd]?|as before|as is|as they|as it|so on|"
    r"etc|snip\w*|truncated|skipped|shown|here|see)\b",
    re.IGNORECASE,
)
HASH, SLASH, MARKUP, JSX = "#", "//", "<!--", "{/*"
# What opens a comment that takes a line: elsewhere it is no comment at all.
COMMENT_OPENERS = {
    **dict.fromkeys(["c", "h", "cc", "cpp", "hpp", "java", "cs", "go", "rs", "swift", "kt", "kts",
                     "scala", "js", "mjs", "cjs", "ts", "mts"], (SLASH, "/*")),
    **dict.fromkeys(["jsx", "tsx"], (SLASH, "/*", JSX)),
    **dict.fromkeys(["py", "pyi", "rb", "sh", "bash", "yaml", "yml", "toml", "pl"], (HASH,)),
    **dict.fromkeys(["html", "xml", "svg"], (MARKUP,)),
    **dict.fromkeys(["md", "markdown"], (MARKUP, HASH)),
    "json": (), "css": ("/*",), "scss": (SLASH, "/*"), "sql": ("--", "/*", HASH),
}  # fmt: skip
COMMENT_SIGNS = (
    (HASH, re.compile(r"(?:^|\s)#\s")),
    (SLASH, re.compile(r"(?:^|\s)//\s")),
    ("/*", re.compile(r"/\*")),
    (MARKUP, re.compile(r"<!--")),
)
FOREIGN_COMMENT = re.compile(r"#+(?=\s)|//(?=\s)|/\*|<!--|\{/\*")


class Placeholder(IntEnum):
    """What a line says by itself: from nothing, over any comment, to dots with telling words."""

    NONE = 0
    COMMENT = 1
    LOOSE = 2
    BODY = 3
    WORDS = 4
    DOTS = 5
    SURE = 6


def read_placeholder(line: str, path: str) -> Placeholder:
    text = line.strip()
    if not text or len(text) > MAX_LINE_CHARACTERS:
        return Placeholder.NONE
    if DOTS_ONLY.match(text):
        return Placeholder.DOTS
    if EMPTY_BODY.search(text):
        return Placeholder.COMMENT if text.endswith("pass") else Placeholder.BODY
    if COMMENTED_STUB.match(text):
        return Placeholder.COMMENT
    # `...existing` spreads a value: https://tc39.es/ecma262/#prod-SpreadElement
    return Placeholder.NONE if SPREAD.match(text) else _read_comment(text, path)


def _read_comment(text: str, path: str) -> Placeholder:
    rest = COMMENT_CLOSER.sub("", COMMENT_OPENER.sub("", text)).strip()
    is_comment = rest != text
    if not is_comment and not re.match(r"^[\[(<{].*[\])>}]$|^\.{3}|^…", text):
        return Placeholder.NONE
    dotted, worded = _read_words(rest)
    if (is_comment and DOTS_ONLY.match(rest)) or (dotted and worded):
        return Placeholder.SURE
    if worded:
        return Placeholder.WORDS
    if not is_comment_line(text, path):
        return Placeholder.NONE
    return Placeholder.LOOSE if LOOSE_WORDS.search(rest) else Placeholder.COMMENT


def stands_for_others(line: str) -> bool:
    """Whether a comment speaks of other lines: `# existing dependencies`, `// etc`."""
    return bool(STANDS_FOR.match(COMMENT_CLOSER.sub("", COMMENT_OPENER.sub("", line.strip()))))


def comment_openers(path: str, known: Iterable[str]) -> tuple[str, ...] | None:
    """What opens a comment in that file; of an unknown kind its lines `known` show it, or none."""
    openers = COMMENT_OPENERS.get(file_extension(path))
    if openers is not None or language_of(path):
        return openers
    lines = list(known)
    return tuple(opener for opener, sign in COMMENT_SIGNS if any(map(sign.search, lines))) or None


def is_foreign_comment(line: str, openers: tuple[str, ...] | None) -> bool:
    """Whether it is a comment of languages other than the file's: `// so` in YAML."""
    found = FOREIGN_COMMENT.match(line.strip())
    return openers is not None and found is not None and not line.strip().startswith(openers)


def is_comment_line(text: str, path: str) -> bool:
    """Whether the line, stripped, is nothing but a comment, or a notice in brackets."""
    extension = file_extension(path)
    if extension in PROSE_EXTENSIONS:
        return bool(PROSE_COMMENT.match(text))
    hash_comment = extension in HASH_LANGUAGES and text.startswith("#")
    return hash_comment or bool(PLAIN_COMMENT.match(text) or NOTICE.match(text))


def _read_words(rest: str) -> tuple[bool, bool]:
    """Whether dots stand at its edge, and whether its words say that something is left out."""
    dotted = bool(DOTS_AT_EDGE.search(rest))
    plain = re.sub(r"[\[\](){}<>.…,;:!*`]|--+", " ", rest)
    plain = " ".join(plain.split())
    if any(phrase.match(plain) for phrase in PHRASES):
        return dotted, True
    return dotted, dotted and (
        any(phrase.match(plain) for phrase in DOTTED_PHRASES) or bool(DOTTED_WORD.search(plain))
    )
