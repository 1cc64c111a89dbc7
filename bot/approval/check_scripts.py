"""Scripts of the repository that a configured check starts: they say what is checked."""

import posixpath
import re
from collections.abc import Iterator, Mapping

from bot.config.repository import CheckCommand

_SEGMENTS = re.compile(r"&&|\|\||[;|&\n()]")
_VARIABLE = re.compile(r"\w+=\S*$")
_INTERPRETER = re.compile(
    r"(?:\S*/)?(?:ba|da|k|z)?sh$|(?:\S*/)?(?:python|pypy|node|ruby|perl|php|deno|bun|lua|Rscript|tclsh)"
    r"[\d.]*$|env$|exec$|time$|timeout$|nice$|xvfb-run$|source$|\.$"
)
_SKIPPED = re.compile(r"-\S*$|\d+[smh]?$|run$")


def find_check_of_script(path: str, checks: Mapping[str, CheckCommand]) -> str:
    """The name of a check that runs the file at `path` as a program; empty where none does."""
    return next((name for name, check in checks.items() if _starts(path, check)), "")


def _starts(path: str, check: CheckCommand) -> bool:
    for word in list_programs(check.run):
        script = posixpath.normpath(word)
        # A line may change its folder first, so a path that ends alike may be the one.
        if path == posixpath.normpath(posixpath.join(check.dir, script)) or (
            "." in script and path.endswith(f"/{script}")
        ):
            return True
    return False


def list_programs(run: str) -> Iterator[str]:
    """Of each part of a shell line its first word, and after an interpreter the next one, too."""
    for segment in _SEGMENTS.split(run):
        before = ""
        for word in segment.split():
            # https://docs.python.org/3.11/using/cmdline.html#cmdoption-m
            if before == "-m":
                yield f"{word.replace('.', '/')}.py"
                yield f"{word.replace('.', '/')}/__main__.py"
                break
            before = word
            if _VARIABLE.match(word) or _SKIPPED.match(word):
                continue
            yield word.strip("\"'")
            if not _INTERPRETER.match(word):
                break
