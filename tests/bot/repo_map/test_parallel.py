"""Reading with every core gives what one would, whoever the caller is and whatever dies."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
from support.planted import Mapped, plant

from bot.repo_map import BlobCache, Maps, parallel, reader
from bot.repo_map.entry_kinds import LINES, OUTLINES, WORDS
from bot.repo_map.parallel import read_in_processes

FILES = {f"m{n}.py": f"import m{n + 1}\ndef name_{n}(): withdraw({n})\n" for n in range(60)}


@pytest.fixture
def eager(monkeypatch: pytest.MonkeyPatch) -> None:
    """Any new file is worth a process for each core, and each is given a few."""
    for kind in (WORDS, OUTLINES, LINES):
        monkeypatch.setattr(
            reader, kind.name.upper(), replace(kind, parallel_bytes=1, batch_bytes=500)
        )


@pytest.mark.parametrize("text", ["withdraw name_7", ""])
@pytest.mark.slow
def test_it_reads_what_one_process_would(
    tmp_path: Path, mapped: Mapped, text: str, read_shas: list[str], request: pytest.FixtureRequest
) -> None:
    want = mapped(FILES).render_text(text, 900)
    request.getfixturevalue("eager")
    read_shas.clear()
    kept = BlobCache(tmp_path / "other")
    assert Maps(kept).map_of(plant(tmp_path / "repo", FILES), "main").render_text(text, 900) == want
    assert read_shas == []
    kept.close()


def test_a_process_that_dies_costs_its_part_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """What it had under way is read by the caller, and that is told."""
    repo = plant(tmp_path / "repo", FILES)
    area = Maps(BlobCache(tmp_path / "cache")).map_of(repo, "main")
    dying = tmp_path / "python"
    dying.write_text("#!/bin/sh\nread line\nexit 9\n")
    dying.chmod(0o755)
    monkeypatch.setattr(parallel.sys, "executable", str(dying))
    assert list(read_in_processes(repo, WORDS, [area.files[:9], area.files[9:]], cores=2)) == []
    assert caplog.text.count("died") == 2


@pytest.mark.usefixtures("eager")
def test_no_python_to_start_is_no_harm(mapped: Mapped, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a program that embeds Python there is none by that name."""
    monkeypatch.setattr(parallel.sys, "executable", "/nowhere/python")
    assert len(mapped(FILES).render_text("withdraw", 2000).files) == len(FILES)


def test_none_is_left_when_the_caller_stops_halfway(tmp_path: Path) -> None:
    """As at a Ctrl-C: the processes are gone when the exception is through."""
    repo = plant(tmp_path / "repo", FILES)
    files = Maps(BlobCache(tmp_path / "cache")).map_of(repo, "main").files
    before = set(psutil.Process().children(recursive=True))
    reading = read_in_processes(repo, OUTLINES, [[one] for one in files], cores=2)
    assert len(next(reading)) == 1
    assert len(set(psutil.Process().children()) - before) == 2
    with pytest.raises(KeyboardInterrupt):
        reading.throw(KeyboardInterrupt)
    assert set(psutil.Process().children(recursive=True)) <= before


CODE = """
import sys
from dataclasses import replace
from pathlib import Path
from bot.repo_map import BlobCache, Maps, reader
from bot.git.repo import Repo
print("started")
reader.WORDS = replace(reader.WORDS, parallel_bytes=1)
print(len(Maps(BlobCache(Path("cache"))).map_of(Repo(Path(sys.argv[1])), "main").render_text("withdraw", 900).files))
"""


@pytest.mark.slow
@pytest.mark.parametrize("how", ["-", "-c", "file"])
def test_it_works_whatever_the_callers_main_module_is(tmp_path: Path, how: str) -> None:
    """Nothing of the caller runs twice, and no module is taken from where it was started."""
    plant(tmp_path / "repo", FILES)
    room = tmp_path / "stranger"
    for name in ("bot", "json"):
        (room / name).mkdir(parents=True)
        (room / name / "__init__.py").write_text("open('/dev/stderr', 'w').write('HOSTILE')\n")
    (tmp_path / "main.py").write_text(CODE)
    argv = {"-": ["-P", "-"], "-c": ["-P", "-c", CODE], "file": [str(tmp_path / "main.py")]}[how]
    env = {**os.environ, "PYTHONPATH": str(parallel.ROOT)}
    done = subprocess.run(
        [sys.executable, *argv, str(tmp_path / "repo")],
        input=CODE if how == "-" else "",
        cwd=room, env=env, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.split()[0] == "started"
    assert (len(done.stdout.split()), done.stderr) == (2, "")
