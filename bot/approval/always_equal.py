"""Comparisons that hold whatever is compared: an object with one is equal to what a test expects.

Found by their name in each language, however long they are: all that they return is true.
"""

import re
from collections import Counter

from bot.approval.test_layout import Layout, find_spans

MAX_SHOWN_CHARS = 80
# https://docs.python.org/3.11/reference/datamodel.html#object.__eq__
# https://docs.oracle.com/en/java/javase/17/docs/api/java.base/java/lang/Object.html
# https://doc.rust-lang.org/std/cmp/trait.PartialEq.html
_COMPARISON = re.compile(
    r"\bdef[ \t]+__(?:eq|ne|lt|le|gt|ge|contains|bool|instancecheck|subclasscheck)__\b"
    r"|\b(?:boolean|bool)[ \t]+[eE]quals[ \t]*\("
    r"|\bfun[ \t]+equals[ \t]*\(|\bdef[ \t]+equals[ \t]*\("
    r"|\bdef[ \t]+(?:==|eql\?|equal\?|===)|\bfn[ \t]+(?:eq|ne)[ \t]*[(<]"
    r"|\boperator[ \t]*==[ \t]*\(|\bfunc[ \t]+==[ \t]*\("
)
_RETURNS = re.compile(r"\breturn\b([^\n;}]*)")
_TRUE = re.compile(
    r"[\s(]*(?:True|true|TRUE|1|not[ \t]+(?:False|None|0)|!false|!0|bool\(1\))[\s)]*"
    r"|.*(?:\bor[ \t]+True|\|\|[ \t]*true)[\s)]*"
    r"|[ \t]*not[ \t]+self[ \t]*==.*"
)
_LAST_VALUE = re.compile(r"(?:=>?|[{;\n])[ \t]*true[\s;}]*(?:\bend\b[\s;}]*)?\Z")


def count_always_equal(bare: str) -> Counter[str]:
    """In a text without comments and strings, as written."""
    places = [(match.start(), match[0]) for match in _COMPARISON.finditer(bare)]
    if not places:
        return Counter()
    spans = find_spans(places, Layout(bare))
    found: Counter[str] = Counter()
    for (start, head), span in zip(places, spans, strict=True):
        body = bare[start : span.end]
        returned = [match[1] for match in _RETURNS.finditer(body)]
        if all(map(_TRUE.fullmatch, returned)) if returned else _LAST_VALUE.search(body.rstrip()):
            found[f"{' '.join(head.split())[:MAX_SHOWN_CHARS]} that is always true"] += 1
    return found
