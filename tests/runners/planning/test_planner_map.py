"""The planner's map says how long each file is and which tests are its own, within its tokens."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.planted import plant

from bot.config.repository import MapConfig
from bot.models.token_estimate import estimate_tokens
from runners.planning.planner_map import render_planner_map
from runners.planning.repo_lookup import RepoLookup, open_repo_lookup

FILES = {
    "src/bank.py": "def withdraw(balance, amount):\n    return balance + amount\n",
    "src/fees.py": "from src.bank import withdraw\n\n\ndef fee():\n    return 1",
    "tests/test_bank.py": "from src.bank import withdraw\n\n\ndef test_withdraw():\n    pass\n",
    "tests/test_money.py": "from src.bank import withdraw\n\n\ndef test_money():\n    pass\n",
    "tests/test_other.py": "def test_other():\n    pass\n",
    "README.md": "# Bank\n\nwithdraw subtracts\n",
}


@pytest.fixture(scope="module")
def lookup(tmp_path_factory: pytest.TempPathFactory) -> RepoLookup:
    folder: Path = tmp_path_factory.mktemp("repo") / "bare.git"
    repo = plant(folder, FILES)
    return open_repo_lookup(repo, repo.branch_head("main"), MapConfig())


def test_a_path_has_its_lines_and_its_tests_beside_it(lookup: RepoLookup) -> None:
    """The test of its name before those that import it; one that does neither is none."""
    shown = render_planner_map(lookup, "withdraw adds to the balance", 2000)
    lines = shown.text.splitlines()
    assert "src/bank.py 2, tested by tests/test_bank.py, tests/test_money.py" in lines
    assert "src/fees.py 5" in lines
    assert any(line.startswith("tests/test_bank.py 5") for line in lines)
    assert "src/bank.py" in shown.paths


@given(tokens=st.integers(20, 400))
def test_it_never_takes_more_than_its_tokens(lookup: RepoLookup, tokens: int) -> None:
    shown = render_planner_map(lookup, "withdraw adds to the balance", tokens)
    assert estimate_tokens(shown.text) <= tokens
    assert shown.paths <= set(FILES)
