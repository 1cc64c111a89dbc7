"""What a plan's exact blocks make of files is known before anything is built."""

import subprocess
from pathlib import Path

import pytest

from bot.git.find_repo import open_repo
from bot.plan import peek_job
from runners.planning.exact_files import resolve_exact_files

EDIT = "```edit=a.py\n<<<<<<< SEARCH\nx = 1\n=======\nx = 2\n>>>>>>> REPLACE\n```\n"
WHOLE = "```file=b.py\ny = 1\n```\n"
GONE = "```delete=c.py\n```\n"
WRONG = "```edit=a.py\n<<<<<<< SEARCH\nz = 9\n=======\nz = 2\n>>>>>>> REPLACE\n```\n"


def task(name: str, *blocks: str, file: str = "", after: str = "") -> str:
    keys = [f"- {key}: {value}" for key, value in (("file", file), ("after", after)) if value]
    return (
        f"### Task: {name}\n"
        + "\n".join([*keys, "- check: test"])
        + "\n\nDo.\n\n"
        + "".join(blocks)
    )


@pytest.mark.parametrize(
    ("tasks", "known"),
    [
        ((task("t", EDIT, WHOLE, GONE),), {"a.py": b"x = 2\n", "b.py": b"y = 1\n", "c.py": None}),
        ((task("t", EDIT), task("u", file="a.py", after="t")), {}),
        ((task("t", file="b.py"), task("u", EDIT)), {"a.py": b"x = 2\n"}),
        ((task("t", WRONG), task("u", WHOLE)), {"b.py": b"y = 1\n"}),
    ],
)
def test_only_what_no_model_writes_is_known(
    tmp_path: Path, tasks: tuple[str, ...], known: dict[str, bytes | None]
) -> None:
    line = "git init -q . && echo 'x = 1' > a.py && echo c > c.py && git add -A && git commit -qm b"
    subprocess.run(["sh", "-ec", line], cwd=tmp_path, check=True, timeout=30)
    text = "---\ntitle: T\nchecks: [test]\n---\nW.\n\n## Phase: P\n\n" + "\n".join(tasks)
    assert resolve_exact_files(open_repo(tmp_path), "HEAD", peek_job(text)) == known
