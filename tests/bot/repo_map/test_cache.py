"""The cache may be missing, broken, shared or full: what is found is the same, only slower."""

import sqlite3
import subprocess
import sys
from collections.abc import Callable
from hashlib import shake_256
from pathlib import Path

import pytest
from support.planted import plant

from bot.repo_map import BlobCache, Maps
from bot.repo_map.cache import CACHE_VERSION

FILES = {f"pkg/m{n}.py": f"def name_{n}(): withdraw({n})\n" for n in range(40)}
ASKED = "withdraw in name_7"
NOISE = shake_256(b"noise").digest(1 << 20)


def chart(folder: Path, cache: Path) -> str:
    kept = BlobCache(cache)
    try:
        return Maps(kept).map_of(plant(folder / "repo", FILES), "main").render_text(ASKED, 900).text
    finally:
        kept.close()


def file_of(cache: Path) -> Path:
    return cache / f"context-{CACHE_VERSION}.sqlite"


def garbage(file: Path) -> None:
    file.write_bytes(NOISE[:50_000])


def truncated(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:5000])


def bits_flipped(file: Path) -> None:
    """Texts still parse, but say another number."""
    db = sqlite3.connect(file)
    with db:
        db.execute("update words set text = replace(text, '1', '9')")
    db.close()


def torn(file: Path) -> None:
    body = bytearray(file.read_bytes())
    body[4096:] = NOISE[: len(body) - 4096]
    file.write_bytes(body)


def another_shape(file: Path) -> None:
    file.unlink()
    db = sqlite3.connect(file)
    db.execute("create table words(other)")
    db.close()


def empty(file: Path) -> None:
    file.write_bytes(b"")


def deleted(file: Path) -> None:
    file.unlink()


HARMS = [garbage, truncated, bits_flipped, torn, another_shape, empty, deleted]


@pytest.mark.parametrize("harm", HARMS)
@pytest.mark.slow
def test_a_broken_cache_is_begun_anew(tmp_path: Path, harm: Callable[[Path], None]) -> None:
    """The same bytes as with none, and what is read afterwards is kept again."""
    cold = chart(tmp_path, tmp_path / "cache")
    harm(file_of(tmp_path / "cache"))
    assert chart(tmp_path, tmp_path / "cache") == cold
    assert chart(tmp_path, tmp_path / "cache") == cold
    kept = BlobCache(tmp_path / "cache")
    keys = [
        row[0]
        for row in sqlite3.connect(file_of(tmp_path / "cache")).execute("select key from words")
    ]
    assert len(kept.known_keys("words", keys)) == len(FILES)
    kept.close()


def test_a_folder_in_its_place_is_done_without(tmp_path: Path) -> None:
    cold = chart(tmp_path, tmp_path / "cache")
    file_of(tmp_path / "other").mkdir(parents=True)
    assert chart(tmp_path, tmp_path / "other") == cold
    assert file_of(tmp_path / "other").is_dir()


def test_a_file_where_the_folder_should_be_is_done_without(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert chart(tmp_path, tmp_path / "file" / "cache") == chart(tmp_path, tmp_path / "cache")


def test_an_account_without_a_home_has_no_cache(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nowhere() -> Path:
        raise RuntimeError("no home")

    monkeypatch.setattr(Path, "home", nowhere)
    kept = BlobCache()
    area = Maps(kept).map_of(plant(tmp_path / "repo", FILES), "main")
    assert "pkg/m7.py" in area.render_text(ASKED, 900).text


@pytest.mark.parametrize("size", ["0 --ro-bind", "98304 --tmpfs"], ids=["read-only", "full"])
@pytest.mark.slow
def test_no_room_for_the_cache_changes_nothing(tmp_path: Path, size: str) -> None:
    """A read-only place, and a disk that is full at once."""
    want = chart(tmp_path, tmp_path / "cache")
    (tmp_path / "place").mkdir()
    limit, how = size.split()
    at = [tmp_path / "place"] * 2 if how == "--ro-bind" else [tmp_path / "place"]
    room = ["--size", limit, how] if how == "--tmpfs" else [how]
    argv = ["bwrap", "--dev-bind", "/", "/", *room, *at, *asking(tmp_path, tmp_path / "place")]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout) == (0, want), done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.slow
def test_many_processes_start_with_one_cache_at_once(tmp_path: Path) -> None:
    """All find it missing and make it: each gets the same bytes, none a warning."""
    want = chart(tmp_path, tmp_path / "alone")
    argv = asking(tmp_path, tmp_path / "cache")
    pipe = subprocess.PIPE
    started = [subprocess.Popen(argv, stdout=pipe, stderr=pipe, text=True) for _ in range(4)]
    assert [one.communicate(timeout=60) for one in started] == [(want, "")] * 4


def test_a_cache_in_use_is_never_taken_away(tmp_path: Path) -> None:
    """One that finds it broken goes on alone while somebody is at work on it."""
    using = BlobCache(tmp_path / "cache")
    using.write_texts("words", [("a", "1"), ("b", "2")])
    bits_flipped(file_of(tmp_path / "cache"))
    finds = BlobCache(tmp_path / "cache")
    assert list(finds.read_texts("words", ["a"])) == []
    finds.write_texts("words", [("a", "1")])
    assert list(finds.read_texts("words", ["a"])) == [("a", "1")]
    assert list(using.read_texts("words", ["b"])) == [("b", "2")]
    assert file_of(tmp_path / "cache").exists()
    finds.close()
    using.close()


def asking(folder: Path, cache: Path) -> list[str]:
    code = (
        "import sys; from pathlib import Path; from bot.git.repo import Repo\n"
        "from bot.repo_map import BlobCache, Maps\n"
        "area = Maps(BlobCache(Path(sys.argv[2]))).map_of(Repo(Path(sys.argv[1])), 'main')\n"
        "sys.stdout.write(area.render_text(sys.argv[3], 900).text)"
    )
    return [sys.executable, "-c", code, str(folder / "repo"), str(cache), ASKED]
