"""A check's argument means the same file wherever a plan is looked at."""

import subprocess

import pytest

from bot.config.repository import CheckCommand, RepoConfig
from bot.errors import Fault
from bot.git.find_repo import open_repo
from bot.git.repo import Repo
from bot.plan import parse_job
from runners.planning.planner_rules import PlanRules, find_plan_faults
from runners.planning.warnings import find_warnings
from runners.project import entry_kind_at

PLAN = """---
title: Bank
checks: [test]
---
## Phase: Fix
### Task: cover
- file: tests/new/test_bank.py
- exists: tests/new/test_bank.py

Create the test, `test_new`.

### Task: fix
- file: bank.py
- after: cover
- check: test {}

It must subtract.
"""
THERE = [
    "tests/test_bank.py",
    "tests/test_bank.py::test_deposit",
    "tests/test_bank.py::TestBank::test_deposit[1]",
    "spec/bank_spec.rb:12",
    "spec/bank_spec.rb[1:2]",
    "tests/",
    "./tests",
    "./pkg/...",
    "tests/new",
    "tests/new/test_bank.py::test_new",
]
LINES = "class TestBank:\n    def test_deposit(self): pass\n\n\ntest_deposit = 1\n" + "#\n" * 9
MISSING = [
    "tests/test_bnk.py::test_deposit",
    "spec/other_spec.rb:12",
    "./other/...",
    "test_bank.py:3",
]


@pytest.fixture(scope="module")
def repo(tmp_path_factory: pytest.TempPathFactory) -> Repo:
    folder = tmp_path_factory.mktemp("bank")
    for path in (
        "bank.py",
        "tests/test_bank.py",
        "spec/bank_spec.rb",
        "pkg/x.go",
        "api/test_app.py",
    ):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(LINES)
    line = "git init -q -b main . && git add -A && git commit -qm first"
    subprocess.run(["sh", "-ec", line], cwd=folder, check=True, timeout=30)
    return open_repo(folder)


def faults(
    repo: Repo, words: str, check: CheckCommand | None = None
) -> tuple[list[Fault], list[Fault]]:
    """Of the planner's validation, and warnings to a person."""
    config = RepoConfig(checks={"test": check} if check else {})
    commit, text = repo.resolve_rev("main"), PLAN.format(words)
    rules = PlanRules(
        ("test",),
        lambda path: entry_kind_at(repo, commit, path),
        lambda path: repo.read_file(commit, path),
        lambda _: (),
    )
    return find_plan_faults(text, rules), find_warnings(repo, commit, parse_job(text), config)


@pytest.mark.parametrize("words", THERE)
def test_what_is_there_or_will_be_is_neither_refused_nor_warned_of(repo: Repo, words: str) -> None:
    """With a test's name, a line, as a folder, or as packages of Go."""
    refused, warned = faults(repo, words)
    assert not refused
    assert not warned


@pytest.mark.parametrize("words", MISSING)
def test_what_is_not_there_is_said_with_its_path_alone(repo: Repo, words: str) -> None:
    refused, warned = faults(repo, words)
    assert len(refused) == len(warned) == 1
    assert "::" not in refused[0].what
    assert "is not in the repository" in warned[0].what


@pytest.mark.parametrize("words", ["tests/test_bank.py -k withdraw", "-k withdraw"])
def test_an_option_is_one_fault_and_its_word_none(repo: Repo, words: str) -> None:
    refused, warned = faults(repo, words)
    assert ["-k" in fault.what for fault in refused] == [True]
    assert not warned


@pytest.mark.parametrize(
    ("words", "check", "told"),
    [
        ("api/test_app.py", CheckCommand(run="pytest", dir="api"), ()),
        ("tests/test_bank.py", CheckCommand(run="pytest", dir="api"), ()),
        ("test_app.py::test_a", CheckCommand(run="pytest", dir="api"), ("root: api/test_app.py",)),
        (
            "test_app.py",
            CheckCommand(run="cd api && pytest -q"),
            ('dir = "api" and run = "pytest -q"', "root: api/test_app.py"),
        ),
        ("test_none.py", CheckCommand(run="cd api && pytest -q"), ("No task of the plan",)),
    ],
)
def test_a_path_from_the_folder_of_the_check_is_told_as_one_from_the_root(
    repo: Repo, words: str, check: CheckCommand, told: tuple[str, ...]
) -> None:
    """A monorepo's path is judged from the root alone, and the hint says how it is written."""
    _, warned = faults(repo, words, check)
    assert len(warned) == (1 if told else 0)
    assert all(word in warned[0].hint for word in told)


@pytest.mark.parametrize(
    ("info", "is_told"),
    [
        ("python bank.py", True),
        ("bank.py", True),
        ("python", False),
        ("python other.py", False),
        ("python bank.pyc", False),
    ],
)
def test_a_fence_that_only_names_the_tasks_file_is_told_to_be_text(
    repo: Repo, info: str, *, is_told: bool
) -> None:
    """Other formats name a file so; here a model would be asked to write what stands there."""
    body = f"{PLAN.format('tests/test_bank.py')}\n```{info}\nx = 2\n```\n"
    job, config = parse_job(body), RepoConfig(checks={"test": CheckCommand(run="pytest")})
    head = repo.resolve_rev("main")
    found = [each for each in find_warnings(repo, head, job, config) if "fence" in each.what]
    assert bool(found) == is_told
    if found:
        assert "file=bank.py" in found[0].hint
