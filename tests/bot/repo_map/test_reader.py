"""A file is read once: on any branch, in any process that shares the cache."""

from pathlib import Path

import pytest
from support.planted import Mapped, git, plant

from bot.git.repo import Repo
from bot.repo_map import BlobCache, Maps

FILES = {f"m{n}.py": f"def name_{n}(): withdraw({n})\n" for n in range(8)}


def test_a_changed_file_is_all_that_is_read(mapped: Mapped, read_shas: list[str]) -> None:
    mapped(FILES).render_text("withdraw", 500)
    assert len(set(read_shas)) == len(FILES)
    read_shas.clear()
    area = mapped({**FILES, "m3.py": "def changed(): withdraw(0)\n"})
    area.render_text("withdraw", 500)
    assert set(read_shas) == {area.by_path["m3.py"].sha}


def test_another_branch_with_the_same_files_reads_nothing(
    mapped: Mapped, read_shas: list[str]
) -> None:
    """Moved files too, if they are read the same way."""
    mapped(FILES).render_text("withdraw", 500)
    read_shas.clear()
    mapped({f"moved/{path}": body for path, body in FILES.items()}, branch="other").render_text(
        "withdraw", 500
    )
    assert read_shas == []


def test_another_process_reads_nothing_again(
    tmp_path: Path, mapped: Mapped, read_shas: list[str]
) -> None:
    area = mapped(FILES)
    text = area.render_text("withdraw", 500).text
    read_shas.clear()
    kept = BlobCache(tmp_path / "cache")
    assert Maps(kept).map_of(area.repo, "main").render_text("withdraw", 500).text == text
    assert read_shas == []
    kept.close()


@pytest.mark.slow
def test_a_large_file_is_never_fetched(mapped: Mapped, read_shas: list[str]) -> None:
    """50 MB, and a manifest as large: known by name, found by it."""
    area = mapped(
        {"big.py": b"x = 1\n" * 8_500_000, "go.mod": b"m" * 2_000_000, "a.py": "import big\n"}
    )
    found = [one.path for one in area.render_text("the big one", 500).files]
    assert found[0] == "big.py"
    assert area.render_text("", 500).text
    assert not {area.by_path[path].sha for path in ("big.py", "go.mod")} & set(read_shas)


def test_what_a_partial_clone_lacks_is_known_by_name_and_not_fetched(tmp_path: Path) -> None:
    """Its origin is gone, so that whoever asked it for an object would fail."""
    origin = plant(
        tmp_path / "origin", {"here.py": "def withdraw(): pass\n", "gone.py": "x = withdraw\n"}
    )
    git(origin.git_dir, "config", "uploadpack.allowFilter", "true")
    url = f"file://{origin.git_dir}"
    git(tmp_path, "clone", "-q", "--bare", "--filter=blob:none", url, "part")
    part = tmp_path / "part"
    git(part, "cat-file", "-p", "main:here.py")
    origin.git_dir.rename(tmp_path / "elsewhere")
    kept = BlobCache(tmp_path / "cache")
    area = Maps(kept).map_of(Repo(part), "main")
    assert {one.path: one.size for one in area.files} == {"gone.py": -1, "here.py": 21}
    assert {one.path for one in area.render_text("withdraw gone", 500).files} == {
        "here.py",
        "gone.py",
    }
    assert area.render_text("", 500).text
    kept.close()
