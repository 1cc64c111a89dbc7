"""What a check of the repository runs is not changed without a person, wherever it lies."""

import subprocess
from pathlib import Path

import pytest

from bot.approval.diff_risks import find_diff_risks
from bot.config.repository import parse_repo_config
from bot.git.find_repo import open_repo
from bot.git.write_tree import write_tree

FILES = {
    "tools/check.sh": "set -e\n. ./tools/common.inc\npython3 tools/verify.py bank.py\n",
    "tools/common.inc": "set -u\n",
    "tools/verify.py": "print('1 passed')\n",
    "tools/other.py": "print(1)\n",
    "ci/lint": "#!/bin/sh\nexit 1\n",
    "gate/__main__.py": "print(1)\n",
    "web/scripts/run.js": "process.exit(1)\n",
    "web/package.json": '{"scripts": {"test": "node scripts/run.js src/app.js"}}',
    "web/src/app.js": "exports.a = 1\n",
    "Makefile": "test:\n\t@bash build/all.sh\n",
    "build/all.sh": "exit 1\n",
    "test_bank.py": "def test_one():\n    assert one() == 1\n",
    "bank.py": "def one():\n    return 1\n",
    "build/link.sh": "-> all.sh",
}
CONFIG = """\
[checks.test]
run = "CI=1 timeout 60 sh tools/check.sh && python3 -m pytest test_bank.py"
[checks.lint]
run = "ci/lint bank.py || exit 1"
[checks.gate]
run = 'sh -c "python3 -B -m gate"'
[checks.web]
run = "cd web && npm test; make -s test"
"""
RUNS = ("a check runs it by way of another", "` runs it")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("repo")
    for path, text in FILES.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        if text.startswith("-> "):
            (folder / path).symlink_to(text[3:])
        else:
            (folder / path).write_text(text)
    _git(folder, "init", "-q", "-b", "main", ".")
    _git(folder, "add", "-A")
    _git(folder, "commit", "-qm", "base")
    return folder


def _git(folder: Path, *words: str) -> str:
    argv = ["git", *words]
    done = subprocess.run(argv, cwd=folder, capture_output=True, text=True, timeout=30, check=True)
    return done.stdout.strip()


def test_every_program_of_a_check_waits_and_what_it_is_given_does_not(folder: Path) -> None:
    """Named in a command, by a script, after `cd`, by make, npm or `-m`; files to read are free."""
    repo, config = open_repo(folder), parse_repo_config(CONFIG)
    new = {path: b"# nothing\n" for path in FILES if "->" not in FILES[path]}
    tree = write_tree(repo, "HEAD", new)
    told = {
        why.partition(":")[0]
        for why in find_diff_risks(repo, "HEAD", tree, config)
        if why.endswith(RUNS)
    }
    assert told == {
        *("tools/check.sh", "tools/common.inc", "tools/verify.py", "ci/lint", "gate/__main__.py"),
        *("web/scripts/run.js", "web/package.json", "Makefile", "build/all.sh"),
    }


def test_what_a_check_runs_is_found_from_the_folder_that_it_runs_in(folder: Path) -> None:
    """`dir` names it: the command, what that goes into, make's file there and what this runs."""
    files = ("web/verify", "web/Makefile", "web/tools/all.sh", "web/scripts/run.js")
    repo = open_repo(folder)
    made = {**dict.fromkeys(files, b"exit 1\n"), "web/Makefile": b"test:\n\tsh tools/all.sh\n"}
    base = write_tree(repo, "HEAD", dict(made))
    config = parse_repo_config(
        "[checks.test]\nrun = './verify; make test; cd scripts && node run.js'\ndir = 'web'\n"
    )
    tree = write_tree(repo, base, dict.fromkeys(files, b"true\n"))
    told = find_diff_risks(repo, base, tree, config)
    assert {why.partition(":")[0] for why in told if why.endswith(RUNS)} == {*files}


@pytest.mark.parametrize(
    "line",
    [
        "sh -c " * 20_000,
        "sh " * 30_000,
        "a/" * 40_000,
        "$(" * 40_000,
        "make " * 20_000,
        "env " * 20_000,
    ],
)
def test_a_command_of_any_form_is_read(folder: Path, line: str) -> None:
    repo, config = open_repo(folder), parse_repo_config(f"[checks.test]\nrun = '{line}x'\n")
    assert find_diff_risks(repo, "HEAD", "HEAD", config) == ()
