"""Which files of tests a prompt may show: those that hold what failed, then what the check runs."""

import posixpath
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import islice
from pathlib import PurePosixPath
from typing import NamedTuple

from bot.approval.test_paths import is_test_path
from bot.code.suite_blocks import find_suite_blocks
from bot.config.repository import CheckCommand
from bot.failures import Failure, Place
from bot.git.repo import Repo
from bot.git.search import find_mentions
from bot.plan import Task, list_check_paths, path_fault, written_paths
from bot.prompts.failing_tests import SHARED_FIXTURES
from bot.prompts.match_failures import find_tests_of, same_file
from runners.build.file_context import read_text

MAX_TEST_FILES = 3
MAX_READ_FILES, MAX_SEARCHED_FAILURES = 12, 4
MIN_TITLE_CHARACTERS = 4
# A word that may be a file, in a command or in what a check printed.
PATH = re.compile(r"(?<![\w./-])[\w-][\w./-]{0,400}\.\w{1,5}\b")
TEST_WORD = re.compile(r"test|spec|check", re.IGNORECASE)


class HowItFails(NamedTuple):
    """`digest` is how a check fails, `failures` the same by test."""

    digest: str = ""
    failures: tuple[Failure, ...] = ()


def find_test_files(
    repo: Repo, tree: str, task: Task, commands: Iterable[CheckCommand], failed: HowItFails
) -> tuple[tuple[str, str], ...]:
    """(path, text), those first in which a failing test stands; none that the task writes."""
    own, commands = written_paths(task), tuple(commands)
    folders = tuple(dict.fromkeys(command.dir for command in commands)) or ("",)
    resolve = PlaceFinder(repo, tree, folders)
    placed = (resolve.find(place) for failure in failed.failures for place in failure.places)
    named = [
        *(path for path in placed if path),
        *(each.path for check in task.checks for each in list_check_paths(check.paths)),
        *(path for command in commands for path in _paths_in(command.run, (command.dir,))),
        *(path for path in _paths_in(failed.digest, folders) if TEST_WORD.search(path)),
    ]
    paths = [path for path in dict.fromkeys(named) if path not in own and not path_fault(path)]
    files = dict(_read_texts(repo, tree, islice(paths, MAX_READ_FILES)))
    holding = _holding(files, failed.failures)
    if not holding and failed.failures:
        found = _search_titles(repo, tree, failed.failures, own)
        files = {**files, **dict(_read_texts(repo, tree, found))}
        holding = _holding(files, failed.failures)
    asked = [path for path in files if path not in holding and _is_asked(path, files[path])]
    shown = [*holding, *asked][:MAX_TEST_FILES]
    shared = _read_texts(repo, tree, _shared_fixtures(holding[:MAX_TEST_FILES], {*shown, *own}))
    return (*((path, files[path]) for path in shown), *shared)


def _paths_in(text: str, folders: Collection[str]) -> Iterator[str]:
    """Words that may be files, from the repository's root; they are written from these folders."""
    for path in PATH.findall(text):
        yield from (posixpath.join(folder, path) for folder in folders)


def _shared_fixtures(paths: Iterable[str], known: Collection[str]) -> Iterator[str]:
    """Where pytest looks for fixtures of these files: in their folder, then in those above it."""
    for path in paths:
        if path.endswith(".py"):
            for folder in PurePosixPath(path).parents:
                if (shared := str(folder / SHARED_FIXTURES)) not in known:
                    yield shared


def _holding(files: dict[str, str], failures: Sequence[Failure]) -> list[str]:
    """The files that hold the tests that failed, the first failure's first."""
    blocks = {path: find_suite_blocks(path, text.encode()) for path, text in files.items()}
    found = (
        path
        for failure in failures
        for path in files
        if blocks[path] and find_tests_of(path, blocks[path], failure)[0]
    )
    return list(dict.fromkeys(found))


def _is_asked(path: str, text: str) -> bool:
    """A stack names code as well: of what is no test by its name, only what holds tests counts."""
    return (
        is_test_path(path)
        or bool(TEST_WORD.search(path))
        or bool(find_suite_blocks(path, text.encode()))
    )


def _search_titles(
    repo: Repo, tree: str, failures: Sequence[Failure], own: Collection[str]
) -> Iterator[str]:
    """Files of tests that hold a failing test's title as it was printed."""
    titles = [each.titles[-1] for each in failures[:MAX_SEARCHED_FAILURES] if each.titles]
    stems = {re.split(r"[\[(#]", title)[0].strip() for title in titles}
    words = sorted(each for each in stems if len(each) >= MIN_TITLE_CHARACTERS and "\n" not in each)
    found = (path for path in find_mentions(repo, tree, words) if path not in own)
    return islice((path for path in found if is_test_path(path)), MAX_TEST_FILES)


def _read_texts(repo: Repo, tree: str, paths: Iterable[str]) -> Iterator[tuple[str, str]]:
    for path in paths:
        if text := read_text(repo, tree, path):
            yield path, text


class PlaceFinder:
    """The tracked file that a place of a failure means; the tree is listed once at most.

    `folders` are those that the checks ran in: what they print is written from there.
    """

    def __init__(self, repo: Repo, tree: str, folders: Iterable[str] = ()) -> None:
        self._repo, self._tree = repo, tree
        self._folders = dict.fromkeys((*folders, ""))
        self._by_name: dict[str, list[str]] | None = None

    def find(self, place: Place) -> str:
        """Empty where none is meant, or several alike are."""
        path = place.path.lstrip("/")
        for here in (posixpath.normpath(posixpath.join(each, path)) for each in self._folders):
            if path and not path_fault(here) and self._repo.find_entry(self._tree, here):
                return here
        named = self._named_alike(path)
        name = path.rpartition("/")[2]
        # The path of a Go package need not be that of a folder: its file's name and folder decide.
        alike = [each for each in named if same_file(place.path, each)] or [
            each for each in named if each.rpartition("/")[2] == name
        ]
        best = max((_common_parts(each, path) for each in alike), default=0)
        nearest = [each for each in alike if _common_parts(each, path) == best]
        return nearest[0] if len(nearest) == 1 else ""

    def _named_alike(self, path: str) -> list[str]:
        if self._by_name is None:
            self._by_name = {}
            for each in self._repo.list_entries(self._tree):
                for name in {PurePosixPath(each).name, PurePosixPath(each).stem}:
                    self._by_name.setdefault(name, []).append(each)
        parts = path.split("/")
        # Of a class within a module, as JUnit's XML names pytest's tests, the module counts.
        names = dict.fromkeys((parts[-1], parts[-1].partition("$")[0], *parts[-2:-1]))
        return [each for name in names for each in self._by_name.get(name, ())]


def _common_parts(path: str, written: str) -> int:
    """How many of the last parts are the same, the file's ending aside."""
    pairs = zip(
        reversed(path.rpartition(".")[0].split("/")),
        reversed(written.rpartition(".")[0].split("/")),
        strict=False,
    )
    count = 0
    for one, other in pairs:
        if one != other:
            break
        count += 1
    return count
