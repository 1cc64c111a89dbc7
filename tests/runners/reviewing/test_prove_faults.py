"""Which file a reviewer may have laid beside the code: a new one of tests, that uses the code."""

from pathlib import Path

import pytest
from support.project import Project

from bot.config.repository import RepoConfig
from bot.git.find_repo import open_repo
from bot.review.model import Fault, ProposedTest
from runners.reviewing.prove_faults import find_test_fault, uses_file


@pytest.mark.parametrize(
    ("path", "may"),
    [
        ("tests/test_amounts.py", True),
        ("tests/unit/test_amounts.py", True),
        ("test_amounts.py", True),
        ("tests/test_bank.py", False),
        ("tests/TEST_BANK.py", False),
        ("tests/test_bank.py/test_x.py", False),
        ("tests/conftest.py", False),
        ("tests/__init__.py", False),
        ("bank.py", False),
        ("other.py", False),
        ("../tests/test_x.py", False),
        ("/tests/test_x.py", False),
        ("tests/.git/test_x.py", False),
        (".github/workflows/test_x.yml", False),
        ("tests/test_x\u202e.py", False),
    ],
)
def test_no_file_that_is_there_or_that_tests_load_is_written(
    tmp_path: Path, path: str, *, may: bool
) -> None:
    project = Project(tmp_path)
    project.begin()
    repo = open_repo(project.repo)
    why = find_test_fault(repo, repo.resolve_rev("HEAD"), RepoConfig(), ProposedTest(path, "x"))
    assert bool(why) is not may, why


@pytest.mark.parametrize(
    ("path", "other", "may"),
    [
        ("tests/test_x.py", "tests/test_y.py", True),
        ("tests/test_x.py", "tests/TEST_X.py", False),
        ("tests/test_x.py/test_y.py", "tests/test_x.py", False),
        ("tests/test_x", "tests/test_x/test_y.py", False),
    ],
)
def test_all_tests_of_an_answer_can_stand_side_by_side(
    tmp_path: Path, path: str, other: str, *, may: bool
) -> None:
    """They become one commit; a second one of the same name would take the first one's place."""
    project = Project(tmp_path)
    project.begin()
    repo = open_repo(project.repo)
    test, head = ProposedTest(path, "x"), repo.resolve_rev("HEAD")
    assert bool(find_test_fault(repo, head, RepoConfig(), test, [other])) is not may


@pytest.mark.parametrize(
    ("path", "text", "uses"),
    [
        ("src/bank.py", "from bank import withdraw", True),
        ("src/bank/__init__.py", "import bank", True),
        ("src/bank.py", "assert False", False),
        ("src/bank.py", "import banking", False),
    ],
)
def test_a_test_that_is_red_whatever_the_code_does_is_not_run(
    path: str, text: str, *, uses: bool
) -> None:
    fault = Fault(path, 1, "it is wrong", test=ProposedTest("test_x.py", text))
    assert uses_file(fault) is uses
