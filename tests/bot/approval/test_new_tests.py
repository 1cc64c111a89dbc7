"""Which tests a change brings."""

from pathlib import Path

import pytest
from support.planted import plant

from bot.approval.new_tests import find_brought_tests
from bot.git.repo import Repo
from bot.git.write_tree import write_tree

TEST = "def test_a():\n    assert f(1) == 2\n"
OTHER = "def test_b():\n    assert f(2) == 3\n"


def _brought(room: Path, before: dict[str, str], after: dict[str, str]) -> dict[str, set[str]]:
    repo: Repo = plant(room, {"README": "x", **before})
    old = repo.resolve_rev("main", "tree")
    files = {path: None for path in before if path not in after}
    new = write_tree(repo, old, {**files, **{path: text.encode() for path, text in after.items()}})
    return {each.path: set(each.names) for each in find_brought_tests(repo, old, new)}


@pytest.mark.parametrize(
    ("before", "after", "brought"),
    [
        ({}, {"tests/test_x.py": TEST}, {"tests/test_x.py": {"test_a"}}),
        ({"tests/test_x.py": TEST}, {"tests/test_x.py": TEST + OTHER}, {"tests/test_x.py": {"test_b"}}),
        ({"tests/test_x.py": TEST}, {"tests/test_x.py": TEST + "    assert f(3) == 4\n"}, {"tests/test_x.py": {"test_a"}}),
        ({"tests/test_x.py": TEST}, {"tests/test_y.py": TEST}, {}),
        ({"tests/test_x.py": TEST}, {"tests/test_x.py": f"# why\n{TEST}"}, {}),
        ({"tests/test_x.py": TEST + OTHER}, {"tests/test_x.py": TEST, "tests/test_y.py": OTHER}, {}),
        ({"tests/test_x.py": TEST + OTHER}, {"tests/test_x.py": TEST}, {}),
        ({}, {"tests/conftest.py": "import pytest\n", "tests/data/a.json": "{}\n"}, {}),
        ({}, {"src/bank.py": "def test_mode():\n    assert True\n"}, {}),
        ({}, {"test/bank.bats": '@test "adds" {\n  run true\n}\n'}, {"test/bank.bats": set()}),
        ({}, {"test/bank_test.exs": 'test "adds" do\n  assert true\nend\n'}, {"test/bank_test.exs": set()}),
        ({}, {"bank_test.go": "func TestA(t *testing.T) {\n\tt.Fatal()\n}\n"}, {"bank_test.go": {"TestA"}}),
    ],
    ids=("new file", "new test", "new assertion", "renamed file", "comment", "moved", "removed", "no test", "code", "bats", "elixir", "go"),
)  # fmt: skip
def test_what_a_change_brings(
    tmp_path: Path, before: dict[str, str], after: dict[str, str], brought: dict[str, set[str]]
) -> None:
    """New tests and new assertions; nothing that only moved, and no file that holds no test."""
    assert _brought(tmp_path / "repo", before, after) == brought
