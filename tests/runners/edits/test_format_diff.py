import difflib
import hashlib

import pytest

from runners.edits import EditError, resolve_reply

OLD = "".join(f"line {n}\n" for n in range(1, 31))
NEW = OLD.replace("line 7\n", "seven\n").replace("line 20\n", "line 20\nmore\n")
FILES = {"a/b.txt": OLD.encode()}


def diff(context: int = 3, old: str = "a/a/b.txt", new: str = "b/a/b.txt") -> str:
    before, after = OLD.splitlines(keepends=True), NEW.splitlines(keepends=True)
    return "".join(difflib.unified_diff(before, after, old, new, n=context))


def applied(reply: str, default: str = "") -> str:
    data = resolve_reply(reply, FILES.get, default=default).files["a/b.txt"]
    assert data is not None
    return data.decode()


@pytest.mark.parametrize(
    "reply",
    [
        diff(),
        f"```diff\n{diff()}```\n",
        f"Sure:\n\n```diff\ndiff --git a/a/b.txt b/a/b.txt\nindex 1..2 100644\n{diff()}```\nBye.\n",
        f"I did this.\n\n{diff()}\nHope it helps. It changes:\n\n",
        diff(old="a/b.txt", new="a/b.txt"),
        diff().replace("-4,7 +4,7", "-4,9 +4,2"),
        diff().replace("-4,7 +4,7", "-90,7 +90,7"),
        diff().replace("@@ -4,7 +4,7 @@", "@@ ... @@"),
        diff(1),
        diff().replace("\n line 9\n", "\nline 9\n"),
        diff().replace("\n", "\r\n"),
        diff().replace("b/a/b.txt", "b/a/b.txt\t2024-01-01 10:00:00.000000000 +0000"),
    ],
)
def test_a_diff_applies_by_its_content(reply: str) -> None:
    """Counts, numbers, prefixes and fences may be wrong: the lines themselves decide."""
    assert applied(reply) == NEW


def test_a_diff_without_headers_is_for_the_task_file() -> None:
    """Only marked lines, in a fence or not, are enough where one file is meant."""
    body = "".join(diff().splitlines(keepends=True)[2:])
    assert applied(body, default="a/b.txt") == NEW
    bare = "```diff\n line 6\n-line 7\n+seven\n line 8\n```\n"
    assert applied(bare, default="a/b.txt") == OLD.replace("line 7\n", "seven\n")


def test_lines_without_context_need_proof_of_their_place() -> None:
    """A lone insertion is placed by number only if a blob id or another hunk vouches for it."""
    lone = "--- a/b.txt\n+++ a/b.txt\n@@ -20,0 +21,1 @@\n+more\n"
    with pytest.raises(EditError, match="nothing in it proves where"):
        applied(lone)
    assert applied(diff(0)) == NEW
    blob = hashlib.sha1(b"blob %d\0" % len(OLD) + OLD.encode(), usedforsecurity=False).hexdigest()
    proven = f"diff --git a/a/b.txt b/a/b.txt\nindex {blob[:8]}..0123456 100644\n{lone}"
    assert applied(proven) == OLD.replace("line 20\n", "line 20\nmore\n")
    with pytest.raises(EditError):
        applied(diff(0).replace("-20,0 +21", "-17,0 +18").replace("-7 +7", "-9 +9"))


def test_the_same_lines_twice_are_told_apart_by_trusted_numbers_only() -> None:
    """A number decides between two places only if nothing contradicts it."""
    files = {"a": b"x\ny\nz\n" * 2}
    hunk = "--- a\n+++ a\n@@ -4,3 +4,3 @@\n x\n-y\n+Y\n z\n"
    assert resolve_reply(hunk, files.get).files["a"] == b"x\ny\nz\nx\nY\nz\n"
    with pytest.raises(EditError, match="2 places"):
        resolve_reply(hunk.replace("-4,3 +4,3", "-3,3 +3,3"), files.get)


def test_a_cut_off_diff_is_refused() -> None:
    """A last hunk shorter than its counts says that the reply ended too early."""
    with pytest.raises(EditError, match="ends before"):
        applied(diff().split(" line 21")[0])


