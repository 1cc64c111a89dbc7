"""Finds the tests in a file, how often each asserts, and marks that keep them from being run."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise

from bot.approval.bound_names import HERE, find_bound_names, list_written_attributes
from bot.approval.proven_statements import Proofs, read_proofs
from bot.approval.runner_words import count_recoded, count_runner_words, is_started
from bot.approval.shadowed_calls import Meanings, read_meanings
from bot.approval.skip_markers import ALWAYS_TRUE, ASSERTS, DISABLES_CHECKS, NOT_BUILT, SKIPS
from bot.approval.test_paths import holds_expectations, is_test_path
from bot.approval.unreadable_tests import list_examples, read_lines
from bot.code import language_of

_DOCUMENT = re.compile(r"\.(?:mdx?|rst|txt|adoc|html?)$", re.IGNORECASE)
_WORD = re.compile(r"[A-Za-z_$][\w$]*")
_BLANKS = re.compile(r"\s+")
_CHARACTER = r"'(?:\\[^\n]{1,10}|[^\\'\n])'"
_ONE_LINE = r""""(?:\\.|[^"\\\n])*"?|'(?:\\.|[^'\\\n])*'?"""
_TRIPLE = r'"""(?:\\.|(?!""").)*+(?:"""|\Z)'
_TRIPLE_SINGLE = r"'''(?:\\.|(?!''').)*+(?:'''|\Z)"
_SLASHES = r"//[^\n]*|/\*.*?(?:\*/|\Z)"
_FORMS = {
    "python": rf"#[^\n]*|{_TRIPLE}|{_TRIPLE_SINGLE}|{_ONE_LINE}",
    "ruby": rf"#[^\n]*|^=begin\b.*?(?:^=end\b|\Z)|{_ONE_LINE}",
    "go": rf"{_SLASHES}|`[^`]*`?|{_ONE_LINE}",
    # Raw strings end at as many hashes as they begin with, and a lone quote begins a lifetime:
    # https://doc.rust-lang.org/reference/tokens.html
    "rust": rf'{_SLASHES}|\br(#*)".*?(?:"\1|\Z)|"(?:\\.|[^"\\])*"?|{_CHARACTER}',
    "java": rf"{_SLASHES}|{_TRIPLE}|{_ONE_LINE}",
}
_SCRIPT = rf"{_SLASHES}|`(?:\\.|[^`\\])*`?|{_ONE_LINE}"
_COMPILED = {
    name: re.compile(pattern, re.DOTALL | re.MULTILINE)
    for name, pattern in {
        **_FORMS,
        **dict.fromkeys(("javascript", "typescript", "tsx", "php"), _SCRIPT),
        **dict.fromkeys(("kotlin", "csharp", "scala", "swift"), _FORMS["java"]),
        **dict.fromkeys(("c", "cpp"), rf"{_SLASHES}|{_ONE_LINE}"),
        "bash": rf"(?<!\S)#[^\n]*|{_ONE_LINE}",
    }.items()
}
_CHARACTERS = re.compile(r"[^\n]")
_QUOTES = frozenset("\"'`")
_SCOPES = re.compile(r"^([ \t]*)(?:async[ \t]+)?(class|def)[ \t]+(\w+)", re.MULTILINE)
_QUOTED = r"""(["'`])((?:(?!\2)[^\n]){0,300})\2"""
_CALLED = re.compile(
    r"(?<![\w.$])([xf]?(?:it|test|describe|context|specify|suite|scenario|feature)|Deno\.test)"
    rf"(?:\.\w+){{0,5}}\s{{0,20}}\(?\s{{0,20}}{_QUOTED}"
)
# test.each(table)("name", how) calls what another call gave
_EACH = re.compile(rf"([)`])\s{{0,20}}\(\s{{0,20}}{_QUOTED}\s{{0,20}},")
# https://pkg.go.dev/testing
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
_MAX_NAME_DISTANCE = 2000
"""Characters between the mark of a test and its name: other marks, with their values."""


def strip_comments(language: str, text: str) -> str:
    """Blanks in place of comments, and of strings of several lines; others stay."""
    return _COMPILED[language].sub(lambda match: _blank(match[0], strings=False), text)


def strip_comments_and_strings(language: str, text: str) -> str:
    """Blanks in place of comments and of all strings, their quotes too."""
    return _COMPILED[language].sub(lambda match: _blank(match[0], strings=True), text)


def _blank(text_part: str, *, strings: bool) -> str:
    is_kept = not strings and text_part[0] in _QUOTES and "\n" not in text_part
    return text_part if is_kept else _CHARACTERS.sub(" ", text_part)


def find_tests(language: str, code: str, bare: str) -> list[tuple[int, str]]:
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
    return (each for each in _scoped(bare) if each[1].rpartition(".")[2].startswith("test"))


def _scoped(bare: str) -> Iterator[tuple[int, str]]:
    """Each function's place and path."""
    scopes: list[tuple[int, str]] = []
    for match in _SCOPES.finditer(bare):
        indent, name = len(match[1].expandtabs()), match[3]
        scopes = [(column, outer) for column, outer in scopes if column < indent]
        if match[2] == "def":
            yield match.start(), ".".join([*(outer for _, outer in scopes), name])
        scopes.append((indent, name))


def _uncollected(bare: str, language: str) -> Counter[str]:
    """Classes of tests with a constructor: pytest collects none of them.

    https://docs.pytest.org/en/stable/explanation/goodpractices.html#conventions-for-python-test-discovery
    """
    paths = (path for _, path in _scoped(bare)) if language == "python" else ()
    classes = (
        path.rpartition(".")[0] for path in paths if path.endswith((".__init__", ".__new__"))
    )
    return Counter(
        f"class {path} with a constructor"
        for path in classes
        if path.rpartition(".")[2].startswith("Test")
    )


