import pytest

from runners.edits import EditError, resolve_reply

FILES = {
    "a.py": b"class A:\n    def go(self):\n        pass\n\nclass B:\n    def go(self):\n        pass\n"
}
UPDATE = (
    "*** Update File: a.py\n@@ class B:\n@@     def go(self):\n-        pass\n+        return 1\n"
)
DONE = (
    b"class A:\n    def go(self):\n        pass\n\nclass B:\n    def go(self):\n        return 1\n"
)


@pytest.mark.parametrize(
    "reply",
    [
        f"*** Begin Patch\n{UPDATE}*** End Patch\n",
        f"Here:\n```\n*** Begin Patch\n{UPDATE}*** End Patch\n```\nThat is it.\n",
        f"```diff\n{UPDATE}```\n",
        UPDATE,
        f"{UPDATE}*** End Patch",
        f"<<'EOF'\n*** Begin Patch\n{UPDATE}*** End Patch\nEOF\n",
    ],
)
def test_a_patch_is_found_with_or_without_its_frame(reply: str) -> None:
    """Fences, a heredoc and missing Begin or End lines do not hide a patch."""
    assert resolve_reply(reply, FILES.get).files == {"a.py": DONE}


def test_add_delete_and_move_in_one_patch() -> None:
    """All operations of a patch are decided together."""
    patch = (
        "*** Begin Patch\n*** Add File: new.txt\n+one\n+two\n*** Delete File: old.txt\n"
        "*** Update File: from.txt\n*** Move to: to.txt\n@@\n-x\n+y\n*** End Patch"
    )
    files = {"old.txt": b"o\n", "from.txt": b"x\n"}
    assert resolve_reply(patch, files.get).files == {
        "new.txt": b"one\ntwo\n",
        "old.txt": None,
        "from.txt": None,
        "to.txt": b"y\n",
    }


@pytest.mark.parametrize(
    ("patch", "reason"),
    [
        ("*** Begin Patch\n*** End Patch", "names no file"),
        ("*** Begin Patch\n" + UPDATE, "no \\*\\*\\* End Patch"),
        ("*** Begin Patch\n*** Update File: a.py\n*** End Patch", "changes nothing"),
        ("*** Begin Patch\n*** Rename File: a.py\n*** End Patch", "no operation|names no file"),
        ("*** Begin Patch\n*** Delete File: b.py\n*** End Patch", "no such file"),
        ("*** Begin Patch\n*** Add File: c.py\nx = 1\n*** End Patch", "does not begin with"),
        (
            "*** Begin Patch\n*** Update File: a.py\n@@\n-        pass\n+x\n*** End Patch",
            "2 places",
        ),
        (UPDATE.replace("class B", "class C"), "not in the file|2 places"),
    ],
)
def test_a_broken_patch_is_refused(patch: str, reason: str) -> None:
    """Anything a patch leaves open changes nothing."""
    with pytest.raises(EditError, match=reason):
        resolve_reply(patch, FILES.get)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"x\nend", b"y\nend"),
        (b"x", b"y"),
        (b"a\nx", b"a\ny"),
        (b"x\r\nend", b"y\r\nend\r\n"),
    ],
)
def test_a_missing_final_line_end_stays_missing(before: bytes, after: bytes) -> None:
    """The format has no word for it; with Windows line ends it is added, as Codex does."""
    patch = "*** Begin Patch\n*** Update File: n\n@@\n-x\n+y\n*** End Patch\n"
    assert resolve_reply(patch, {"n": before}.get).files == {"n": after}