@pytest.mark.parametrize(
    ("tail", "whole"),
    [
        ("-beta\n", False),
        ("-beta\n\n", False),
        ("-beta\n-gamma\n+G\n", False),
        ("+new\n", False),
        ("-beta\n+B\n", True),
        ("-beta\n gamma\n", True),
        ("+new\n beta\n", True),
        ("-beta\n\nThat is all.\n", True),
    ],
)
def test_a_hunk_without_counts_shows_its_own_end(tail: str, *, whole: bool) -> None:
    """Where neither a fence, nor context, nor words follow, more lines may have been meant to."""
    files = {"n.txt": b"alpha\nbeta\ngamma\n"}
    for header in ("@@\n", "@@ ... @@\n"):
        reply = f"--- a/n.txt\n+++ b/n.txt\n{header} alpha\n{tail}"
        if whole:
            assert resolve_reply(reply, files.get).files
        else:
            with pytest.raises(EditError, match="may have been cut off at its last line"):
                resolve_reply(reply, files.get)
        assert resolve_reply(f"```diff\n{reply}```\n", files.get).files


def test_files_come_go_and_move() -> None:
    """Creation, deletion and renaming are read from the headers."""
    new = "diff --git a/n.py b/n.py\nnew file mode 100644\n--- /dev/null\n+++ b/n.py\n"
    new += "@@ -0,0 +1 @@\n+x\n"
    assert resolve_reply(new, FILES.get).files == {"n.py": b"x\n"}
    with pytest.raises(EditError, match="has content"):
        resolve_reply(new, {"n.py": b"y\n"}.get)
    gone = "--- a/n.py\n+++ /dev/null\n@@ -1 +0,0 @@\n-x\n"
    assert resolve_reply(gone, {"n.py": b"x\n"}.get).files == {"n.py": None}
    with pytest.raises(EditError, match="other lines"):
        resolve_reply(gone, {"n.py": b"x\ny\n"}.get)
    moved = "diff --git a/n.py b/m.py\nsimilarity index 100%\nrename from n.py\nrename to m.py\n"
    assert resolve_reply(moved, {"n.py": b"x\n"}.get).files == {"n.py": None, "m.py": b"x\n"}


def test_the_end_of_file_mark_is_obeyed() -> None:
    """Only a diff can say that the last line loses or gains its line end."""
    mark = "\\ No newline at end of file\n"
    drops = f"--- n\n+++ n\n@@ -1,2 +1,2 @@\n x\n-y\n+z\n{mark}"
    assert resolve_reply(drops, {"n": b"x\ny\n"}.get).files["n"] == b"x\nz"
    gains = f"--- n\n+++ n\n@@ -1,2 +1,2 @@\n x\n-y\n{mark}+z\n"
    assert resolve_reply(gains, {"n": b"x\ny"}.get).files["n"] == b"x\nz\n"


def test_binary_patches_and_targets_are_refused() -> None:
    """Bytes that are no UTF-8 text are never edited as text."""
    with pytest.raises(EditError, match="binary patch"):
        resolve_reply("diff --git a/x b/x\nindex 1..2\nGIT binary patch\nliteral 0\n", FILES.get)
    for data, why in ((b"line 7\0\n", "binary file"), (b"line 7\n\xff\n", "not UTF-8")):
        with pytest.raises(EditError, match=why):
            resolve_reply(diff(), {"a/b.txt": data}.get)


def test_a_fence_inside_a_markdown_diff_does_not_end_it() -> None:
    """Context lines of a diff are marked, so only a fence at the margin closes."""
    files = {"a.md": b"# A\n```\ncode\n```\nend\n"}
    reply = "```diff\n--- a.md\n+++ a.md\n@@ -1,5 +1,5 @@\n"
    reply += " # A\n ```\n-code\n+more\n ```\n-end\n+END\n```\n"
    assert resolve_reply(reply, files.get).files["a.md"] == b"# A\n```\nmore\n```\nEND\n"


def test_a_change_beyond_the_counts_is_not_lost() -> None:
    """A hunk whose counts end above a blank line goes on where changed lines follow it."""
    before = "def a():\n    return 1\n\ndef b():\n    return 2\n"
    diff = (
        "--- a/m.py\n+++ b/m.py\n@@ -1,2 +1,3 @@\n def a():\n-    return 1\n+    x = 1\n"
        "+    return x\n\n def b():\n-    return 2\n+    return 20\n"
    )
    wanted = before.replace("return 1", "x = 1\n    return x").replace("return 2", "return 20")
    for reply in (f"```diff\n{diff}```\n", f"{diff}\n- I named it.\n"):
        try:
            got = resolve_reply(reply, {"m.py": before.encode()}.get).files["m.py"]
        except EditError:
            continue
        assert got == wanted.encode()


def test_a_list_below_a_diff_is_prose() -> None:
    """Its items begin as removed lines do."""
    diff = "--- a/m.py\n+++ b/m.py\n@@ -1,2 +1,2 @@\n one\n-two\n+three\n\n- I count on.\n- it is three.\n"
    assert resolve_reply(diff, {"m.py": b"one\ntwo\n"}.get).files == {"m.py": b"one\nthree\n"}
