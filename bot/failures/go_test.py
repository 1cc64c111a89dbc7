"""`go test`, plain and with -v, and -json.

https://pkg.go.dev/cmd/go#hdr-Test_packages
"""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from bot.failures.blocks import Lines, make_failure
from bot.failures.model import Failure, Found

RESULT = re.compile(r"^(?P<indent> *)--- (?P<how>FAIL|PASS|SKIP): (?P<test>\S+)(?: \(.*\))?$")
# Behind what the code under test printed without a line end.
LATE_RESULT = re.compile(r"^\S.*?(?=--- (?:FAIL|PASS|SKIP): \S+ \([\d.]+s\)$)")
MARK = re.compile(r"^=== (?P<what>RUN|CONT|NAME|PAUSE|FAIL:)\s+(?P<test>\S*)")
PACKAGE = re.compile(r"^(?:FAIL|ok|---|\?)\s+(?P<package>[\w./~-]+)\s+(?:[\d.]+s|\(cached\)|\[)")
PANIC = re.compile(r"^(?:panic: |fatal error: |runtime: )")
EVENT = re.compile(r'^\{"(?:Time|Action|ImportPath)":')
MAX_EVENT_LINES = 200_000


@dataclass(slots=True)
class Log:
    """What one test said. `first` and `end` are the lines it said it on."""

    lines: list[str] = field(default_factory=list)
    failed: bool = False
    first: int = 0
    end: int = 0


def read_go(lines: Lines) -> Iterator[Found]:
    """Failures of all packages; a test whose subtests failed only where it says more."""
    if not any("--- FAIL: " in line for line in lines):
        return
    package_start: dict[str, Log] = {}
    current, depth = "", -1
    for at, whole in enumerate(lines):
        late = LATE_RESULT.match(whole) if "--- " in whole else None
        line = whole[late.end() :] if late else whole
        if mark := MARK.match(line):
            current, depth = mark["test"], -1
        elif result := RESULT.match(line):
            current, depth = result["test"], len(result["indent"])
            log = package_start.setdefault(current, Log(first=at))
            log.failed = log.failed or result["how"] == "FAIL"
            log.end = at + 1
        elif found := PACKAGE.match(line):
            yield from _close(package_start, found["package"])
            package_start, current = {}, ""
        elif current and not _ends(line, depth):
            log = package_start.setdefault(current, Log(first=at))
            log.lines.append(line)
            log.end = at + 1
        elif depth >= 0 and not PANIC.match(line):
            current = ""
    yield from _close(package_start, "")


def _ends(line: str, depth: int) -> bool:
    """Below a result stand its lines, indented more; a panic's stack stands at the margin."""
    if depth < 0 or not line.strip() or PANIC.match(line):
        return False
    margin = len(line) - len(line.lstrip(" "))
    return margin <= depth and line in {"FAIL", "PASS", "exit status 1", "exit status 2"}


def _close(logs: dict[str, Log], package: str) -> Iterator[Found]:
    failed = {name for name, log in logs.items() if log.failed}
    parents = {name.rpartition("/")[0] for name in failed if "/" in name}
    for name in sorted(failed, key=lambda name: logs[name].first):
        log = logs[name]
        if name in parents and not any(line.strip() for line in log.lines):
            continue
        failure = _in_package(
            make_failure(name.split("/"), _without_goroutines(log.lines), separator="/"), package
        )
        yield Found(failure, log.first, log.end)


def _without_goroutines(lines: Sequence[str]) -> list[str]:
    """Of a panic the message, and of its stack the files: functions of the tools say nothing."""
    start = next((at for at, line in enumerate(lines) if line.startswith("goroutine ")), None)
    if start is None:
        return list(lines)
    stack = [line.strip().split(" +0x")[0] for line in lines[start:] if line.startswith("    ")]
    return [*lines[:start], *stack]


def _in_package(failure: Failure, package: str) -> Failure:
    """A test's own lines name its file without a folder; the package's path ends with that."""
    places = [
        replace(place, path=f"{package}/{place.path}")
        if package and "/" not in place.path
        else place
        for place in failure.places
    ]
    return replace(failure, places=tuple(places))


@dataclass(slots=True)
class Event:
    action: str
    package: str
    test: str
    output: str


def expand_events(lines: Lines) -> list[str]:
    """The lines that the events of `-json` carry, package by package; other lines as they are.

    https://pkg.go.dev/cmd/test2json
    """
    if not any(line.startswith('{"') and EVENT.match(line) for line in lines):
        return list(lines)
    other: list[str] = []
    output: dict[str, list[str]] = {}
    for line in lines[:MAX_EVENT_LINES]:
        event = _read_event(line) if EVENT.match(line) else None
        if event is None:
            other.append(line)
        elif event.action in {"output", "build-output"}:
            output.setdefault(event.package, []).append(event.output)
    for chunks in output.values():
        other += "".join(chunks).replace("\t", "    ").split("\n")
    return other


def _read_event(line: str) -> Event | None:
    try:
        data = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(data, dict):
        return None
    package = data.get("Package") or data.get("ImportPath") or ""
    parts = (data.get("Action"), package, data.get("Test", ""), data.get("Output", ""))
    return Event(*map(str, parts))
