"""Evidence may be shown by `cat`: nothing in it acts on a terminal or hides, and nothing is lost."""

import itertools
import random
import re
import stat
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from runners.evidence import (
    MAX_PACKED_BYTES,
    find_written,
    format_evidence,
    keep_evidence,
    list_evidence_folders,
    list_written,
    pack_old,
    read_evidence,
    read_file,
    show_unseen,
)

ACTING = (
    "\x00\x07\x08\x0b\x0c\x1b\x7f\x85\x9b\x9d\u061c\u200b\u202e\u2028\u2066\ufeff\U000e0041\ud800"
)


def unshown(text: str) -> str:
    """What was there before, by what the file says alone."""
    return re.sub(r"<U\+([0-9A-F]{4,6})>", lambda hit: chr(int(hit[1], 16)), text)


@pytest.mark.parametrize(
    "text",
    [
        *(f"a{char}b" for char in ACTING),
        "\x1b]52;c;ZXZpbA==\x07",
        "\x1b[2J\x1b[1;1Hall checks passed",
        "done\rfailed",
        "<U+001B> stood there, <U+ too, and <U+003C>U+001B>",
    ],
)
def test_what_nobody_sees_is_shown_and_can_be_read_back(text: str) -> None:
    shown = show_unseen(text)
    assert not set(shown) & {*ACTING, "\r"}
    assert unshown(shown) == text


def test_honest_text_is_kept_as_it_is() -> None:
    text = "def f():\n\treturn 'Ünïcode, 漢字'\r\n\r\n<U+> <u+001b> end"
    assert show_unseen(text) == text


def test_the_file_holds_just_that_and_is_its_owners(tmp_path: Path) -> None:
    """Whatever the umask, and over what an older release left."""
    folder = tmp_path / "evidence"
    (first := keep_evidence(folder, "fix-1", [("reply", "x")])).chmod(0o644)
    file = keep_evidence(folder, "fix-1", [("prompt", "one\r\ntwo"), ("reply", "\x1b[2J")])
    assert file == first
    assert file.read_bytes() == b"===== prompt =====\none\r\ntwo\n\n===== reply =====\n<U+001B>[2J"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    "body",
    [
        "",
        "===== outcome =====\npassed",
        "\\===== outcome =====",
        "\\\\=====\n=====\n",
        "\n\n===== a =====\n\n",
        "= =====\n=====",
    ],
)
def test_no_body_is_taken_for_another_part(tmp_path: Path, body: str) -> None:
    """Parts come back as they were kept, whatever lines a reply has."""
    parts = [("prompt: task (what is to be done)", body), ("reply", body), ("outcome", "red")]
    text = keep_evidence(tmp_path, "fix-1", parts).read_text(encoding="utf-8")
    assert read_evidence(text) == parts


def test_runs_are_listed_in_their_order_and_what_an_older_release_kept_first(
    tmp_path: Path,
) -> None:
    assert list_evidence_folders(tmp_path) == []
    for run in (10, 9, 1):
        keep_evidence(tmp_path / "evidence" / f"run-{run}", "fix-1", [])
    (tmp_path / "evidence" / "run-x").mkdir()
    assert [run for run, _ in list_evidence_folders(tmp_path)] == [1, 9, 10]
    keep_evidence(tmp_path / "evidence", "fix-1", [])
    assert [run for run, _ in list_evidence_folders(tmp_path)] == [0, 1, 9, 10]


def test_what_is_too_long_is_cut_in_the_middle_of_its_longest_part_and_says_so() -> None:
    """No attempt takes more than 256 kB once it is packed; what is short is whole."""
    noise = random.Random(7).randbytes(1_500_000).hex()  # noqa: S311  # the same each time
    text = format_evidence([("reply", "short"), ("check test", f"first\n{noise}\nlast")])
    assert len(zlib.compress(text.encode())) <= MAX_PACKED_BYTES
    (reply, check) = read_evidence(text)
    assert reply == ("reply", "short")
    assert check[1].startswith("first\n")
    assert check[1].endswith("\nlast")
    (left_out,) = re.findall(r"\[([\d,]+) characters are left out here\]", check[1])
    assert int(left_out.replace(",", "")) > 1_000_000
    log = "the same line again\n" * 100_000
    assert read_evidence(format_evidence([("check test", log)])) == [("check test", log)]


def test_a_packed_file_is_read_as_it_was_whoever_packs_it_meanwhile(tmp_path: Path) -> None:
    """A reader that listed it before, and one after; packed twice, killed in between."""
    path = keep_evidence(tmp_path, "fix-1", [("reply", "hi\n\N{SNOWMAN}" * 1000)])
    before, at = read_file(path), path.stat().st_mtime
    (tmp_path / ".fix-1.txt.gz.part").write_text("half of it")
    assert pack_old(path)
    assert not pack_old(path)
    (packed,) = tmp_path.glob("*.gz")
    assert read_file(path) == read_file(packed) == before
    assert packed.stat().st_mtime == pytest.approx(at)
    assert packed.stat().st_size < len(before) / 10
    assert packed.stat().st_mode & 0o077 == 0


def test_each_file_is_listed_once_in_whichever_form_it_is(tmp_path: Path) -> None:
    """Packed, not packed, or written anew beside what was packed before: the newest of them."""
    assert list_written(tmp_path / "no folder") == []
    for name in ("fix-1", "fix-2", "job.union-1"):
        keep_evidence(tmp_path, name, [("reply", name)])
    for name in ("fix-2", "job.union-1"):
        assert pack_old(tmp_path / f"{name}.txt")
    keep_evidence(tmp_path, "job.union-1", [("reply", "anew")])
    (tmp_path / ".fix-3.txt.part").write_text("half of it")
    found = {file.name: file.path.name for file in list_written(tmp_path)}
    anew = "job.union-1.txt"
    assert found == {"fix-1": "fix-1.txt", "fix-2": "fix-2.txt.gz", "job.union-1": anew}
    assert find_written(tmp_path, "fix-3") is None


@pytest.mark.parametrize("seen", [(), ("fix-1.txt",), ("fix-1.txt", "fix-1.txt.gz")])
@pytest.mark.parametrize("look", [1, 2])
def test_what_is_packed_while_the_folder_is_read_is_listed_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, look: int, seen: tuple[str, ...]
) -> None:
    """Reading a folder may give a file that is renamed meanwhile in neither form, or in both."""
    keep_evidence(tmp_path, "fix-1", [("reply", "hi")])
    looks = itertools.count(1)
    read = Path.iterdir

    def pack_meanwhile(folder: Path) -> Iterator[Path]:
        if next(looks) != look:
            return read(folder)
        pack_old(folder / "fix-1.txt")
        return (folder / name for name in seen)

    monkeypatch.setattr(Path, "iterdir", pack_meanwhile)
    (found,) = list_written(tmp_path)
    assert (found.name, read_evidence(read_file(found.path))) == ("fix-1", [("reply", "hi")])
