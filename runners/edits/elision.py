"""Finding lines that stand for code the model did not write out: `# ... existing code ...`.

More about models that do so: https://aider.chat/docs/unified-diffs.html
"""

import re
from collections import Counter

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
MAX_LINES_TO_OPENER = 20
"""Lines, all but one of them blank, between a block's opener and its body."""
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
    rf"(?:keep|leave) (?:the |all )?(?:rest|others?|other {THING}) (?:exactly )?{AS_BEFORE}",
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


def find_elisions(lines: list[str], known: list[str], *, prose: bool = False) -> list[str]:
    """The lines that elide something, more often than in `known`: the text that is replaced.

    `prose`: the target is documentation, where three dots in an example are an ordinary line.
    """
    new_lines = Counter(line.strip() for line in lines) - Counter(line.strip() for line in known)
    return [
        line.strip()
        for at, line in enumerate(lines)
        if line.strip() in new_lines and _elides(lines, at, prose=prose)
    ]


def _elides(lines: list[str], at: int, *, prose: bool) -> bool:
    text = lines[at].strip()
    if len(text) > 160:  # noqa: PLR2004 - no model elides at such length
        return False
    if DOTS_ONLY.match(text):
        return not (_in_example(lines, at) if prose else _is_body(lines, at))
    rest = COMMENT_CLOSER.sub("", COMMENT_OPENER.sub("", text)).strip()
    is_comment = rest != text
    if not is_comment and not re.match(r"^[\[(<{].*[\])>}]$|^\.{3}|^…", text):
        return False
    if is_comment and DOTS_ONLY.match(rest):
        return True
    return _says_elided(rest)


def _in_example(lines: list[str], at: int) -> bool:
    """Dots in an indented literal block, or in an interpreter session, belong to the text."""
    # A doctest's continued lines begin with `...`: https://docs.python.org/3.11/library/doctest.html
    above = lines[at - 1].lstrip() if at else ""
    return lines[at][:1].isspace() or above.startswith((">>>", "..."))


def _is_body(lines: list[str], at: int) -> bool:
    """An Ellipsis standing alone as the body of a block, as in stubs and protocols."""
    # https://docs.python.org/3.11/library/constants.html#Ellipsis
    if not lines[at][:1].isspace() or lines[at].strip() != "...":
        return False
    above_lines = lines[max(0, at - MAX_LINES_TO_OPENER) : at]
    above = next((line.strip() for line in reversed(above_lines) if line.strip()), "")
    return above.endswith((":", '"""', "'''"))


def _says_elided(rest: str) -> bool:
    dotted = bool(DOTS_AT_EDGE.search(rest))
    plain = re.sub(r"[\[\](){}<>.…,;:!*`]|--+", " ", rest)
    plain = " ".join(plain.split())
    if any(phrase.match(plain) for phrase in PHRASES):
        return True
    return dotted and (
        any(phrase.match(plain) for phrase in DOTTED_PHRASES) or bool(DOTTED_WORD.search(plain))
    )