def _places(pattern: re.Pattern[str], bare: str) -> Iterator[tuple[int, str]]:
    return ((match.start(), match[1]) for match in pattern.finditer(bare))


def _quoted(pattern: re.Pattern[str], code: str, bare: str) -> Iterator[tuple[int, str]]:
    """Tests that have a text for a name, but not what only looks like one within a text."""
    for match in pattern.finditer(code):
        if bare.startswith(match[1], match.start(1)):
            yield match.start(), match[3]


def _after(mark: re.Pattern[str], name: re.Pattern[str], bare: str) -> Iterator[tuple[int, str]]:
    """The name that follows a mark, before the next."""
    ends = [match.end() for match in mark.finditer(bare)]
    for end, after in pairwise([*ends, len(bare)]):
        if named := name.search(bare, end, min(after, end + _MAX_NAME_DISTANCE)):
            yield named.start(), named[1]


@dataclass(frozen=True, slots=True)
class FileTests:
    """`asserts`: by each test's name how often it asserts; `proofs` are what is asserted.

    `duplicates`: names of which only the last that has one is run. `skips`: what keeps tests from
    being run; `disabled_checks`: what takes the whole file from a check; both as written, with how
    often. `names`: what the file calls by a name, and where that comes from; `mentions` are all
    words of its code. `runner_words` may
    change the run of tests. `lines` are those of a file among tests that is not read, `examples`
    those that are run wherever they stand. `meanings`: what the tests call, and what is defined.
    """

    asserts: dict[str, int] = field(default_factory=dict)
    duplicates: frozenset[str] = frozenset()
    skips: Counter[str] = field(default_factory=Counter)
    disabled_checks: Counter[str] = field(default_factory=Counter)
    proofs: Proofs = field(default_factory=Proofs)
    names: dict[str, str] = field(default_factory=dict)
    mentions: frozenset[str] = frozenset()
    runner_words: Counter[str] = field(default_factory=Counter)
    lines: tuple[str, ...] = ()
    examples: Counter[str] = field(default_factory=Counter)
    meanings: Meanings = field(default_factory=Meanings)


def read_tests(path: str, body: bytes) -> FileTests:
    """Of a file of a language that is not known here its lines, where it is one of tests."""
    language = language_of(path, body)
    lines = read_lines(body, language)
    examples = list_examples(lines, code=language not in SKIPS and not _DOCUMENT.search(path))
    if language not in SKIPS:
        if holds_expectations(path):
            return FileTests(lines=lines)
        text = body.decode(errors="replace") if language in _COMPILED else ""
        words = (
            count_runner_words(
                language,
                *_strip_both(language, text),
                tested=False,
                is_program=is_started(language, text),
            )
            if text
            else Counter[str]()
        )
        return FileTests(examples=examples, runner_words=words)
    # In a pattern `^` and `$` know no line end but \n: https://docs.python.org/3.11/library/re.html#re.MULTILINE
    text = body.decode(errors="replace").replace("\r\n", "\n").replace("\r", "\n")
    bare_text = strip_comments_and_strings(language, text)
    code = strip_comments(language, text)
    tests = find_tests(language, code, bare_text)
    names = Counter(name for _, name in tests)
    tested = bool(tests) or is_test_path(path)
    skips = [
        *SKIPS[language].finditer(bare_text),
        *(NOT_BUILT.finditer(text) if language == "go" else ()),
    ]
    bound = find_bound_names(language, code, bare_text) if tested else {}
    imported = {name for name, source in bound.items() if source != HERE}
    marks = _count_marks(skips if tested else []) + _uncollected(bare_text, language)
    marks += Counter(list_written_attributes(language, bare_text, imported))
    if path.rpartition("/")[2] == "__init__.py" and is_test_path(path):
        # Run before any test of its folder.
        marks += Counter(line.strip() for line in bare_text.splitlines() if line.strip())
    return FileTests(
        _asserts(tests, bare_text),
        frozenset(name for name, count in names.items() if count > 1 and language == "python"),
        marks,
        _count_marks(DISABLES_CHECKS.finditer(text)),
        read_proofs(language, text, bare_text, tests, _places_of_marks(skips))
        if tested
        else Proofs(),
        bound,
        frozenset(_WORD.findall(bare_text)) if tested else frozenset(),
        count_runner_words(language, code, bare_text, tested=tested and is_test_path(path))
        + count_recoded(language, text),
        examples=examples,
        meanings=read_meanings(bare_text) if tests else Meanings(),
    )


def _strip_both(language: str, text: str) -> tuple[str, str]:
    return strip_comments(language, text), strip_comments_and_strings(language, text)


def _asserts(tests: list[tuple[int, str]], bare_text: str) -> dict[str, int]:
    """What a test asserts is taken to end where the next begins."""
    counts: dict[str, int] = {}
    for (at, name), (end, _) in pairwise([*tests, (len(bare_text), "")]):
        counts[name] = counts.get(name, 0) + _count(bare_text[at:end])
    return counts


def _count(bare_text: str) -> int:
    return max(0, len(ASSERTS.findall(bare_text)) - len(ALWAYS_TRUE.findall(bare_text)))


def _places_of_marks(matches: Iterable[re.Match[str]]) -> list[tuple[int, str]]:
    return [(match.start(), _BLANKS.sub(" ", match[0]).strip()) for match in matches]


def _count_marks(matches: Iterable[re.Match[str]]) -> Counter[str]:
    return Counter(_BLANKS.sub(" ", match[0]).strip() for match in matches)
