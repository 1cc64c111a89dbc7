"""What existing tests call, and a change gives another meaning under the same name.

The test's own lines stay as they were: `check(add(1, 2))` proves nothing once the file has a
`check`, or the test an `add`, of its own.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from bot.approval.test_layout import Layout, find_spans, span_at
from bot.errors import list_names

# Called by its bare name, as `add(` and `assert_eq!(`, or of the test's own object.
_CALLED = re.compile(
    r"(?<![\w.$:>])(?:(def|func|function|fn|fun|class|void)[ \t]++)?(\w+)!?[ \t]*+\("
)
_OWN = re.compile(
    r"\b(?:self|this|cls)[ \t]*+(?:\.|->)[ \t]*+(\w+)[ \t]*+\(|\bself::(\w+)[ \t]*+\("
)
_DEFINES = re.compile(
    r"^(?P<indent>[ \t]*+)"
    r"(?:(?:async|export|default|pub|public|private|protected|static|final|override|unsafe|abstract"
    r"|suspend|inline|internal)[ \t]++){0,5}"
    r"(?:(?:def|func|function|fn|fun|class|struct|macro_rules!)[ \t*]++"
    r"(?P<receiver>\([^()\n]{0,100}\)[ \t]*+)?(?:[A-Z]\w*\.|self\.)?(?P<name>\w+)"
    r"|(?:void|boolean|int|Object|<\w+>[ \t]+\w+)[ \t]++(?P<typed>\w+)[ \t]*+\()"
    r"[ \t]*+(?P<first>\(?[ \t]*+(?:self|cls|this|&self|&mut[ \t]+self)\b)?",
    re.MULTILINE,
)
_ASSIGNS = re.compile(
    r"^[ \t]*+(?:(?:export|const|let|var|final|val|static|auto|mut|public|private|protected)"
    r"[ \t]++){0,4}[({\[]?[ \t]*+(\w+(?:[ \t]*+,[ \t]*+\w+){0,20})[ \t]*+[)}\]]?"
    r"[ \t]*+(?::[^=\n]{1,80})?(?::=|=(?![=>~]))",
    re.MULTILINE,
)
_OWN_ASSIGNS = re.compile(r"\b(?:self|this|cls)[ \t]*+(?:\.|->)[ \t]*+(\w+)[ \t]*+=(?!=)")
_NAMES = re.compile(
    r"\bfor[ \t]++(\w+)[ \t]++in\b|\bas[ \t]++(\w+)[ \t]*+(?=[,:\n)])|\b(\w+)[ \t]*+:=[ \t]"
    r"|\bdef[ \t]+test\w*[ \t]*+\([^()\n]{0,200}?\b(\w+)[ \t]*+=",
)
_KEYWORDS = frozenset(
    (
        "if",
        "for",
        "while",
        "switch",
        "catch",
        "return",
        "match",
        "fn",
        "func",
        "function",
        "def",
        "not",
    )
)
# What a class of tests is built on may run its tests in another way, or not at all. So may what
# starts them: a coroutine that nobody awaits is a test that passed.
_HEADS = re.compile(
    r"^[ \t]*+(?:(?:public|final|abstract|internal|open|export)[ \t]++){0,4}"
    r"class[ \t]++(\w+)([^\n{]{0,300})"
    r"|^func[ \t]++(Test\w*)[ \t]*+(\([^()\n]{0,100}\))",
    re.MULTILINE,
)
_PYTHON_FUNCTIONS = re.compile(r"^[ \t]*+(?:async[ \t]++)?def[ \t]++(\w+)", re.MULTILINE)
_COROUTINES = re.compile(r"^[ \t]*+((?:async[ \t]++)?)def[ \t]++(test\w*)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Meanings:
    """Names that a text calls, and how often it binds each: alone, and of the test's own object.

    `heads` has what stands behind the name of each class, or makes a test a coroutine; `defined`
    are functions of Python.
    """

    called: Counter[str] = field(default_factory=Counter)
    bound: Counter[str] = field(default_factory=Counter)
    own_called: Counter[str] = field(default_factory=Counter)
    own_bound: Counter[str] = field(default_factory=Counter)
    heads: dict[str, str] = field(default_factory=dict)
    defined: frozenset[str] = frozenset()


def read_meanings(bare: str) -> Meanings:
    """Of a text without comments and strings."""
    called, own_called = count_calls(bare)
    bound, own_bound = count_bindings(bare)
    heads = {
        match[1] or match[3]: "".join((match[2] or match[4] or "").split())
        for match in _HEADS.finditer(bare)
    }
    heads |= {match[2]: match[1].strip() for match in _COROUTINES.finditer(bare)}
    defined = frozenset(match[1] for match in _PYTHON_FUNCTIONS.finditer(bare))
    return Meanings(called, bound, own_called, own_bound, heads, defined)


def explain_shadowed(before: Meanings, after: Meanings) -> Iterator[str]:
    """In clauses, of a file that had tests before."""
    more = (path.rpartition("/") for path, n in after.bound.items() if n and not before.bound[path])
    names = {
        name
        for function, _, name in more
        if before.called[name] and (not function or function in before.defined)
    }
    names |= {name for name in before.own_called if after.own_bound[name] > before.own_bound[name]}
    if names:
        yield f"what its tests call is defined once more in it: {list_names(sorted(names))}"
    changed = sorted(
        name for name, head in before.heads.items() if after.heads.get(name, head) != head
    )
    if changed:
        yield f"tests, or their classes, are built on something else: {list_names(changed)}"


def count_calls(bare: str) -> tuple[Counter[str], Counter[str]]:
    """Names that are called alone, and those called of the test's own object."""
    calls = (match[2] for match in _CALLED.finditer(bare) if not match[1])
    alone = Counter(name for name in calls if name not in _KEYWORDS)
    return alone, Counter(match[1] or match[2] for match in _OWN.finditer(bare))


def count_bindings(bare: str) -> tuple[Counter[str], Counter[str]]:
    """How often the text gives a name its meaning: one of its own, and one of an object's.

    Within a function of Python it is `function/name`: what a new test calls its own values is
    nothing to those that were there.
    """
    alone: Counter[str] = Counter()
    own: Counter[str] = Counter(match[1] for match in _OWN_ASSIGNS.finditer(bare))
    heads = [(match.start(), match[1]) for match in _PYTHON_FUNCTIONS.finditer(bare)]
    spans = find_spans(heads, Layout(bare)) if heads else []
    starts = [span.start for span in spans]

    def place(name: str, at: int) -> str:
        n = span_at(spans, starts, at)
        if n >= 0 and spans[n].start == at:
            n = spans[n].parent
        return f"{spans[n].name}/{name}" if n >= 0 else name

    for match in _DEFINES.finditer(bare):
        name = match["name"] or match["typed"]
        own[name] += bool(match["indent"])
        alone[place(name, match.start())] += not (match["first"] or match["receiver"])
    for match in _ASSIGNS.finditer(bare):
        names = [name.strip() for name in match[1].split(",")]
        alone.update(place(name, match.start()) for name in names)
        own.update(names if match[0][0] in " \t" else ())
    for match in _NAMES.finditer(bare):
        alone.update(place(name, match.end()) for name in match.groups() if name)
    return alone, own
