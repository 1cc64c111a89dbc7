"""Which file or folder of the repository an argument of a check means, whatever its runner adds.

The one place that knows: validation, warnings, prompts and the checks themselves ask here.
"""

import posixpath
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from bot.plan.paths import path_fault
from bot.text.invisible import has_hidden

# pytest: https://docs.pytest.org/en/stable/how-to/usage.html
NODE_ID = "::"
# RSpec, Rails and Mocha-like runners: https://rspec.info/features/3-13/rspec-core/command-line/
LINES = re.compile(r"(?<=[\w)])(?P<selector>(?::\d{1,7}(?:-\d{1,7})?){1,8}|\[\d[\d:,]{0,60}\])$")
# Go: https://pkg.go.dev/cmd/go#hdr-Package_lists_and_patterns
ALL_BELOW = "..."
MAX_SELECTOR_CHARACTERS = 512


class CheckPath(NamedTuple):
    """`path` is a file or a folder, empty for the whole repository; `selector` names a part."""

    path: str
    selector: str = ""


def read_check_path(word: str) -> CheckPath:
    """`test/x.py::test_a`, `spec/x.rb:12`, `./pkg/...`, `test/` as a path and what is left."""
    path, found, selector = word.partition(NODE_ID)
    if not found and (lines := LINES.search(path)):
        path, selector = path[: lines.start()], lines["selector"].lstrip(":")
    if path == ALL_BELOW or path.endswith(f"/{ALL_BELOW}"):
        path, selector = path.removesuffix(ALL_BELOW), ALL_BELOW
    path = path.removeprefix("./") if path != "." else ""
    return CheckPath(path.rstrip("/") if path.strip("/") else path, selector)


def check_path_fault(word: str) -> str:
    """Why a plan may not give this to a check; empty where it may."""
    path, selector = read_check_path(word)
    if len(selector) > MAX_SELECTOR_CHARACTERS:
        return f"is longer than {MAX_SELECTOR_CHARACTERS} characters behind its path"
    if has_hidden(selector):
        return "has hidden or control characters"
    return path_fault(path) if path or not word.startswith(".") else ""


def list_check_paths(words: Iterable[str]) -> Iterator[CheckPath]:
    """The words that are paths: no options, and not the bare word that an option takes."""
    return (read_check_path(word) for word, is_path in _tell_paths(words) if is_path)


def covers_words(wide: Sequence[str], narrow: Sequence[str]) -> bool:
    """Whether a command with the first arguments runs all that it does with the second."""
    if not wide or tuple(wide) == tuple(narrow):
        return True
    outer = [read_check_path(word) for word in wide]
    inner = [read_check_path(word) for word in narrow]
    return bool(inner) and all(any(_holds(each, path) for each in outer) for path in inner)


def _holds(outer: CheckPath, inner: CheckPath) -> bool:
    if outer.selector not in {"", ALL_BELOW}:
        return outer == inner
    below = not outer.path or inner.path.startswith(f"{outer.path}/")
    return below or inner.path == outer.path


def make_relative(words: Iterable[str], folder: str, is_here: Callable[[str], bool]) -> list[str]:
    """The words as a command that runs in `folder` needs them, the paths among them from there.

    A path is below `folder`, or elsewhere in the repository if its first part `is_here`. All other
    words, `.` for all that is in the folder among them, stay as they are.
    """
    return [
        _make_relative(word, folder, is_here) if is_path else word
        for word, is_path in _tell_paths(words)
    ]


def _make_relative(word: str, folder: str, is_here: Callable[[str], bool]) -> str:
    path = read_check_path(word).path
    is_inside = path == folder or path.startswith(f"{folder}/")
    if not path or not (is_inside or is_here(path.partition("/")[0])):
        return word
    dot = "./" if word.startswith("./") else ""
    relative = posixpath.relpath(path, folder)
    rest = word.removeprefix("./").removeprefix(path)
    # `./api/...` is `./...` there, and `api` itself is `.`.
    return f"{'' if relative.startswith('.') else dot}{relative}{rest}"


def _tell_paths(words: Iterable[str]) -> Iterator[tuple[str, bool]]:
    after_option = False
    for word in words:
        is_option = word.startswith("-")
        yield word, not is_option and not (after_option and not re.search(r"[./:]", word))
        after_option = is_option and "=" not in word
