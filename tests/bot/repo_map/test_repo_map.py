"""The same commit, text and budget give the same bytes, in any process and with any cache."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from support.planted import Mapped, plant

from bot.repo_map import parallel

FILES = {
    **{
        f"pkg/m{n}.py": f"from pkg import m{n // 2}\n\ndef go_{n}(): go_{n // 3}()\n"
        for n in range(40)
    },
    **{f"web/{n}.ts": f'import "./{n + 1}"\nexport function go{n}() {{}}\n' for n in range(20)},
    "README.md": "# Go\n\ngo go\n",
}
TEXTS = ["", "go_7 and `go3` in pkg/m9.py", "web", "go " * 300_000]
CODE = """
import sys
from pathlib import Path
from bot.repo_map import BlobCache, Maps
from bot.git.repo import Repo
area = Maps(BlobCache(Path(sys.argv[2]))).map_of(Repo(Path(sys.argv[1])), "main")
for text in sys.stdin.read().split("|"):
    print([(c.text, c.tokens, c.files) for c in (area.render_text(text, n) for n in (60, 700))])
"""


@pytest.mark.slow
def test_the_same_bytes_in_any_process(tmp_path: Path) -> None:
    """Under any hash seed, with a cold and a warm cache."""
    repo = plant(tmp_path / "repo", FILES).git_dir

    def said(seed: int, cache: str) -> str:
        argv = [sys.executable, "-c", CODE, str(repo), str(tmp_path / cache)]
        env = {**os.environ, "PYTHONHASHSEED": str(seed), "PYTHONPATH": str(parallel.ROOT)}
        return subprocess.run(
            argv,
            input="|".join(TEXTS),
            env=env,
            capture_output=True,
            text=True,
            timeout=100,
            check=True,
        ).stdout

    want = said(0, "cold0")
    assert want.count("pkg/m") > 10
    assert {said(1, "cold1"), said(2, "cold1"), said(3, "cold0")} == {want}


@pytest.mark.parametrize("text", ["", "go", "the of and", "\0\0", "[a-z]+*(?:", "x" * 1_000_000])
@pytest.mark.parametrize(
    "files",
    [{}, {"a.png": b"\x89PNG\0"}, {"a.txt": "words go here\n"}],
    ids=["none", "binary", "text"],
)
def test_a_repository_without_code_has_a_map_too(
    mapped: Mapped, files: dict[str | bytes, str], text: str
) -> None:
    """An empty one where there is nothing to show."""
    chart = mapped(files).render_text(text, 500)
    assert [one.path for one in chart.files] == [path for path in files if path == "a.txt"]
    assert (chart.text == "") == (chart.tokens == 0) == (not chart.files)


def test_a_text_of_stop_words_shows_what_most_import(mapped: Mapped) -> None:
    area = mapped({"a.py": "import b\n", "b.py": "x = 1\n"})
    assert area.render_text("the of and", 500) == area.render_text("", 500)


def test_a_map_of_the_same_commit_is_made_once(mapped: Mapped) -> None:
    area = mapped(FILES)
    assert mapped(FILES) is area
    assert area.render_text("go", 500) is area.render_text("go", 500)
