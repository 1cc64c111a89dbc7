"""A script that a check runs says what is checked, so its change needs approval."""

import pytest

from bot.approval.check_scripts import find_check_of_script
from bot.config.repository import CheckCommand


@pytest.mark.parametrize(
    ("run", "path"),
    [
        ("./ci/verify.sh", "ci/verify.sh"),
        ("sh ci/verify.sh --all", "ci/verify.sh"),
        ("CI=1 timeout 30 python3 tests/run.py -v", "tests/run.py"),
        ("python3 -m venv x && node tools/check.js", "tools/check.js"),
        ("cd app && bash verify.sh", "app/verify.sh"),
        ("python3 -m tools.verify -q", "tools/verify.py"),
        ("make build; perl t/all.pl", "t/all.pl"),
        ("env A=1 ./run", "run"),
    ],
)
def test_what_a_check_starts_is_found(run: str, path: str) -> None:
    assert find_check_of_script(path, {"it": CheckCommand(run=run)}) == "it"


@pytest.mark.parametrize(
    ("run", "path"),
    [
        ("pytest -q tests/test_a.py", "tests/test_a.py"),
        ("python3 -m pytest tests/test_a.py", "tests/test_a.py"),
        ("ruff check src/a.py", "src/a.py"),
        ("npm test", "npm/index.js"),
        ("./ci/verify.sh", "ci/other.sh"),
        ("python3 -m unittest -q", "unittest"),
    ],
)
def test_what_it_only_tests_or_reads_is_not(run: str, path: str) -> None:
    assert find_check_of_script(path, {"it": CheckCommand(run=run)}) == ""
