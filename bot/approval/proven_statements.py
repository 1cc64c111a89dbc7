"""What a file of tests proves: assertions and rows of cases, and what may end a test before."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from bot.approval.given_values import GivenValues
from bot.approval.skip_markers import ASSERTS
from bot.approval.test_layout import Layout, TestSpan, find_spans, span_at

_BLANKS = re.compile(r"\s+")
_ASSERTS_BY_LANGUAGE = {
    # A test of Go's fails in a branch: the condition is what it asserts. https://pkg.go.dev/testing
    "go": re.compile(rf"{ASSERTS.pattern}|^[ \t]*(?:\}}[ \t]*else[ \t]+)?if\b", re.MULTILINE),
    "ruby": re.compile(rf"{ASSERTS.pattern}|\bend\.(?:to|not_to|to_not|should)\b|\bmust_\w+"),
}
# Not an assertion: what imports or defines one.
_DEFINES = re.compile(
    r"\s*(?:(?:import|from|use|using|package|export|(?:async\s+)?def|func(?:tion)?|fn|class)\b"
    r"|(?:public|private|protected|internal|static|void)\b[^=(]{0,200}\()"
)
# A parameter's name, as in `def check(got, expected: int)`.
_ANNOTATED = re.compile(r"expect\w*[ \t]*:(?!=)")
# https://docs.pytest.org/en/stable/how-to/parametrize.html and https://jestjs.io/docs/api
# https://docs.junit.org/current/user-guide/#writing-tests-parameterized-tests
_TABLES = re.compile(
    r"\b(?:parametrize|expand|each|DataProvider|TestWith)[ \t]*\("
    r"|@(?:ValueSource|CsvSource|EnumSource|NullSource|EmptySource)[ \t]*\("
    r"|\[[ \t]*(?:InlineData|TestCase|DataRow)[ \t]*\("
    r"|#\[[ \t]*(?:case|values|test_case)\b[^(\n]{0,80}\("
)
_FUNCTIONS = re.compile(
    r"^[ \t]*(?:(?:export|pub|static|public|private|protected|async)[ \t]+){0,4}"
    r"(?:def|function|func|fn|fun)[ \t]+(\w+)",
    re.MULTILINE,
)
_CLASSES = re.compile(
    r"^[ \t]*(?:(?:public|final|abstract|internal|open|export|default|sealed)[ \t]+){0,4}"
    r"class[ \t]+(\w+)",
    re.MULTILINE,
)
# A mark of pytest's by a name that skips nothing, cases, and what makes it a test at all.
_HARMLESS_MARK = re.compile(
    r"@(?:pytest\.)?(?:mark\.(?!usefixtures)|fixture)|@(?:\w+\.)?parametrize|#\[\s*(?:\w+::)*test\b"
    r"|#\[\s*(?:case|rstest|test_case)|@(?:\w+\.){0,9}(?:Test|ParameterizedTest|DisplayName|\w+Source"
    r"|Override|Tag|SuppressWarnings|RepeatedTest)\b"
)
MAX_MARKS = 20
"""Lines above one test."""
MAX_TABLE_CHARS = 100_000
"""A longer table of cases is one row."""
ENDS_EARLY = re.compile(
    r"\b(?:return|yield|raise|throw|break|continue|goto|exit|abort|die|quit|suppress)\b"
    r"|\bcatch\b|\bexcept\b|\brescue\b|\brecover\(|^[ \t]*next(?:[ \t]+(?:if|unless)\b|[ \t]*$)",
    re.MULTILINE,
)
"""What may keep the rest of a test from being run, or from failing."""
STANDS_IN = re.compile(
    r"\bmonkeypatch\b|\b(?:mock\.)?patch\b|\.(?:spyOn|mockImplementation\w*|mockReturnValue\w*)\b"
    r"|\bsinon\b|\b(?:jest|vi)\.(?:fn|mock|doMock)\b|\bsetattr\b|\bstub\w*\("
    r"|\b(?:mock\.(?:method|module)|stubGlobal|stubEnv|replaceProperty|proxyquire|rewire|testdouble)\b"
    r"|\bautouse\b|\ballow(?:_any_instance_of)?\s*\(|\breceive\b"
)
"""What may put something else in the place of what is tested."""


@dataclass(frozen=True, slots=True)
class Proof:
    """An assertion or a row of cases: `depth` is how deep it is set in below its test.

    Two of one `key` say the same, however they are broken into lines; `given` is a digest of the
    lines that gave its names their values.
    """

    key: str
    shown: str
    depth: int
    test: str
    given: str = ""


def _no_marks() -> defaultdict[str, Counter[str]]:
    return defaultdict(Counter)


@dataclass(frozen=True, slots=True)
class Proofs:
    """What a file proves. `ending` and `standing` count words by the test that they stand in.

    `marks` are each test's decorators and attributes that may change how it is run, `skips` what
    keeps it from being run, from within: the words, and the test. `given` has the lines that a
    digest of a proof stands for, `helpers` the functions outside tests, fixtures too.
    """

    found: tuple[Proof, ...] = ()
    ending: Counter[str] = field(default_factory=Counter)
    standing: Counter[str] = field(default_factory=Counter)
    marks: defaultdict[str, Counter[str]] = field(default_factory=_no_marks)
    skips: Counter[tuple[str, str]] = field(default_factory=Counter)
    given: dict[str, tuple[str, ...]] = field(default_factory=dict)
    helpers: dict[str, str] = field(default_factory=dict)


def read_proofs(
    language: str,
    text: str,
    bare: str,
    tests: Sequence[tuple[int, str]],
    skips: Sequence[tuple[int, str]] = (),
) -> Proofs:
    """`bare` is `text` without comments and strings, of the same length; `skips` are its marks."""
    layout = Layout(bare)
    spans = find_spans(tests, layout)
    helpers = _helpers(layout, spans)
    spans = find_spans([*tests, *helpers], layout) if helpers else spans
    starts = [span.start for span in spans]

    def name_at(place: int) -> str:
        n = span_at(spans, starts, place)
        return spans[n].name if n >= 0 else ""

    given = GivenValues(text, layout, spans)

    def proof(start: int, end: int, *, of_row: bool = False) -> Proof:
        line = layout.line_at(start)
        n = span_at(spans, starts, layout.starts[line])
        outer = layout.levels[layout.line_at(spans[n].start)] if n >= 0 else 0
        shown = _BLANKS.sub(" ", text[start:end]).strip(" ,;")
        depth, test = layout.levels[line] - outer, spans[n].name if n >= 0 else ""
        values = "" if of_row else given.at(start, end)
        return Proof(_normalize(shown), shown, depth, test, values)

    found = [proof(start, end) for start, end in _assertions(language, layout)]
    found += [proof(start, end, of_row=True) for start, end in _rows(layout)]
    found = [each for each in found if each.key]
    return Proofs(
        tuple(found),
        Counter(name_at(match.start()) for match in ENDS_EARLY.finditer(bare)),
        Counter(name_at(match.start()) for match in STANDS_IN.finditer(bare)),
        _marks(layout, spans),
        Counter((words, name) for place, words in skips if (name := name_at(place))),
        given.lines_of,
        {name: text[span.start : span.end] for span in spans if (name := span.name)[-2:] == "()"},
    )


def _marks(layout: Layout, spans: Sequence[TestSpan]) -> defaultdict[str, Counter[str]]:
    """The lines of marks just above each test, and above each class."""
    marks = _no_marks()
    classes = [(match.start(), f"class {match[1]}") for match in _CLASSES.finditer(layout.text)]
    places = [*((span.start, span.name) for span in spans), *classes]
    for start, name in places:
        first = layout.line_at(start)
        line = first - 1
        marks[name] += Counter()
        while line >= 0 and first - line <= MAX_MARKS:
            text = layout.text[layout.starts[line] : layout.line_end(line)].strip()
            if not text.startswith(("@", "#[")):
                break
            if not _HARMLESS_MARK.match(text):
                marks[name][_BLANKS.sub("", text)] += 1
            line -= 1
    return marks


def _helpers(layout: Layout, spans: Sequence[TestSpan]) -> list[tuple[int, str]]:
    """Functions outside tests, which may assert for them."""
    starts = [span.start for span in spans]
    return [
        (match.start(), f"{match[1]}()")
        for match in _FUNCTIONS.finditer(layout.text)
        if span_at(spans, starts, match.start()) < 0
    ]


def _normalize(shown: str) -> str:
    """The same however a formatter breaks it: without blanks, and brackets that only hold lines."""
    key = re.sub(r", ([)\]}])", r"\1", shown).replace(" ", "")
    inner = re.fullmatch(r"assert\(([^(),]*)\)", key)
    return f"assert{inner[1]}" if inner else key


def _assertions(language: str, layout: Layout) -> Iterator[tuple[int, int]]:
    """From the line that an assertion begins on to its end."""
    pattern = _ASSERTS_BY_LANGUAGE.get(language, ASSERTS)
    done = 0
    for match in pattern.finditer(layout.text):
        line = layout.line_at(match.start())
        start = layout.starts[line]
        if language == "python" and _ANNOTATED.match(layout.text, match.start()):
            continue
        if match.start() < done or _DEFINES.match(layout.text, start, layout.line_end(line)):
            continue
        is_line = language == "go" and match[0].lstrip().startswith(("if", "}"))
        done = layout.line_end(line) if is_line else layout.statement_end(match.start())
        yield start, done


def _rows(layout: Layout) -> Iterator[tuple[int, int]]:
    """The entries of each table of cases: what stands between its commas, two brackets deep."""
    done = 0
    for match in _TABLES.finditer(layout.text):
        start, end = match.end(), layout.closing_of(match.end() - 1)
        if start < done:
            continue
        done = end
        if end - start > MAX_TABLE_CHARS:
            yield start, end
            continue
        depth = 0
        for sign in re.finditer(r"[()\[\]{},]", layout.text[start:end]):
            at = match.end() + sign.start()
            if sign[0] == ",":
                if depth <= 1:
                    yield start, at
                    start = at + 1
                continue
            depth += 1 if sign[0] in "([{" else -1
            if depth == 1 and sign[0] in "([{":
                start = at + 1
            elif depth == 0:
                yield start, at
                start = at + 1
        yield start, end
