from pathlib import Path

import pytest

from bot.job import Block
from runners.edits import EditError
from runners.manifest import apply_blocks

SWAP = "<<<<<<< SEARCH\none\n=======\ntwo\n>>>>>>> REPLACE\n"


def test_blocks_build_on_one_another(tmp_path: Path) -> None:
    """A later block sees what an earlier one of the same task leaves; the disk sees the end only."""
    blocks = [
        Block("file", "a.txt", "one\n"),
        Block("edit", "a.txt", SWAP),
        Block("file", "b.txt", "b\n"),
        Block("delete", "b.txt", ""),
    ]
    assert apply_blocks(blocks, tmp_path, {"a.txt", "b.txt"}) == ["a.txt"]
    assert [p.name for p in tmp_path.iterdir()] == ["a.txt"]
    assert (tmp_path / "a.txt").read_text() == "two\n"


def test_one_bad_block_leaves_all_undone(tmp_path: Path) -> None:
    """The reason names the plan's line, and no block before it has been written."""
    blocks = [Block("file", "a.txt", "x\n"), Block("edit", "a.txt", SWAP, line=12)]
    with pytest.raises(EditError, match="plan line 12"):
        apply_blocks(blocks, tmp_path, {"a.txt"})
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("path", ["b.txt", "../a.txt", "/a.txt", ".git/config"])
def test_a_block_for_another_file_is_refused(tmp_path: Path, path: str) -> None:
    """A task writes what it names, also by a patch, and never outside the tree."""
    with pytest.raises(EditError):
        apply_blocks([Block("file", path, "x\n")], tmp_path, {"a.txt"})
    patch = f"--- /dev/null\n+++ b/{path}\n@@ -0,0 +1 @@\n+x\n"
    with pytest.raises(EditError):
        apply_blocks([Block("patch", "", patch)], tmp_path, {"a.txt"})
    assert list(tmp_path.iterdir()) == []


def test_a_plan_run_again_changes_nothing(tmp_path: Path) -> None:
    """Content that is there already is no error and is not written."""
    block = Block("file", "a.txt", "x\n")
    assert apply_blocks([block], tmp_path, {"a.txt"}) == ["a.txt"]
    assert apply_blocks([block], tmp_path, {"a.txt"}) == []
