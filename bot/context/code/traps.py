"""What makes a grammar's parser take time or memory without end, found by trying token by token.

One step of the parser then grows with the square of the repetitions, so its limit on steps does not
help. Counts are far above what people write, and small enough to cost a second at most.
"""

import re
from types import MappingProxyType

REPEATED: MappingProxyType[str, tuple[tuple[re.Pattern[bytes], int], ...]] = MappingProxyType(
    {
        # an operator before a starred value
        "python": ((re.compile(rb"[%|^&/]\s*\*"), 300),),
        # an arrow without its parameters
        "java": ((re.compile(rb"=>"), 300),),
        # strings inside strings: at 1,024 the parser ends the process; annotations of nothing
        "kotlin": ((re.compile(rb"\$\{"), 1_000), (re.compile(rb"@"), 2_000)),
    }
)
UNCLOSED = 1_000
"""`<` more than `>`: type arguments that never end. Comparisons and shifts count too."""
GENERIC = frozenset({"csharp", "java", "typescript", "tsx", "cpp"})
UNENDED = 200
"""Comments begun more than ended: for each the lexer reads on to the end of the file."""
COMMENTS = MappingProxyType(
    {"ruby": (b"=begin", b"=end"), "python": (b"", b""), "bash": (b"", b"")}
)
STARRED = (b"/*", b"*/")


def trap(language: str, body: bytes) -> bool:
    if language in GENERIC and body.count(b"<") - body.count(b">") > UNCLOSED:
        return True
    begun, ended = COMMENTS.get(language, STARRED)
    if begun and body.count(begun) - body.count(ended) > UNENDED:
        return True
    return any(
        len(body) > most and sum(1 for _ in pattern.finditer(body)) > most
        for pattern, most in REPEATED.get(language, ())
    )
