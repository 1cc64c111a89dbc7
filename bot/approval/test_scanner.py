"""A file's tests, with how much each asserts, and the marks that keep tests from being run."""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import pairwise

from bot.approval.strip_comments import strip_comments, strip_comments_and_strings
from bot.approval.test_markers import ALWAYS_TRUE, ASSERTS, NOT_BUILT, SKIPS, TURNS_OFF
from bot.approval.test_names import starts
from bot.code import language_of

_TEST_PATH = re.compile(
    r"(?:^|/)(?:tests?|testing|specs?|__tests__|e2e)/"
    r"|[_.-](?:test|tests|spec)\.\w+$|(?:^|/)(?:test_[^/]*|conftest\.py)$"
    r"|(?:Test|Tests|TestCase|Spec|IT)\.\w+$"
)
_BLANKS = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Tests:
    """`asserts`: by each test's name how often it asserts.

    `twice`: names of which only the last that has one is run. `skips`: what keeps tests from being
    run; `turned_off`: what takes the whole file from a check; both as written, with how often.
    """

    asserts: dict[str, int] = field(default_factory=dict)
    twice: frozenset[str] = frozenset()
    skips: Counter[str] = field(default_factory=Counter)
    turned_off: Counter[str] = field(default_factory=Counter)


def among_tests(path: str) -> bool:
    """Whether a file of this name is one of tests, or lies among them."""
    return _TEST_PATH.search(path) is not None


def read_tests(path: str, body: bytes) -> Tests:
    """Nothing for a file of a language that is not known here."""
    language = language_of(path, body)
    if language not in SKIPS:
        return Tests()
    text = body.decode(errors="replace").replace("\r\n", "\n").replace("\r", "\n")
    plain = strip_comments_and_strings(language, text)
    found = starts(language, strip_comments(language, text), plain)
    names = Counter(name for _, name in found)
    tested = bool(found) or among_tests(path)
    skips = [
        *SKIPS[language].finditer(plain),
        *(NOT_BUILT.finditer(text) if language == "go" else ()),
    ]
    return Tests(
        _asserts(found, plain),
        frozenset(name for name, count in names.items() if count > 1 and language == "python"),
        _counted(skips if tested else []),
        _counted(TURNS_OFF.finditer(text)),
    )


def _asserts(found: list[tuple[int, str]], plain: str) -> dict[str, int]:
    """What a test asserts is taken to end where the next begins."""
    counts: dict[str, int] = {}
    for (at, name), (end, _) in pairwise([*found, (len(plain), "")]):
        counts[name] = counts.get(name, 0) + _count(plain[at:end])
    return counts


def _count(plain: str) -> int:
    return max(0, len(ASSERTS.findall(plain)) - len(ALWAYS_TRUE.findall(plain)))


def _counted(found: Iterable[re.Match[str]]) -> Counter[str]:
    return Counter(_BLANKS.sub(" ", each[0]).strip() for each in found)
