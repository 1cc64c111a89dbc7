"""Lines that begin a definition, in any language, also in half a file."""

import re
from collections.abc import Sequence

MODIFIERS = (
    r"(?:(?:export|default|declare|pub(?:\([^)]*\))?|public|private|protected|internal|static|async|"
    r"abstract|final|unsafe|override)\s+)*"
)
# By line and by pattern, not by parsing: it must work in any language, and on half a file.
DEFINITION = re.compile(
    rf"^\s*{MODIFIERS}(?:(?:def|class|function\*?|func(?:\s*\([^)]*\))?|fn|struct|enum|interface|"
    r"trait|type|module|impl|record)\s+|"
    r"(?:const|let|var)\s+(?=\w+\s*=\s*(?:async\s*)?(?:function|\(|\w+\s*=>)))"
    r"(\w+)"
)
C_FUNCTION = re.compile(
    r"^(?:\s+|[A-Za-z_][\w:<>,\[\].*&]*\s+)(?:[A-Za-z_][\w:<>,\[\].*&]*\s+)*[*&]*"
    r"(?!(?:if|for|while|switch|catch|return|with|using|lock|synchronized|foreach|function)\b)"
    r"([A-Za-z_]\w*)\s*\([^;{}=]*\)\s*(?:const\s*|noexcept\s*|override\s*|throws [\w., ]+)?\{\s*$"
)
"""A function of C, Java and the like: its type, its name, and a brace that opens its body."""
MAX_DEFINITION_CHARACTERS = 300
"""Longer lines are data or minified code; the patterns above would take long on them."""


def find_definitions(lines: Sequence[str]) -> list[str]:
    short = (line for line in lines if len(line) <= MAX_DEFINITION_CHARACTERS)
    return [
        match[1] for line in short if (match := DEFINITION.match(line) or C_FUNCTION.match(line))
    ]
