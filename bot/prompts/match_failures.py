"""Which test of a file a failure is about: by a line it names, else by the test's title."""

import re
from collections.abc import Iterator, Sequence

from bot.code.suite_blocks import SuiteBlock
from bot.code.suite_rules import PLACEHOLDER
from bot.failures import Failure

# What runners add to a test's name: parameters, a data set, a repetition.
ADDED = re.compile(
    r"(?:\[[^\]\n]{0,300}\]|\([^()\n]{0,300}\)| with data set .{0,300}|#\d{1,6}|/\d{1,6}"
    r"| \(\d{1,3} of \d{1,3}\)| - should panic)$"
)
HOOK = re.compile(r"^\"(?:before|after) (?:each|all)\" hook(?: in| for)? \"(?P<title>.+)\"$")
MAX_ADDED = 4
MIN_FIXED_CHARACTERS = 3
"""Characters of a title that must be its own where the rest of it is left open."""


def find_tests_of(
    path: str, blocks: Sequence[SuiteBlock], failure: Failure
) -> tuple[tuple[SuiteBlock, ...], tuple[int, ...]]:
    """The tests of this file that the failure is of, and the lines of the file it names."""
    lines = tuple(
        dict.fromkeys(
            each.line for each in failure.places if each.line and same_file(each.path, path)
        )
    )
    tests = [each for each in blocks if each.kind == "test"]
    titled = list(_find_titled(tests, failure))
    holding = [found for line in lines if (found := _innermost(tests, line))]
    both = [each for each in titled if each in holding]
    near = both or holding[:1] or (titled if _may_be_of(path, failure) else [])
    return tuple(dict.fromkeys(near)), lines


def same_file(written: str, path: str) -> bool:
    """Whether a path as a tool writes it means this one: a part of it, or all of it and more."""
    written = written.replace("\\", "/").removeprefix("./").lstrip("/")
    stem, dot, _ = path.rpartition(".")
    return (
        written == path
        or written.endswith(f"/{path}")
        or path.endswith(f"/{written}")
        or ("." not in written.rpartition("/")[2] and dot == "." and _same_module(written, stem))
    )


def _same_module(written: str, stem: str) -> bool:
    """`com/example/CartTest` and `test/test_cart/TestTotal`: no ending, perhaps a class in it."""
    outer = written.rpartition("/")[0]
    return any(
        each and (stem == each or stem.endswith(f"/{each}"))
        for each in (written, written.partition("$")[0], outer if "/" in outer else "")
    )


def _innermost(tests: Sequence[SuiteBlock], line: int) -> SuiteBlock | None:
    around = [each for each in tests if each.first <= line <= each.last]
    return min(around, key=lambda each: each.last - each.first, default=None)


def _may_be_of(path: str, failure: Failure) -> bool:
    """A title alone counts unless the failure names another file of tests alone."""
    files = [each.path for each in failure.places]
    # Go names a package, whose path need not be that of a folder.
    name = path.rpartition("/")[2]
    alike = any(same_file(each, path) or each.rpartition("/")[2] == name for each in files)
    return alike or not _names_tests(files)


def _names_tests(files: Sequence[str]) -> bool:
    return any(re.search(r"test|spec", each.rpartition("/")[2], re.IGNORECASE) for each in files)


def _find_titled(tests: Sequence[SuiteBlock], failure: Failure) -> Iterator[SuiteBlock]:
    """Those whose title fits best, the groups around them counting."""
    if not failure.titles:
        return
    scored = [(score, each) for each in tests if (score := _score(each, failure.titles))]
    best = max((score for score, _ in scored), default=0)
    yield from (each for score, each in scored if score == best)


def _score(block: SuiteBlock, titles: Sequence[str]) -> int:
    """0 where the title does not fit; more for each of its groups that the failure names."""
    names = list(_names_of(titles[-1]))
    whole = " ".join(titles)
    fits = any(_fits(block.title, name) for name in names)
    if not fits:
        fits = _ends_with(whole, block) or (
            len(titles) > 1 and any(_fits(block.title, each) for each in titles[:-1])
        )
        if not fits:
            return 0
        return 1 + sum(group in whole for group in block.groups if group)
    return 10 + 10 * sum(bool(group) and group in whole for group in block.groups)


def _names_of(title: str) -> Iterator[str]:
    """The title, then without what its runner added, then without what stands before a dot."""
    if hook := HOOK.match(title):
        title = hook["title"]
    yield title
    for _ in range(MAX_ADDED):
        shorter = ADDED.sub("", title).rstrip()
        if shorter == title:
            break
        title = shorter
        yield title
    if " " not in title and "." in title:
        yield title.rpartition(".")[2]
    if title.startswith(("it ", "test ")):  # Pest, ExUnit
        yield title.partition(" ")[2]


def _fits(title: str, name: str) -> bool:
    if not title or not name:
        return False
    if title == name or title.replace(" ", "_") == name or title == name.replace(" ", "_"):
        return True
    pieces = PLACEHOLDER.split(title)
    return len(pieces) > 1 and _holds_in_order(pieces, name)


def _holds_in_order(pieces: Sequence[str], name: str) -> bool:
    if sum(map(len, pieces)) < MIN_FIXED_CHARACTERS:
        return False
    if not (name.startswith(pieces[0]) and name.endswith(pieces[-1])):
        return False
    at = len(pieces[0])
    for piece in pieces[1:]:
        at = name.find(piece, at)
        if at < 0:
            return False
        at += len(piece)
    return True


def _ends_with(whole: str, block: SuiteBlock) -> bool:
    """RSpec and TAP join the titles of groups and test into one."""
    title = block.title
    return bool(title) and whole.endswith(f" {title}")
