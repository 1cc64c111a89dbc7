"""Where a line of a stack or a message points: the forms in which tools name a line of a file."""

import re
from collections.abc import Iterable, Sequence

from bot.failures.model import Place

# Python's frame: https://docs.python.org/3.11/library/traceback.html#traceback-examples
PYTHON_FRAME = re.compile(
    r'^\s*File "(?P<path>[^"\n]{1,400})", line (?P<line>\d{1,7})(?:, in (?P<where>\S+))?'
)
# `at com.example.CartTest.total(CartTest.java:12)`, with a module before it or not:
# https://docs.oracle.com/en/java/javase/17/docs/api/java.base/java/lang/StackTraceElement.html#toString()
JAVA_FRAME = re.compile(
    r"^\s*at (?:[\w.@-]{1,200}//?)?(?P<package>(?:[a-z_]\w{0,100}\.){0,20})[\w$]{1,200}"
    r"(?:\.[\w$<>]{1,200})*+\((?P<file>[\w$-]{1,200}\.(?:java|kt|scala|groovy)):(?P<line>\d{1,7})\)"
)
JAVA_METHOD = re.compile(r"\.([\w$<>]+)\(")
# `at f (src/a.js:7:24)` of V8 (https://v8.dev/docs/stack-trace-api), `# ./a.rb:7:in 'f'` of RSpec,
# `src/a.rs:3:5`, `/a.php(31): f()`, `in /a.cs:line 12`, `t/a.t line 9`
NUMBERED = re.compile(
    r"(?<![\w./\\@~+-])(?P<path>(?:file://)?(?:[A-Za-z]:)?[\w./\\@~+-]{1,400}\.[A-Za-z]\w{0,7})"
    r"(?::(?:line )?|\(|,? line )(?P<line>\d{1,7})\b"
)
V8_FUNCTION = re.compile(r"^\s*(?:at (?:async )?|\u276f )(?P<name>[^\s(]{1,200}) \(?(?=\S)")
RUBY_FUNCTION = re.compile(r":in [`'](?:[^'\n]{1,200}[#.])?(?P<name>[\w?!]{1,100})'")
STACK_LINE = re.compile(
    r"^\s*(?:at |\u276f |# (?:\./|/)|from (?=\S{1,400}:\d)|\.\.\. \d+ more|#\d+ )"
    r"|^\s*(?:file://)?[\w./\\@~+-]{1,400}\.[A-Za-z]\w{0,7}:\d{1,7}(?::\d{1,7})?(?::in .*)?$"
)
# Of the tools and the machine, not of the repository.
FOREIGN = re.compile(
    r"^(?:node:|//|internal/|/rustc/|/usr/|/root/|/opt/|/home/[^/]+/\.|[A-Za-z]:\\Program)"
    r"|(?:^|/)(?:node_modules|site-packages|dist-packages|\.cargo|\.venv|vendor|gems|lib/ruby)/"
    r"|(?:^|/)lib/python\d|^(?:java|javax|jdk|sun|junit|kotlin|scala)/|^org/(?:junit|opentest4j|"
    r"gradle|apache/maven|hamcrest|assertj)/|^<"
)


def find_places(line: str) -> list[Place]:
    """The places of one line, in its order."""
    if frame := PYTHON_FRAME.match(line):
        return [Place(_clean(frame["path"]), int(frame["line"]), frame["where"] or "")]
    if frame := JAVA_FRAME.match(line):
        method = JAVA_METHOD.search(line)
        path = frame["package"].replace(".", "/") + frame["file"]
        return [Place(path, int(frame["line"]), method[1] if method else "")]
    named = V8_FUNCTION.match(line) or RUBY_FUNCTION.search(line)
    function = named["name"] if named else ""
    return [
        Place(_clean(found["path"]), int(found["line"]), function)
        for found in NUMBERED.finditer(line)
    ]


def split_stack(lines: Iterable[str]) -> tuple[list[str], list[Place]]:
    """What is message, and the places of what is stack, tools' own frames left out."""
    message, places = [], []
    for line in lines:
        found = find_places(line)
        places += [place for place in found if not is_foreign(place)]
        if not STACK_LINE.match(line):
            message.append(line)
    return message, places


def is_foreign(place: Place) -> bool:
    """Whether it is of the language or of a package, which nobody can change here."""
    return FOREIGN.search(place.path) is not None


def dedent(lines: Sequence[str]) -> list[str]:
    """Without the indentation that all filled lines share, and without blank lines at the ends."""
    filled = [line for line in lines if line.strip()]
    margin = min((len(line) - len(line.lstrip(" ")) for line in filled), default=0)
    out = [line[margin:] for line in lines]
    while out and not out[-1].strip():
        out.pop()
    while out and not out[0].strip():
        out.pop(0)
    return out


def _clean(path: str) -> str:
    return path.removeprefix("file://").replace("\\", "/").removeprefix("./")
