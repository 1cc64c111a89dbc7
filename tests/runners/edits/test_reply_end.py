"""A reply whose model was stopped at its length limit is applied only if it proves complete."""

import pytest

from runners.edits import EditError, resolve_reply

FILES = {"a.py": b"one = 1\ntwo = 2\n", "b.py": b"three = 3\n"}
BLOCK = "a.py\n<<<<<<< SEARCH\none = 1\n=======\none = 11\n>>>>>>> REPLACE\n"
FENCED = f"```python\n{BLOCK}```\n"
PATCH = "*** Begin Patch\n*** Update File: a.py\n@@\n-one = 1\n+one = 11\n*** End Patch\n"
DIFF = "```diff\n--- a/a.py\n+++ b/a.py\n@@ -1,2 +1,2 @@\n-one = 1\n+one = 11\n two = 2\n```\n"
WHOLE = "a.py\n```python\none = 11\ntwo = 2\n```\n"


@pytest.mark.parametrize(
    "reply",
    [
        PATCH,
        f"{PATCH}It sets o",
        WHOLE,
        f"{WHOLE}It sets o",
        f"{FENCED}It sets o",
        f"{BLOCK}\nIt sets o",
        f"{DIFF}This sets o",
    ],
)
def test_what_proves_to_be_all_of_the_edit_is_applied(reply: str) -> None:
    """Its format's own end is there, and no further edit was about to follow."""
    got = resolve_reply(reply, FILES.get, default="a.py", truncated=True)
    assert got.files == {"a.py": b"one = 11\ntwo = 2\n"}


@pytest.mark.parametrize(
    "reply",
    [
        BLOCK,
        FENCED,
        DIFF,
        f"{FENCED}\nb.py",
        f"{FENCED}\nAnd in the other file:",
        f"{FENCED}\n```py",
        DIFF.removesuffix("```\n"),
        DIFF.replace("```diff\n", "").removesuffix("```\n"),
        WHOLE.removesuffix("```\n"),
        "one = 11\ntwo = 2\n",
        f"{WHOLE}\nb.py\n```python\nthree = 33\n",
        f"{WHOLE}\nb.py\n```python\nthree = 33\n```\n",
        PATCH.removesuffix("*** End Patch\n"),
    ],
)
def test_what_may_lack_its_end_is_refused(reply: str) -> None:
    """A closed block proves nothing of the blocks that were to follow it."""
    with pytest.raises(EditError, match=r"cut off|no \*\*\* End Patch"):
        resolve_reply(reply, FILES.get, default="a.py", truncated=True)


@pytest.mark.parametrize(
    "reply",
    [
        "```diff\n--- a/a.py\n+++ b/a.py\n@@\n-one = 1\n",
        "```diff\n--- a/a.py\n+++ b/a.py\n@@ -1,2 +1,3 @@\n-one = 1\n+one = 11\n",
        "```diff\n--- a/a.py\n+++ b/a.py\n@@ -1,2 +1,2 @@\n-one = 1\n+one = 11\n two = 2\n",
        f"{DIFF}And the next:\n```diff\n--- a/b.py\n+++ b/b.py\n@@\n-three = 3\n+three = 33\n",
        "--- a/a.py\n+++ b/a.py\n@@ -1,2 +1,4 @@\n one = 1\n+a = 1\n",
        "*** Update File: a.py\n@@\n-one = 1\n-two = 2\n+one = 11\n",
        "*** Update File: a.py\n@@\n one = 1\n-two = 2\n",
        "*** Update File: a.py\n@@\n one = 1\n+two = 1\n",
    ],
)
def test_a_diff_that_never_ends_is_refused(reply: str) -> None:
    """Its fence stays open, or the reply ends inside of a change: the rest of it is missing."""
    with pytest.raises(EditError, match=r"cut off|ends before"):
        resolve_reply(reply, FILES.get, default="a.py")


def test_fences_that_follow_each_other_are_told_apart() -> None:
    """The line that closes one diff's fence opens none for a diff below it."""
    bare = DIFF.removeprefix("```diff\n").removesuffix("```\n").replace("a.py", "b.py")
    bare = bare.replace("one = 11", "three = 33").replace("one = 1", "three = 3")
    reply = DIFF + "And:\n" + bare.replace(" two = 2\n", "").replace("-1,2 +1,2", "-1 +1")
    wanted = {"a.py": b"one = 11\ntwo = 2\n", "b.py": b"three = 33\n"}
    assert resolve_reply(reply, FILES.get).files == wanted
