"""Whether a red check proves what a reviewer said: that its own test fails for what the code does.

A test that cannot be loaded, that names what is not there or that times out proves nothing.
"""

import re
from collections.abc import Collection, Sequence
from pathlib import PurePosixPath

from bot.failures import Failure

# Errors that a test raises by itself: a name, a file or a fixture that it has wrong.
_OWN_FAULT = re.compile(
    r"\b(?:ImportError|ModuleNotFoundError|SyntaxError|IndentationError|NameError|FileNotFoundError"
    r"|fixture '[^']{1,80}' not found|Cannot find module|ReferenceError|error collecting"
    r"|Failed to import test module|unittest\.loader\._FailedTest|is not defined|undefined:)",
    re.IGNORECASE,
)


def find_proving(failures: Sequence[Failure], test_path: str) -> tuple[str, ...]:
    """The names of failures that are tests of that file, red for what the code under it does."""
    return tuple(
        failure.name
        for failure in failures
        if failure.titles and _is_of(failure, test_path) and not _is_own_fault(failure, test_path)
    )


def _is_of(failure: Failure, test_path: str) -> bool:
    """By a place in the file, or a title that names it; where neither names any file, it may be."""
    path = PurePosixPath(test_path)
    places = [place.path for place in failure.places]
    if any(_is_path(each, test_path) for each in places):
        return True
    words = " ".join(failure.titles)
    return path.stem in words or path.name in words


def _is_own_fault(failure: Failure, test_path: str) -> bool:
    """An error of that kind from deeper down, in the code that is tested, is the code's."""
    said = "\n".join((*failure.message, *failure.titles))
    if not _OWN_FAULT.search(said):
        return False
    innermost = failure.places[0].path if failure.places else test_path
    return _is_path(innermost, test_path)


def _is_path(found: str, path: str) -> bool:
    return found == path or found.endswith(f"/{path}") or path.endswith(f"/{found}")


def explain_no_proof(names: Collection[str], again: Collection[str]) -> str:
    """Why a red check proves nothing; empty where it does. `again` are those of a second run."""
    if not names:
        return (
            "its test does not fail for what the code does: it cannot be loaded, or names what is"
            " not there"
        )
    if not set(names) & set(again):
        return "its test failed once and passed once"
    return ""
