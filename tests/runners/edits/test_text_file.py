import pytest

from bot.plan import Block
from runners.edits import EditError, resolve_reply
from runners.edits.exact_blocks import resolve_block

REPLIES = {
    "block": "f\n<<<<<<< SEARCH\ntwo\n=======\n2\nzwei\n>>>>>>> REPLACE\n",
    "diff": "--- f\n+++ f\n@@ -1,3 +1,4 @@\n one\n-two\n+2\n+zwei\n three\n",
    "whole": "f\n```\none\n2\nzwei\nthree\n```\n",
}


@pytest.mark.parametrize("how", REPLIES)
@pytest.mark.parametrize("crlf_reply", [False, True])
@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"one\r\ntwo\r\nthree\r\n", b"one\r\n2\r\nzwei\r\nthree\r\n"),
        (b"\xef\xbb\xbfone\ntwo\nthree\n", b"\xef\xbb\xbfone\n2\nzwei\nthree\n"),
        (b"one\ntwo\nthree", b"one\n2\nzwei\nthree"),
        (b"one\r\ntwo\nthree\r\n", b"one\r\n2\r\nzwei\r\nthree\r\n"),
        (b"one\rtwo\rthree\r", b"one\r2\rzwei\rthree\r"),
    ],
)
def test_line_ends_bom_and_missing_final_newline_stay(
    how: str, crlf_reply: bool, old: bytes, new: bytes
) -> None:
    """The file's own bytes win over the reply's, in every format."""
    reply = REPLIES[how].replace("\n", "\r\n") if crlf_reply else REPLIES[how]
    assert resolve_reply(reply, {"f": old}.get).files == {"f": new}


def test_a_plan_file_block_is_written_as_it_stands() -> None:
    """Exact content is exact: no newline, fence or elision rule touches it."""
    text = "\n# ... existing code ...\r\nx"
    block = Block("file", "a.py", text)
    assert resolve_block(block, {"a.py": b"old\n"}.get).files == {"a.py": text.encode()}


def test_plan_blocks_edit_patch_and_delete() -> None:
    """A plan's blocks go through the same machinery as a reply."""
    read = {"a": b"one\ntwo\n"}.get
    edit = Block("edit", "a", "<<<<<<< SEARCH\ntwo\n=======\n2\n>>>>>>> REPLACE\n")
    assert resolve_block(edit, read).files == {"a": b"one\n2\n"}
    patch = Block("patch", "", "--- a/a\n+++ b/a\n@@ -1,9 +1,9 @@\n one\n-two\n+2\n")
    assert resolve_block(patch, read).files == {"a": b"one\n2\n"}
    assert resolve_block(Block("delete", "a", ""), read).files == {"a": None}
    with pytest.raises(EditError, match="no search"):
        resolve_block(Block("edit", "a", "just text\n"), read)
    with pytest.raises(EditError, match="no hunk"):
        resolve_block(Block("patch", "", "just text\n"), read)
