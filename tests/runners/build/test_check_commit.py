"""A merge that passes with fewer tests than the base has is not passed unseen."""

import subprocess
from pathlib import Path

import pytest

from bot.config.machine import Settings
from runners.build.check_commit import check_commit
from runners.build.load_plan import RunRequest

CONFIG = '[checks.test]\nrun = "python3 -m unittest -v"\n'
PLAN = "---\ntitle: Round\nchecks: [test]\n---\n## Phase: Do\n\n### Task: look\n- file: a.txt\n- check: test\n\nDo it.\n"
TESTS = "import unittest\n\nimport bank\n\n\nclass Bank(unittest.TestCase):\n"
TEST = "    def test_{0}(self):\n        self.assertTrue(bank.has('{0}'))\n"
HIDES = "import unittest\n\n\ndef has(name):\n    if name == 'two':\n        raise unittest.SkipTest\n    return True\n"


def git(folder: Path, *words: str) -> str:
    argv = ["git", *words]
    done = subprocess.run(argv, cwd=folder, capture_output=True, text=True, timeout=30, check=True)
    return done.stdout.strip()


def write(folder: Path, **texts: str) -> None:
    for name, text in texts.items():
        (folder / f"{name}.py").write_text(text)
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", "change")


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    folder = tmp_path / "repo"
    folder.mkdir()
    git(folder, "init", "-q", "-b", "main", ".")
    (folder / ".bricklayer.toml").write_text(CONFIG)
    write(folder, bank="def has(name):\n    return True\n", test_bank=TESTS + TEST.format("one"))
    git(folder, "branch", "pull")
    write(folder, test_bank=TESTS + TEST.format("one") + TEST.format("two"))
    git(folder, "switch", "-q", "pull")
    return folder


@pytest.mark.parametrize("hides", [True, False])
def test_tests_of_the_base_that_are_not_run_in_the_merge_are_told(
    repo: Path, tmp_path: Path, hides: bool
) -> None:
    write(repo, bank=HIDES if hides else "def has(name):\n    return bool(name)\n")
    git(repo, "merge", "-q", "-m", "merge", "main")
    request = RunRequest(PLAN, repo, base=git(repo, "rev-parse", "HEAD"), rules="main")
    settings = Settings(state_dir=str(tmp_path / "state"))
    main = git(repo, "rev-parse", "main")
    result = check_commit(request, settings, lambda _event: None, main)
    assert result.passed, result.why
    assert bool(result.lost_tests) is hides
    if hides:
        assert "test_two" in result.lost_tests[0]
    assert check_commit(request, settings, lambda _event: None).lost_tests == ()
