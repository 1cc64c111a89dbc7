"""Whether an assertion of another value is as strict as the one that it takes the place of.

`assertEqual(f(1), 2)` and `assertEqual(f(1), 3)` are: the same calls in the same words, and a
literal differs. One that says less is not: another matcher, a wider tolerance, a shorter text that
is looked for, an alternative.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

MAX_CHARS = 50_000
"""A longer statement is not compared, but for being the same."""
MAX_LINES = 50
"""Assignments of one assertion that are compared."""
_TOKENS = re.compile(
    r"(?P<text>[rbufRBUF]{0,2}(?:\"{3}(?:\\.|(?!\"{3}).)*+\"{3}|'{3}(?:\\.|(?!'{3}).)*+'{3})"
    r"|b?r(?P<hashes>#{1,5})\".*?(?:\"(?P=hashes)|\Z)|[rbufRBUF]{0,2}\"(?:\\.|[^\"\\])*+\""
    r"|[rbufRBUF]{0,2}'(?:\\.|[^'\\])*+'|`(?:\\.|[^`\\])*+`)"
    r"|(?P<number>\d[\w.]*+)|(?P<name>[A-Za-z_$][\w$]*+)"
    r"|(?P<sign>===?|!==?|<=|>=|=>|->|&&|\|\||::|:=|[^\s\w])",
    re.DOTALL,
)
# Which any other failure is, too.
_BROAD = frozenset(
    ("Exception", "BaseException", "Error", "Throwable", "RuntimeException", "object")
)
# As strict as each other: another truth value is another value.
_SAME_KIND = {
    "is": "==",
    "isFalse": "isTrue",
    "assertFalse": "assertTrue",
    "assert_false": "assert_true",
    "toBeFalse": "toBeTrue",
    "be_false": "be_true",
}
_IS_NOT = re.compile(r"\bis not\b")
# Words to linters, and a list of words that is written as a text.
_NOT_CODE = re.compile(
    r"\s#\s?(?:type:\s?ignore(?:\[[\w, -]{0,80}\])?|noqa(?::\s?\w{1,9})?)(?=\s|$)"
    r"|(?<=[\"'])\.split\(\)"
    # A copy, which compares as what it is of.
    r"|(?<=[\s(,=])(?:list|tuple)(?=\()"
)
_CONSTANTS = frozenset(
    ("True", "False", "None", "true", "false", "null", "nil", "undefined", "NULL", "nullptr")
)
# What looks for a part, or allows a range: there another literal may say less.
_INEXACT = re.compile(
    r"in$|(?i:\w*(?:contain|includ|match|regex|start|end|approx|close|almost|delta|within|between|less"
    r"|greater|atleast|atmost|epsilon|tolerance|any|oneof|some|prefix|suffix|satisf|like)\w*$)"
    r"|has(?:_\w+|[A-Z]\w*)?$",
)
_EQUALS = frozenset(("==", "===", "!=", "!=="))
_BEFORE_NUMBERS = frozenset((*"(,=[{:", "<", ">", "<=", ">=", *_EQUALS))
"""Behind these a minus is part of a literal."""
_ORDERS = frozenset(("<", ">", "<=", ">="))
# What more in an assertion may let it hold whatever the code does.
_LOOSENS = frozenset(
    (
        *("or", "and", "not", "if", "else", "in", "is", "any", "ANY", "lambda", "try", "return"),
        *("||", "&&", "!", "?", "|", "&", "=>", "->", "==", "===", "!=", "!==", "*", "%", "<", ">"),
        *(
            "^",
            "~",
            "+",
            "-",
            "/",
            "<=",
            ">=",
            ";",
            "catch",
            "anything",
            "approx",
            "expect",
            "assert",
            "type",
        ),
        *("len", "bool", "str", "isinstance", "all", "true", "abs", "min", "max", "set", "mock"),
    )
)
# How values are compared.
_COMPARES = re.compile(
    r"_?_?(?:[Aa]ssert|[Ee]xpect|[Vv]erify|[Rr]equire|should|to(?:Be|Equal|Have|Match|Contain|Throw|Strict|Return|Reject|Resolve|Satisf)|is[A-Z]|be_|[Ff]ail|[Tt]hrow"
    r"|raise)\w*!?$|(?:to|not|eq|eql|ne|be|equals?|equal_to|strictEqual|deepEqual|ok|is)$"
    r"|===?$|!==?$|<=$|>=$|!$"
)
# What takes values out of a table, or chooses another one.
_CHOOSES = frozenset(
    (
        *("or", "and", "not", "if", "else", "for", "while", "lambda", "||", "&&", "?", "return"),
        *("filter", "slice", "take", "skip", "limit", "head", "first", "pop", "clear", "delete"),
        *("splice", "remove", "reject", "select", "find", "==", "===", "is", "%", "mock", "patch"),
    )
)
# The value that is expected is given a name.
_IS_EXPECTED = re.compile(r"[\w$<>\[\], ]{0,100}\bexpect(?:ed|ation)\w*\s*=(?!=)", re.IGNORECASE)
_WILDCARDS = re.compile(r"\.[*+?]|\||\\[wWsSdD]|\[\^")
_LETTERS = re.compile(r"\w")
_WORDS = re.compile(r"[\w$]")


def is_as_strict(old: str, new: str) -> bool:
    """Of two statements: one matcher, most names, and no fewer calls, alternatives apart."""
    if old == new:
        return True
    before, after = _read(old), _read(new)
    if before is None or after is None:
        return False
    if not before.matchers or _IS_EXPECTED.match(old):
        return is_as_full(old, new)
    return not _is_tautology(after.words) and (
        after.matchers[: len(before.matchers)] == before.matchers
        and not after.loosening - before.loosening
        and not _answers_itself(before, after)
        and not [name for name in after.names - before.names if name in _BROAD]
        and len(after.calls) >= len(before.calls)
        and _keeps_most(before.names, after.names)
        and _keeps_literals(before, after)
    )


def is_as_full(old: str, new: str) -> bool:
    """Of two assignments: most names, no fewer calls and rows, and nothing that leaves some out."""
    before, after = _read(old), _read(new)
    if before is None or after is None:
        return False
    return (
        not after.choosing - before.choosing
        and len(after.calls) >= len(before.calls)
        and len(after.literals) >= len(before.literals)
        and _keeps_most(before.names, after.names)
    )


def calls_less(old: str, new: str) -> bool:
    """Whether a function makes fewer calls than before, and what it called is mostly gone."""
    before, after = _read(old), _read(new)
    if before is None or after is None:
        return False
    called, still = Counter(before.calls), Counter(after.calls)
    # Its own name stands before a bracket, too.
    kept = (called & still).total() - 1
    return still.total() < called.total() and kept * 2 < called.total() - 1


def keep_full(old: Iterable[str], new: Iterable[str]) -> bool:
    """Whether each of the assignments `old` has one of its own in `new` that is as full."""
    left = dict.fromkeys(new)
    lost = [each for each in old if each not in left]
    for each in old:
        left.pop(each, None)
    for each in lost[:MAX_LINES]:
        match = next((other for other in left if is_as_full(each, other)), None)
        if match is None:
            return False
        del left[match]
    return len(lost) <= MAX_LINES


def is_same_but_literals(old: str, new: str) -> bool:
    """Of two lines of any language: the same words and signs, at least one of each."""
    before, after = _read(old), _read(new)
    return bool(before and after and before.names and before.words == after.words)


@dataclass(frozen=True, slots=True)
class _Statement:
    """`words` has one `_` for literals in a row; `matchers` say how values are compared."""

    words: tuple[str, ...]
    literals: tuple[str, ...]
    matchers: tuple[str, ...]
    names: Counter[str]
    calls: tuple[str, ...]
    loosening: Counter[str]
    choosing: Counter[str]


@lru_cache(maxsize=4096)
def _read(statement: str) -> _Statement | None:
    if len(statement) > MAX_CHARS:
        return None
    words, literals = _parse(_IS_NOT.sub("!=", _NOT_CODE.sub("", statement)))
    matchers = tuple(word for word in words if _COMPARES.match(word))
    names = Counter(word for word in words if _WORDS.match(word) and not _COMPARES.match(word))
    names -= Counter(("_",) * names["_"])
    calls = tuple(word for word, sign in pairwise(words) if sign == "(" and word in names)
    return _Statement(
        words,
        literals,
        matchers,
        names,
        calls,
        Counter(word for word in words if word in _LOOSENS or _INEXACT.match(word)),
        Counter(word for word in words if word in _CHOOSES),
    )


def _parse(statement: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    words: list[str] = []
    literals: list[str] = []
    for match in _TOKENS.finditer(statement):
        if not (match["text"] or match["number"] or match[0] in _CONSTANTS):
            words.append(_SAME_KIND.get(match[0], match[0]))
            continue
        literals.append(match[0])
        if words[-1:] == ["-"] and words[-2:-1] and words[-2] in _BEFORE_NUMBERS:
            words.pop()
        if words[-1:] in (["_"], [","], [":"], ["+"]) and words[-2:-1] == ["_"]:
            words.pop()
        elif words[-1:] != ["_"]:
            words.append("_")
    return tuple(word for word in words if word not in {",", ";"}), tuple(literals)


def _keeps_most(before: Counter[str], after: Counter[str]) -> bool:
    kept = sum((before & after).values())
    return kept * 2 > sum(before.values()) or not before


def _keeps_literals(before: _Statement, after: _Statement) -> bool:
    if any(_INEXACT.match(word) for word in before.words):
        return _says_as_much(before.literals, after.literals)
    ordered = any({one, two} & _ORDERS and "_" in {one, two} for one, two in pairwise(before.words))
    return not ordered or before.literals == after.literals


def _says_as_much(before: Sequence[str], after: Sequence[str]) -> bool:
    """Literals by place, where a part is looked for: numbers alike, texts not much shorter."""
    if len(before) != len(after):
        return False
    return all(
        old == new or (not old[0].isdigit() and _is_as_long(old, new))
        for old, new in zip(before, after, strict=True)
    )


def _is_as_long(old: str, new: str) -> bool:
    wild = len(_WILDCARDS.findall(new)) > len(_WILDCARDS.findall(old))
    return not wild and 0 < _weight(old) <= _weight(new) * 2


def _weight(literal: str) -> int:
    return len(_LETTERS.findall(literal))


def _answers_itself(before: _Statement, after: _Statement) -> bool:
    """Whether what is tested may stand on both sides, or beside what is compared, by now."""
    again = [name for name in before.names if after.names[name] > before.names[name]]
    inner = [name for name in after.names - before.names if name.startswith("__")]
    return bool(again or inner or _count_places(after.words) - _count_places(before.words))


def _count_places(words: Sequence[str]) -> Counter[str]:
    """Where a value can be put aside: taken by its place, in brackets alone, before a literal."""
    found: Counter[str] = Counter()
    for one, two, three in zip(["", *words], [*words, ""], [*words[1:], "", ""], strict=True):
        is_word = _LETTERS.match(one) is not None
        found["index"] += two == "[" and (is_word or one in {")", "]"})
        found["brackets"] += two == "(" and (one == "assert" or not (is_word or one in {")", "!"}))
        found["literals"] += two in _EQUALS and one == three == "_"
        found["first"] += two == "(" and three == "_" and _COMPARES.match(one) is not None
    return found


def _is_tautology(words: Sequence[str]) -> bool:
    """Whether nothing but literals is compared, or one thing with itself."""
    names = [word for word in words if _WORDS.match(word) and word != "_"]
    for sign in _EQUALS:
        if sign in words:
            at = words.index(sign)
            left = [word for word in words[:at] if word != "assert"]
            if left == list(words[at + 1 :]):
                return True
    # The matcher and what is tested.
    return len(names) <= 1
