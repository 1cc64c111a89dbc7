import difflib
import os
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from runners.edits import EditError, Edits, parse_blocks, resolve_reply, write_edits

LINES = st.lists(st.text("abc xyz_()=:#'\"\t{}", max_size=12), min_size=1, max_size=25)
PIECES = st.sampled_from(
    [
        "<<<<<<< SEARCH\n", "=======\n", ">>>>>>> REPLACE\n", "```\n", "```python\n", "f.py\n", "a\n",
        "b\n", "@@ -1,2 +1,2 @@\n", "--- a/f.py\n", "+++ b/f.py\n", "-a\n", "+b\n", " a\n", "\n",
        "*** Begin Patch\n", "*** Update File: f.py\n", "*** End Patch\n", "*** Add File: ../x\n",
        "@@ a\n", "/etc/passwd\n", "# ... existing code ...\n", "\\ No newline at end of file\n",
        "diff --git a/f.py b/f.py\n", "rename from f.py\n", "rename to g.py\n", "Sure, here it is:\n",
    ]
)  # fmt: skip


def file_of(lines: list[str]) -> bytes:
    return "".join(line + "\n" for line in lines).encode()


def result(reply: str, before: bytes) -> bytes | None:
    """The new content of f.py; None where the reply is refused."""
    try:
        return resolve_reply(reply, {"f.py": before}.get, default="f.py").files["f.py"]
    except EditError:
        return None


@given(LINES, LINES)
def test_a_correct_edit_gives_exact_bytes_or_is_refused(old: list[str], new: list[str]) -> None:
    """Written as block, diff or patch, an edit gives just the wanted bytes, never others."""
    before, after = file_of(old), file_of(new)
    texts = [
        "f.py\n<<<<<<< SEARCH\n" + before.decode() + "=======\n" + after.decode() + ">>>>>>> REPLACE\n",
        "```diff\n" + "".join(difflib.unified_diff(
            before.decode().splitlines(keepends=True), after.decode().splitlines(keepends=True),
            "a/f.py", "b/f.py")) + "```\n",
        "*** Begin Patch\n*** Update File: f.py\n@@\n"
        + "".join(f"-{x}\n" for x in old) + "".join(f"+{x}\n" for x in new) + "*** End Patch\n",
    ]  # fmt: skip
    for text in texts:
        assert result(text, before) in {None, after}


@given(st.lists(st.sampled_from("abcdefghijkl"), unique=True, min_size=3), st.data())
def test_distinct_lines_are_always_edited(old: list[str], data: st.DataObject) -> None:
    """With no ambiguity left a correct block and a correct diff apply."""
    at = data.draw(st.integers(0, len(old) - 1))
    new = [*old[:at], "new one", *old[at + 1 :]]
    block = f"f.py\n<<<<<<< SEARCH\n{old[at]}\n=======\nnew one\n>>>>>>> REPLACE\n"
    diff = "".join(
        difflib.unified_diff([x + "\n" for x in old], [x + "\n" for x in new], "f.py", "f.py", n=1)
    )
    assert result(block, file_of(old)) == result(diff, file_of(old)) == file_of(new)


@given(st.lists(PIECES, max_size=14))
def test_any_reply_ends_in_edits_or_a_reason(pieces: list[str]) -> None:
    """However a reply is broken, it changes known files only, or is refused in words."""
    reply = "".join(pieces)
    read = {"f.py": b"a\nb\nc\n"}.get
    outcomes: list[object] = []
    for attempt in (
        lambda: resolve_reply(reply, read, default="f.py", only={"f.py"}),
        lambda: parse_blocks(reply),
    ):
        try:
            outcomes.append(attempt())
        except EditError as exc:
            outcomes.append(exc)
    edits, _ = outcomes
    assert all(outcome.reason for outcome in outcomes if isinstance(outcome, EditError))
    assert not isinstance(edits, Edits) or set(edits.files) == {"f.py"}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.dictionaries(
        st.one_of(
            st.text("a./\\~g i\0", max_size=8),
            st.lists(st.sampled_from(["a", "b", "..", ".git", "way", "", "file"])).map("/".join),
        ),
        st.one_of(st.none(), st.binary(max_size=5)),
        max_size=4,
    )
)
def test_whatever_is_asked_nothing_outside_changes_and_nothing_is_half_done(
    tmp_path: Path, files: dict[str, bytes | None]
) -> None:
    """Every write lands inside the root and in full, or not at all."""
    root, outside = tmp_path / "root", tmp_path / "outside"
    for folder in (root / ".git", root / "a", outside):
        folder.mkdir(parents=True, exist_ok=True)
    (outside / "file").write_bytes(b"keep")
    if not (root / "way").exists():
        (root / "way").symlink_to(outside)
    before = contents(root)
    try:
        written = write_edits(root, Edits(files))
    except (EditError, OSError):
        assert contents(root) == before
    else:
        assert len(written) == len({os.path.normpath(path) for path in files})
        now = {os.path.relpath(path, root): data for path, data in contents(root).items()}
        assert all(now.get(os.path.normpath(path)) == data for path, data in files.items())
    assert contents(outside) == {str(outside / "file"): b"keep"}
    assert list((root / ".git").iterdir()) == []


def contents(folder: Path) -> dict[str, bytes]:
    return {
        str(Path(at, name)): Path(at, name).read_bytes()
        for at, _, names in os.walk(folder)
        for name in names
        if not Path(at, name).is_symlink()
    }
