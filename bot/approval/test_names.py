"""Where the tests of a file begin, by the customs of its language."""

import re
from collections.abc import Iterator
from itertools import pairwise

_SCOPES = re.compile(r"^([ \t]*)(?:async[ \t]+)?(class|def)[ \t]+(\w+)", re.MULTILINE)
_QUOTED = r"""(["'`])((?:(?!\2)[^\n]){0,300})\2"""
_CALLED = re.compile(
    r"(?<![\w.$])([xf]?(?:it|test|describe|context|specify|suite|scenario|feature)|Deno\.test)"
    rf"(?:\.\w+){{0,5}}\s{{0,20}}\(?\s{{0,20}}{_QUOTED}"
)
# test.each(table)("name", how) calls what another call gave
_EACH = re.compile(rf"([)`])\s{{0,20}}\(\s{{0,20}}{_QUOTED}\s{{0,20}},")
_GO = re.compile(
    r"^func[ \t]+(?:\([^)\n]*\)[ \t]*)?((?:Test|Fuzz|Example)\w*)[ \t]*\(", re.MULTILINE
)
_GO_RUN = re.compile(rf"(\.Run)\([ \t]*{_QUOTED}")
_RUST = re.compile(
    r"#\[\s*(?:\w+\s*::\s*){0,5}(?:test|rstest|test_case|quickcheck|wasm_bindgen_test)\b"
)
_RUST_NAME = re.compile(r"\bfn\s+(\w+)")
_MARKED = re.compile(
    r"@(?:[\w.]+\.)?(?:Test|ParameterizedTest|RepeatedTest|TestFactory|TestTemplate|Property)\b"
    r"|\[\s*(?:Fact|Theory|Test|TestCase|TestMethod|DataTestMethod)\b|#\[\s*Test\b"
)
_MARKED_NAME = re.compile(
    r"(?<![@\w<>\[\].?])(?:fun|function|[\w<>\[\].?]+)[ \t]+(`[^`\n]+`|\w+)\s*\("
)
_BY_NAME = re.compile(r"\b(?:void|function|fun|func|def)[ \t]+(test\w*)", re.IGNORECASE)
_FAR = 2000
"""Characters between the mark of a test and its name: other marks, with their values."""


def starts(language: str, code: str, bare: str) -> list[tuple[int, str]]:
    """Each test's place and name, in order. `code` has its strings, `bare` none, both one size."""
    if language == "python":
        return list(_python(bare))
    if language == "go":
        return sorted([*_places(_GO, bare), *_quoted(_GO_RUN, code, bare)])
    if language == "rust":
        return list(_after(_RUST, _RUST_NAME, bare))
    if language in {"javascript", "typescript", "tsx", "ruby"}:
        called = [*_quoted(_CALLED, code, bare), *_quoted(_EACH, code, bare)]
        return sorted([*called, *(_places(_BY_NAME, bare) if language == "ruby" else ())])
    return sorted({*_after(_MARKED, _MARKED_NAME, bare), *_places(_BY_NAME, bare)})


def _python(bare: str) -> Iterator[tuple[int, str]]:
    """By the path of what is around it: a test within a function is none any more."""
    around: list[tuple[int, str]] = []
    for found in _SCOPES.finditer(bare):
        indent, name = len(found[1].expandtabs()), found[3]
        around = [(column, outer) for column, outer in around if column < indent]
        if found[2] == "def" and name.startswith("test"):
            yield found.start(), ".".join([*(outer for _, outer in around), name])
        around.append((indent, name))


def _places(form: re.Pattern[str], bare: str) -> Iterator[tuple[int, str]]:
    return ((found.start(), found[1]) for found in form.finditer(bare))


def _quoted(form: re.Pattern[str], code: str, bare: str) -> Iterator[tuple[int, str]]:
    """Tests that have a text for a name, but not what only looks like one within a text."""
    for found in form.finditer(code):
        if bare.startswith(found[1], found.start(1)):
            yield found.start(), found[3]


def _after(mark: re.Pattern[str], name: re.Pattern[str], bare: str) -> Iterator[tuple[int, str]]:
    """The name that follows a mark, before the next."""
    ends = [found.end() for found in mark.finditer(bare)]
    for end, after in pairwise([*ends, len(bare)]):
        if named := name.search(bare, end, min(after, end + _FAR)):
            yield named.start(), named[1]
