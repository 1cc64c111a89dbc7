"""A file may show edits as samples: sent whole, they are its text."""

import pytest

from runners.edits import EditError, resolve_reply

BLOCK = "path\n<<<<<<< SEARCH\nold lines\n=======\nnew lines\n>>>>>>> REPLACE\n"
DIFF = "--- a/README.md\n+++ b/README.md\n@@ -1 +1 @@\n-# Tool\n+# Other\n"
BARE = "@@ -1 +1 @@\n-# Tool\n+# Other\n"
PATCH = "*** Begin Patch\n*** Update File: src/main.py\n@@\n-foo\n+bar\n*** End Patch\n"
README = "# Tool\n\nIntro text here.\n\nBlocks look so:\n\n{}Install with pip.\n"
PROMPT = 'PROMPT = """Answer so:\n' + BLOCK + '"""\n\n\ndef build(x):\n    return PROMPT + x\n'


def applied(path: str, before: str, reply: str) -> str:
    data = resolve_reply(reply, {path: before.encode()}.get, default=path, only={path}).files[path]
    assert data is not None
    return data.decode()


@pytest.mark.parametrize(
    ("sample", "old"), [(BLOCK, True), (PATCH, True), (DIFF, True), (BARE, True), (DIFF, False)]
)
def test_a_manual_keeps_or_gains_a_sample(sample: str, *, old: bool) -> None:
    """Known or new, an edit in an inner fence of the whole file is not applied."""
    inner = f"```\n{sample}```\n\n"
    new = README.format(inner).replace("pip", "pipx")
    assert applied("README.md", README.format(inner if old else ""), f"````md\n{new}````\n") == new


@pytest.mark.parametrize("sample", [BLOCK, PATCH])
def test_new_markers_in_a_whole_file_are_refused(sample: str) -> None:
    """Neither applied nor written: it cannot be told which is meant."""
    new = README.format(f"```\n{sample}```\n\n")
    with pytest.raises(EditError, match="it holds an edit marker"):
        applied("README.md", README.format(""), f"````md\n{new}````\n")


def test_a_prompt_keeps_its_sample() -> None:
    """Markers the file has in a string stay text."""
    new = PROMPT.replace("+ x", "+ str(x)")
    assert applied("p.py", PROMPT, f"```python\n{new}```\n") == new


def test_an_edit_in_a_fence_is_still_an_edit() -> None:
    """A block that quotes all of a file which shows one is applied."""
    reply = "<<<<<<< SEARCH\ndef build(x):\n    return PROMPT + x\n=======\n{}>>>>>>> REPLACE\n"
    new = "def build(x):\n    return x + PROMPT\n"
    wanted = PROMPT.replace("PROMPT + x", "x + PROMPT")
    assert applied("p.py", PROMPT, f"```python\n{reply.format(new)}```\n") == wanted


def test_the_mark_of_another_files_key_is_never_written() -> None:
    """It would stand there as the key. One that a file has itself, as a sample, may stay."""
    mark = "[secret-0a1b2c3d]"
    reply = f'a.py\n```python\nKEY = "{mark}"\nx = 2\n```\n'
    with pytest.raises(EditError, match=r"a\.py would have .*0a1b2c3d.* in the place of a key"):
        applied("a.py", "x = 1\n", reply)
    before = f'KEY = "{mark}"\nx = 1\n'
    assert applied("a.py", before, reply) == before.replace("1\n", "2\n")
