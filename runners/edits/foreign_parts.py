"""Telling definitions of a reply that are for the file from those that only show or test it."""

import posixpath
import re
from collections.abc import Sequence

from bot.approval.test_paths import is_test_path
from bot.code import language_of
from runners.edits.definition_parts import HOLDER_KINDS, Part

EXAMPLE = re.compile(
    r"^(?:main|demo|examples?|run_?examples?|example_\w+|\w+_example|usage)$", re.IGNORECASE
)
TEST = re.compile(r"^(?:test(?=$|[_A-Z0-9])\w*|Test[A-Z_]\w*|\w+(?:Tests?|Spec|TestCase)|tests)$")
PUBLIC = re.compile(r"^\s*public\s")


def choose_own_parts(
    path: str, old: Sequence[Part], new: Sequence[Part], code: Sequence[str], task_text: str
) -> list[Part]:
    """Of the outermost definitions `new`, those that are for the file; none where that is unclear.

    What the file has, or the task names, is for it. An example or a test that comes along is not;
    alone, nothing says what it is for.
    """
    known = {part.path for part in old} | {part.name for part in old}
    words = set(re.findall(r"\w+", task_text.lower()))
    fresh = [part for part in new if part.path not in known and part.name not in known]
    if any(_is_of_own_file(path, part, code) for part in fresh):
        return []
    foreign = [
        part
        for part in fresh
        if part.name.lower() not in words and not part.owner and _is_shown_only(path, part)
    ]
    own = [part for part in new if part not in foreign]
    # Tests of a Rust module stand in its own file as a rule, beside what they test:
    # https://doc.rust-lang.org/book/ch11-03-test-organization.html#unit-tests
    if own and language_of(path) == "rust":
        return [part for part in new if part in own or not EXAMPLE.match(part.name)]
    return own


def _is_shown_only(path: str, part: Part) -> bool:
    if EXAMPLE.match(part.name):
        return True
    return bool(TEST.match(part.name)) and not is_test_path(path)


def _is_of_own_file(path: str, part: Part, code: Sequence[str]) -> bool:
    """Whether Java wants it in a file of its name: a public class beside the one of this file."""
    # https://docs.oracle.com/javase/specs/jls/se21/html/jls-7.html#jls-7.6
    stem = posixpath.basename(path).partition(".")[0]
    outermost = not part.owner and part.kind in HOLDER_KINDS and part.name != stem
    return language_of(path) == "java" and outermost and bool(PUBLIC.match(code[part.first]))
