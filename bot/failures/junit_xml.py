"""JUnit's XML report, wherever in the output it stands.

https://github.com/testmoapp/junitxml describes what tools write. Read tag by tag: the report is
somebody else's text, and XML parsers have dangers of their own
(https://docs.python.org/3.11/library/xml.html#xml-vulnerabilities).
"""

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from bot.failures.blocks import Lines, make_failure
from bot.failures.model import MAX_FAILURES, Failure, Found, Place
from bot.failures.pytest_report import E_LINE, read_pytest_body

TAG = re.compile(r"<(?P<close>/?)(?P<name>testsuite|testcase|failure|error)(?=[\s/>])")
ATTRIBUTE = re.compile(r"([\w:.-]{1,60})\s{0,20}=\s{0,20}(?:\"([^\"]*)\"|'([^']*)')")
CDATA, CDATA_END = "<![CDATA[", "]]>"
MAX_LINE_DIGITS = 7
DOTTED_CLASS = re.compile(r"^[\w$]+(?:\.[\w$]+)+$")


@dataclass(slots=True)
class Tag:
    name: str
    closes: bool
    is_empty: bool
    attributes: dict[str, str]
    first: int
    end: int


@dataclass(slots=True)
class Case:
    attributes: dict[str, str]
    suites: list[str] = field(default_factory=list)


def read_junit_xml(lines: Lines) -> Iterator[Found]:
    if not any("<testcase" in line for line in lines):
        return
    text = "\n".join(lines)
    suites: list[str] = []
    case = Case({})
    opened: Tag | None = None
    count = 0
    for tag in _read_tags(text):
        if tag.name == "testsuite" and tag.closes:
            suites = suites[:-1]
        elif tag.name == "testsuite" and not tag.is_empty:
            suites.append(tag.attributes.get("name", ""))
        elif tag.name == "testcase" and not tag.closes:
            case = Case(tag.attributes, suites[1:])
        elif tag.name in {"failure", "error"}:
            if not tag.closes and not tag.is_empty:
                opened = tag
                continue
            body = text[opened.end : tag.first] if opened and tag.closes else ""
            said = opened or tag
            opened = None
            count += 1
            if count > MAX_FAILURES:
                return
            first = text.count("\n", 0, said.first)
            failure = _make(case, said.attributes, _plain_text(body))
            yield Found(failure, first, first + 1 + text.count("\n", said.first, tag.end))


def _read_tags(text: str) -> Iterator[Tag]:
    """Ends where a tag is never closed: what follows is no report."""
    at = 0
    while found := TAG.search(text, at):
        # In CDATA nothing is a tag: https://www.w3.org/TR/xml/#sec-cdata-sect
        data = text.find(CDATA, at, found.start())
        if data >= 0:
            end = text.find(CDATA_END, data)
            if end < 0:
                return
            if end > found.start():
                at = end
                continue
        end = _find_tag_end(text, found.end())
        if end < 0:
            return
        inner = text[found.end() : end]
        attributes = {
            name: html.unescape(one or other) for name, one, other in ATTRIBUTE.findall(inner)
        }
        closes, is_empty = bool(found["close"]), inner.endswith("/")
        yield Tag(found["name"], closes, is_empty, attributes, found.start(), end + 1)
        at = end + 1


def _find_tag_end(text: str, at: int) -> int:
    """The `>` that is in no quotes; -1 where there is none."""
    while at < len(text):
        stop = min(
            (p for p in (text.find(c, at, at + 100_000) for c in "\"'>") if p >= 0), default=-1
        )
        if stop < 0 or text[stop] == ">":
            return stop
        at = text.find(text[stop], stop + 1) + 1
        if not at:
            return -1
    return -1


def _plain_text(body: str) -> str:
    parts = body.split(CDATA)
    out = [html.unescape(parts[0])]
    for part in parts[1:]:
        raw, _, rest = part.partition(CDATA_END)
        out += [raw, html.unescape(rest)]
    return "".join(out)


def _make(case: Case, said: dict[str, str], body: str) -> Failure:
    """Some tools say all in the text, some in the attribute, most in both."""
    name, owner = case.attributes.get("name", ""), case.attributes.get("classname", "")
    message = said.get("message", "")
    lines = body.strip("\n").split("\n") if body.strip() else []
    if message and "".join(message.split()) not in "".join(body.split()):
        lines = [*message.split("\n"), *lines]
    titles = [*case.suites, owner.rpartition(".")[2] if DOTTED_CLASS.match(owner) else owner]
    # Node's class is always `test`; Vitest's is the file.
    titles = [each for each in titles if each not in {"", "test"} and "/" not in each]
    titles += name.split(" > ")
    if len(titles) > 1 and titles[-1].startswith(f"{titles[-2]} "):
        titles[-1] = titles[-1].removeprefix(f"{titles[-2]} ")
    places = _places(case.attributes, owner)
    if any(E_LINE.match(line) for line in lines):
        read = read_pytest_body(lines)
        return Failure(tuple(titles), read.message, (*read.places, *places))
    return make_failure(titles, lines or [message], places)


def _places(attributes: dict[str, str], owner: str) -> list[Place]:
    if file := attributes.get("file"):
        line = attributes.get("line", "")
        known = line.isdecimal() and len(line) <= MAX_LINE_DIGITS
        return [Place(file.removeprefix("./"), int(line) if known else 0)]
    if DOTTED_CLASS.match(owner):
        # Of Java the path of the file; of pytest the module, or a class in it.
        return [Place(owner.replace(".", "/"))]
    return [Place(owner)] if "/" in owner else []
