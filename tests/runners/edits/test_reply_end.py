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
