"""Which tests a change brings: new ones by name, and those that assert something new."""

import re
from collections import Counter
from dataclasses import dataclass

from bot.approval.changed_tests import ChangedTests, read_changed_tests
from bot.approval.test_paths import is_test_path
from bot.git.diff import list_changes
from bot.git.repo import Repo

# Of languages that are not read here: files that hold tests and nothing else, and what opens one.
_ONLY_TESTS = re.compile(r"\.(?:bats|t|robot|feature)$")
_OPENS_TEST = re.compile(
    r"^\s*(?:@test\b|test\s+[\"{]|(?:TEST|SCENARIO|TEST_CASE)\w*\s*\(|\(deftest\b|test_that\("
    r"|(?:it|test)\s*\(?\s*[\"'])"
)


@dataclass(frozen=True, slots=True)
class BroughtTests:
    """The tests of one file that a change brings; `names` are empty in a language not read here."""

    path: str
    names: frozenset[str] = frozenset()


def find_brought_tests(repo: Repo, before: str, after: str) -> tuple[BroughtTests, ...]:
    """What the second tree has of tests beyond the first, in files of tests, by path.

    A test or an assertion that only moved or whose file got another name is none of these.
    """
    files = read_changed_tests(repo, list_changes(repo, before, after)).files
    names = {name for file in files for name in file.before.asserts}
    proofs = Counter(proof.key for file in files for proof in file.before.proofs.found)
    found = []
    for file in sorted(files, key=lambda each: each.path):
        if not is_test_path(file.path):
            continue
        brought = frozenset(file.after.asserts.keys() - names) | _asserting_anew(file, proofs)
        if brought or _has_unread_tests(file):
            found.append(BroughtTests(file.path, brought))
    return tuple(found)


def _asserting_anew(file: ChangedTests, known: Counter[str]) -> frozenset[str]:
    own = Counter(proof.key for proof in file.after.proofs.found)
    new = own - known
    return frozenset(
        proof.test for proof in file.after.proofs.found if proof.test and proof.key in new
    )


def _has_unread_tests(file: ChangedTests) -> bool:
    if file.after.asserts or not file.after.lines:
        return False
    added = Counter(file.after.lines) - Counter(file.before.lines)
    if _ONLY_TESTS.search(file.path):
        return any(line.strip() for line in added)
    return any(_OPENS_TEST.match(line) for line in added)
