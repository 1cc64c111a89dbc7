import pytest

from bot.plan import Block
from runners.edits import EditError
from runners.edits.exact_blocks import resolve_blocks

SWAP = "<<<<<<< SEARCH\none\n=======\ntwo\n>>>>>>> REPLACE\n"
EMPTY: dict[str, bytes] = {}


def test_blocks_build_on_one_another() -> None:
    """A later block sees what an earlier one of the same task leaves; only the end counts."""
    blocks = [
        Block("file", "a.txt", "one\n"),
        Block("edit", "a.txt", SWAP),
        Block("file", "b.txt", "b\n"),
        Block("delete", "b.txt", ""),
    ]
    assert resolve_blocks(blocks, EMPTY.get, {"a.txt", "b.txt"}) == {"a.txt": b"two\n"}


def test_the_reason_names_the_line_of_the_plan() -> None:
    """One bad block and nothing of the task is laid, with the place where the plan is wrong."""
    blocks = [Block("file", "a.txt", "x\n"), Block("edit", "a.txt", SWAP, line=12)]
    with pytest.raises(EditError, match="plan line 12"):
        resolve_blocks(blocks, EMPTY.get, {"a.txt"})


@pytest.mark.parametrize("path", ["b.txt", "../a.txt", "/a.txt", ".git/config"])
def test_a_block_for_another_file_is_refused(path: str) -> None:
    """A task writes what it names, also by a patch, and never outside the tree."""
    with pytest.raises(EditError):
        resolve_blocks([Block("file", path, "x\n")], EMPTY.get, {"a.txt"})
    patch = f"--- /dev/null\n+++ b/{path}\n@@ -0,0 +1 @@\n+x\n"
    with pytest.raises(EditError):
        resolve_blocks([Block("patch", "", patch)], EMPTY.get, {"a.txt"})


def test_what_is_there_already_is_no_change() -> None:
    """Blocks run again change nothing and are no error; a deletion is."""
    block = Block("file", "a.txt", "x\n")
    assert resolve_blocks([block], {"a.txt": b"x\n"}.get, {"a.txt"}) == {}
    assert resolve_blocks([Block("delete", "a.txt", "")], {"a.txt": b"x\n"}.get, {"a.txt"}) == {
        "a.txt": None
    }
