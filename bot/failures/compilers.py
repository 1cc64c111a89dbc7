"""Errors of compilers, type checkers and linters: each names its file and line."""

import re
from collections.abc import Iterator

from bot.failures.blocks import Lines, make_failure
from bot.failures.model import Failure, Found, Place
from bot.failures.places import find_places

PATH = r"(?P<path>(?:\./)?[\w./\\@+~-]{1,400}\.[A-Za-z]\w{0,7})"
# gcc, clang, javac, swiftc, mypy, tsc --pretty, go vet:
# https://gcc.gnu.org/onlinedocs/gcc/Diagnostic-Message-Formatting-Options.html
WITH_WORD = re.compile(
    rf"^(?:vet: |\[ERROR\] |ERROR: )?{PATH}:(?P<line>\d{{1,7}})(?::\d{{1,7}})?(?::| -) "
    r"(?:fatal )?error\b:?"
)
# https://www.typescriptlang.org/tsconfig/#pretty (off), csc, msbuild
IN_BRACKETS = re.compile(rf"^\s*{PATH}\((?P<line>\d{{1,7}}),\d{{1,7}}\): error ")
# go build, ruff, flake8, pylint, rubocop: a code or none after the column
WITH_COLUMN = re.compile(
    rf"^(?:vet: )?{PATH}:(?P<line>\d{{1,7}}):\d{{1,7}}: (?!warning|note)(?=\S)"
)
# maven: https://maven.apache.org/plugins/maven-compiler-plugin/
MAVEN = re.compile(rf"^\[ERROR\] {PATH}:\[(?P<line>\d{{1,7}}),\d{{1,7}}\] ")
KOTLIN = re.compile(rf"^e: (?:file://)?{PATH}:(?: \()?(?P<line>\d{{1,7}})[:,]")
PHP = re.compile(
    rf"^(?:PHP )?(?:Parse|Fatal) error: .* in {PATH}(?: on line |:)(?P<line>\d{{1,7}})$"
)
# https://pkg.go.dev/cmd/go: the compiler of Go has no word for an error, but always a column
GO = re.compile(
    r"^(?:vet: )?(?P<path>(?:\./)?[\w./@+~-]{1,400}\.go):(?P<line>\d{1,7}):\d{1,7}: (?=\S)"
)
ONE_LINE = (WITH_WORD, IN_BRACKETS, MAVEN, KOTLIN, PHP, GO)
# https://doc.rust-lang.org/rustc/: and ruff's full output, which looks the same
RUSTC = re.compile(r"^(?:error(?:\[\w{1,20}\])?: |[A-Z]{1,5}\d{3,5} )\S")
ARROW = re.compile(r"^\s*--> \S")
# https://eslint.org/docs/latest/use/formatters/#stylish
ESLINT_FILE = re.compile(r"^(?P<path>/?[\w./\\@+~-]{1,400}\.\w{1,8})$")
ESLINT = re.compile(r"^ +(?P<line>\d{1,7}):\d{1,7} +error +\S")
DETAIL = re.compile(r"^(?:\s|[~^|])")
MAX_DETAIL_LINES = 12


def read_compilers(lines: Lines) -> Iterator[Found]:
    at = 0
    while at < len(lines):
        if not lines[at]:
            at += 1
            continue
        found = next((m for p in ONE_LINE if (m := p.match(lines[at]))), None)
        if found:
            end = _find_detail_end(lines, at + 1)
            yield Found(_make(found, lines[at:end]), at, end)
            at = end
        elif RUSTC.match(lines[at]) and any(ARROW.match(x) for x in lines[at + 1 : at + 3]):
            end = next((n for n in range(at, len(lines)) if not lines[n].strip()), len(lines))
            places = [p for line in lines[at:end] if ARROW.match(line) for p in find_places(line)]
            yield Found(Failure((), tuple(lines[at:end]), tuple(places)), at, end)
            at = end
        else:
            at += 1


def read_columns(lines: Lines) -> Iterator[Found]:
    """Lines of the form path:line:column without a word for how bad it is, and eslint's list."""
    path = ""
    for at, line in enumerate(lines):
        if found := WITH_COLUMN.match(line):
            end = _find_detail_end(lines, at + 1)
            yield Found(_make(found, lines[at:end]), at, end)
        elif named := ESLINT_FILE.match(line):
            path = named["path"]
        elif path and (found := ESLINT.match(line)):
            place = Place(path, int(found["line"]))
            yield Found(Failure((), (f"{path}: {line.strip()}",), (place,)), at, at + 1)


def _find_detail_end(lines: Lines, start: int) -> int:
    """The source line and what points at it, as far as it follows at once."""
    end = start
    while end < min(len(lines), start + MAX_DETAIL_LINES) and DETAIL.match(lines[end]):
        end += 1
    return end


def _make(found: re.Match[str], block: Lines) -> Failure:
    place = Place(found["path"].removeprefix("./"), int(found["line"]))
    return Failure((), (block[0], *make_failure((), block[1:]).message), (place,))
