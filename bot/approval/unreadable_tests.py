"""Files of tests in a language that is not read here: what they lose line by line, a person judges.

Documentation counts as such where it holds examples that are run.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Iterator
from itertools import zip_longest

from bot.approval.assertion_forms import is_same_but_literals
from bot.approval.skip_markers import ASSERTS
from bot.text.invisible import make_printable

MAX_SHOWN_CHARACTERS = 120
"""Of a line that is quoted."""
BINARY_BYTES = 8000
"""At the beginning; a NUL among them makes a file binary, as to git.

https://git-scm.com/docs/gitattributes#_performing_text_conversion
"""
_SPEAKS_OF_TESTS = re.compile(
    r"(?:^|/)(?:readme|changelog|changes|license|contributing)[^/]*$", re.IGNORECASE
)
# An example that is run: https://docs.python.org/3.11/library/doctest.html
# https://hexdocs.pm/ex_unit/ExUnit.DocTest.html
# https://doc.rust-lang.org/rustdoc/write-documentation/documentation-tests.html
_EXAMPLE = re.compile(r"^[\s*#/!;-]*(?:>>>|iex(?:\([^)\n]*\))?>|irb(?:\([^)\n]*\))?:?\S*>)")
_DOC_ASSERT = re.compile(r"^\s*//[/!].*\b(?:assert\w*!|should_panic)")
# A test within a file of code: Zig, D, C++, Clojure, Julia, Elixir, Haskell, R, Lua, Racket.
_OPENS_TEST = re.compile(
    r"^\s*(?:pub\s+)?(?:test\s+[\"{]|unittest\b|(?:TEST|SCENARIO|SECTION|CHECK|REQUIRE|EXPECT)\w*\s*\("
    r"|\((?:deftest|ert-deftest|test-case|check-)|@test(?:set)?\b|prop_\w+|test_that\(|expect_\w+\("
    r"|(?:it|describe|test|context)\s*\(?\s*[\"']|%!(?:test|assert)|(?:test|it)\(\s*r?['\"])"
)
# What leaves out all that follows it, in one of these languages.
_LEAVES_OUT = re.compile(
    r"^\s*(?://.*\\$|#\s*(?:define|undef)\s+(?:NDEBUG|assert|ASSERT|EXPECT|REQUIRE|CHECK|if)"
    r"|/\*|\{-|--\[=*\[|=(?:pod|begin|head\d|cut|comment)\b|__(?:END|DATA)__|#\||#_|\(comment\b|#if\b"
    r"|#ifdef\b|:?\s*<<-?\s*['\"]?\w+|@(?:tag|moduletag|describetag)\b.*\bskip|@(?:skip|ignore|wip|Skip)\b"
    r"|\[Tags\].*\bskip|(?:exit|quit)(?:[\s(]+0)?[\s);]*$|(?:pending|skip|plan\s+skip_all|done_testing|todo|T\.skip)\b"
    r"|if\s*\(?\s*(?:false|0|FALSE|1\s*==\s*0)\b|.*\b(?:GTEST_SKIP|SKIP|DISABLED_\w+|xit|skip_on_\w+|pytest\.skip)\b"
    r"|.*\bskip:\s*(?:true|['\"]))"
)
_ENDS_EARLY = re.compile(r"^\s*return\b[\s(]*(?:0|true|ok|nil|null|TRUE)?[\s);]*$|\blongjmp\b")
_COMMENTS = {
    "bash": re.compile(r"\s*#(?!!)"),
    **dict.fromkeys(("c", "cpp"), re.compile(r"\s*(?://(?!.*\\$)|\*(?=\s|$)|/\*.*\*/\s*$)")),
}
MAX_COMPARED_LINES = 200
"""New lines that are looked at for one that is gone."""
# What tests compare with: no program, and nothing that a runner reads its tests from.
_IS_DATA = re.compile(
    r"\.(?:golden|snap|snapshot|out|stdout|stderr|expected?|txt|roff|json|csv|tsv|html|svg|css|xml|test"
    r"|md|adoc|rst|log|diff|ast|ya?ml|toml|env)$"
    r"|(?:^|/)(?:__snapshots__|snapshots?|goldens?)/",
    re.IGNORECASE,
)
_CLOSES = re.compile(r"^(?:\}|end\b|\))")


def is_binary(body: bytes) -> bool:
    return b"\0" in body[:BINARY_BYTES]


def read_lines(body: bytes, language: str = "") -> tuple[str, ...]:
    """The lines that have something on them, but comments where it is known what one is.

    A file of bytes is a line that no other file has.
    """
    if is_binary(body):
        return (f"{len(body)} bytes, {hashlib.sha256(body).hexdigest()[:12]}",)
    comment = _COMMENTS.get(language)
    lines = body.decode(errors="replace").splitlines()
    return tuple(line for line in lines if line.strip() and not (comment and comment.match(line)))


def explain_lost_lines(
    path: str, before: tuple[str, ...], after: tuple[str, ...], *, planned: bool = False
) -> Iterator[str]:
    """Of a file among tests, in clauses; nothing for one that is new.

    Where the change of the file is `planned`, expected output may change, and a line in literals.
    """
    if not before or _SPEAKS_OF_TESTS.search(path):
        return
    old, new = _stripped(before), _stripped(after)
    lost = old - new
    if planned and lost:
        lost = _not_replaced(path, lost, new - old)
    if lost:
        first = make_printable(next(iter(lost)).replace("`", "'"), MAX_SHOWN_CHARACTERS)
        count = sum(lost.values())
        yield f"{count} of its lines are gone or changed, which only a person can judge: `{first}`"
        return
    added = list((Counter(after) - Counter(before)).elements())
    left_out = [line for line in added if _LEAVES_OUT.match(line)]
    ends = sum(bool(_ENDS_EARLY.match(line)) for line in added)
    if left_out or ends > sum(bool(_CLOSES.match(line)) for line in added):
        shown = (left_out or [line for line in added if _ENDS_EARLY.match(line)])[0].strip()
        shown = make_printable(shown.replace("`", "'"), MAX_SHOWN_CHARACTERS)
        yield f"`{shown}` may keep tests from being run"


def _not_replaced(path: str, lost: Counter[str], added: Counter[str]) -> Counter[str]:
    """Lines that none stands in the place of: any other of expected output, else of one form."""
    if _IS_DATA.search(path):
        return lost if lost.total() > added.total() else Counter()
    left = list(added.elements())[:MAX_COMPARED_LINES]
    found: Counter[str] = Counter()
    for line in lost.elements():
        match = next((other for other in left if is_same_but_literals(line, other)), None)
        if match is None:
            found[line] += 1
        else:
            left.remove(match)
    return found


def list_examples(lines: tuple[str, ...], *, code: bool) -> Counter[str]:
    """Lines that are run as examples, with the one after; in `code` also the tests within it."""
    has_tests = code and any(map(_OPENS_TEST.match, lines))
    found: Counter[str] = Counter()
    for line, following in zip_longest(lines, lines[1:], fillvalue=""):
        if _EXAMPLE.match(line):
            found[f"{line.strip()}\n{following.strip()}"] += 1
        elif _DOC_ASSERT.match(line) or (
            has_tests and (_OPENS_TEST.match(line) or ASSERTS.search(line))
        ):
            found[line.strip()] += 1
    return found


def _stripped(lines: tuple[str, ...]) -> Counter[str]:
    return Counter(" ".join(line.split()) for line in lines)
