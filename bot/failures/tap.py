"""The Test Anything Protocol, with its YAML blocks and nested subtests.

https://testanything.org/tap-version-14-specification.html; node writes it so:
https://nodejs.org/api/test.html#test-reporters
"""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.failures.blocks import Lines, make_failure
from bot.failures.model import Found
from bot.failures.places import dedent

TEST_POINT = re.compile(r"^(?P<indent> *)(?P<not>not )?ok\b(?: +\d+)?(?: +-)? ?(?P<title>[^\n]*)$")
SUBTEST = re.compile(r"^(?P<indent> *)# Subtest: (?P<title>.*)$")
OTHER = re.compile(
    r"^ *(?:\d+\.\.\d+|TAP version|# (?:tests|suites|pass|fail|cancelled|skip)\b|Bail)"
)
# What may follow a title; a `#` within it is escaped.
DIRECTIVE = re.compile(r"(?:^|\s)#\s+(?P<word>TODO|SKIP|time=)", re.IGNORECASE)
KEY = re.compile(r"^(?P<key>[\w-]+):(?: (?P<value>.*))?$")
EXIT_CODE = re.compile(r"^ *exitCode: ")
SUBTESTS_FAILED = "subtestsFailed"


@dataclass(slots=True)
class Group:
    """What stands around a test point, from the line it began on.

    `failed` is how many failures were known then.
    """

    indent: int
    title: str
    failed: int
    line: int = 0


def read_tap(lines: Lines) -> Iterator[Found]:
    if not any(line.lstrip().startswith("not ok") for line in lines):
        return
    groups: list[Group] = []
    failed = 0
    for at, line in enumerate(lines):
        opened = SUBTEST.match(line)
        point = None if opened else TEST_POINT.match(line)
        if not (opened or point):
            continue
        indent = len((opened or point)["indent"])  # type: ignore[index] # one of them matched
        while groups and groups[-1].indent > indent:
            groups.pop()
        if opened:
            _replace_group(groups, Group(indent, opened["title"], failed, at))
            continue
        title, is_failure, opens = _read_title(point)  # type: ignore[arg-type] # it matched
        own = groups[-1] if groups and groups[-1].indent == indent else None
        around = [each.title for each in groups if each.indent < indent]
        if opens:
            _replace_group(groups, Group(indent, title, failed))
        elif is_failure and not (own and own.title == title and own.failed < failed):
            end = _find_end(lines, at + 1, indent)
            body = lines[at + 1 : end]
            if not any(SUBTESTS_FAILED in each for each in body[:8]):
                failed += 1
                message = _read_body(body)
                if own and any(EXIT_CODE.match(each) for each in body):
                    message = [*_comments_above(lines, own.line), *message]
                yield Found(make_failure([*around, title], message), at, end)


def _comments_above(lines: Lines, at: int) -> list[str]:
    """What a file printed that ended before its tests began; node puts it above the file's name."""
    first = at
    while first and lines[first - 1].startswith("#") and not SUBTEST.match(lines[first - 1]):
        first -= 1
    return [line.removeprefix("#").removeprefix(" ") for line in lines[first:at]]


def _replace_group(groups: list[Group], new: Group) -> None:
    if groups and groups[-1].indent == new.indent:
        groups.pop()
    groups.append(new)


def _read_title(point: re.Match[str]) -> tuple[str, bool, bool]:
    """The title, whether it is a failure, and whether its subtests follow in braces."""
    text = point["title"]
    opens = text.endswith("{")
    directive = DIRECTIVE.search(text)
    excused = directive is not None and directive["word"].upper() in {"TODO", "SKIP"}
    title = (text[: directive.start()] if directive else text).removesuffix("{").strip()
    return title.replace("\\#", "#"), bool(point["not"]) and not excused, opens


def _find_end(lines: Lines, start: int, indent: int) -> int:
    """A body is indented more than its test point, or a comment."""
    at, yaml = start, False
    while at < len(lines):
        if at > start and lines[at - 1].strip() == "..." and not yaml:
            break
        line = lines[at]
        text = line.lstrip(" ")
        if (
            text
            and not yaml
            and (TEST_POINT.match(line) or SUBTEST.match(line) or OTHER.match(line))
        ):
            break
        if text and len(line) - len(text) <= indent and not text.startswith("#"):
            break
        yaml = text == "---" or (yaml and text != "...")
        at += 1
    return at


def _read_body(body: Sequence[str]) -> list[str]:
    """The message and the stack: of YAML the keys that hold them, else what is indented or `#`."""
    lines = dedent(body)
    if not lines or lines[0] != "---":
        return [line.removeprefix("#").removeprefix(" ") for line in lines]
    end = lines.index("...") if "..." in lines else len(lines)
    fields = read_fields(lines[1:end])
    nested = read_fields(fields.get("error", []))
    error = nested.get("message") or fields.get("error") or fields.get("message") or []
    name = (nested.get("name") or fields.get("name") or [""])[0]
    first = f"{name}: {error[0]}" if name and error and name not in error[0] else "".join(error[:1])
    out = [first, *error[1:]]
    for key in ("expected", "actual", "wanted", "found", "diff"):
        if value := fields.get(key):
            out += [f"{key}: {value[0]}"] if len(value) == 1 else [f"{key}:", *_indent(value)]
    stack = [line if line.startswith("at ") else f"at {line}" for line in fields.get("stack", [])]
    places = [f"at {line}" for key in ("location", "at") for line in fields.get(key, [])]
    return [*out, *stack, *places]


def read_fields(lines: Sequence[str]) -> dict[str, list[str]]:
    """The keys of a YAML mapping, each with the lines of its value; only what reporters write."""
    fields: dict[str, list[str]] = {}
    key = ""
    for line in dedent(lines):
        if found := KEY.match(line):
            key = found["key"]
            value = found["value"] or ""
            fields[key] = [] if value in {"", "|", "|-", ">", ">-"} else [unquote(value)]
        elif key:
            fields[key].append(line)
    return {name: dedent(value) for name, value in fields.items()}


def unquote(value: str) -> str:
    """A scalar without its quotes.

    https://yaml.org/spec/1.2.2/#73-flow-scalar-styles
    """
    text = value.strip()
    if len(text) > 1 and text[0] == text[-1] == "'":
        return text[1:-1].replace("''", "'")
    if len(text) > 1 and text[0] == text[-1] == '"':
        try:
            return str(json.loads(text))
        except ValueError:
            return text[1:-1]
    return text


def _indent(lines: Sequence[str]) -> list[str]:
    return [f"  {line}" for line in lines]
