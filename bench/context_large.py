"""The map of a large repository: cold, unchanged, and after 1, 10 and 100 files changed.

python bench/context_large.py                       a generated one of 10,500 files
python bench/context_large.py --repo GITDIR         a real one, at its HEAD
"""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path
from random import Random
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "bench"))

from context_cases import Case, borrowed, changed, git  # noqa: E402 - after the path is set
from context_large_texts import files  # noqa: E402
from context_ours import DRIVER, command, tiny  # noqa: E402
from context_process import answer, bare_environment  # noqa: E402

COUNT, SEED, BUDGET = 10_500, 3, 4000
CHANGES = (1, 10, 100)
CODE = (".py", ".go", ".js", ".java", ".ts", ".kt", ".c", ".rs")
TEXT = """Merging a ledger loses the last invoice when the stream is closed early.

`merge_ledger` raises ValueError before each parcel is stored. It should queue the packet."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repo", type=Path, help="a git directory; without, one is made")
    parser.add_argument("--count", type=int, default=COUNT, help="files to make")
    parser.add_argument("--make", type=Path, help="only make it, here")
    options = parser.parse_args()
    if options.make:
        made(options.make, options.count)
        return
    with tempfile.TemporaryDirectory() as folder:
        room = Path(folder)
        repo = borrowed(options.repo, room / "repo") if options.repo else None
        rev = git(options.repo, "rev-parse", "HEAD") if options.repo else b""
        repo = repo or made(room / "repo", options.count)
        rev = rev or git(repo, "rev-parse", "HEAD")
        measured(repo, rev.decode().strip(), room)


def made(repo: Path, count: int) -> Path:
    """Written straight into git: the same seed and count give the same commit."""
    git(repo, "init", "-q", "--bare", "--initial-branch=main", str(repo))
    argv = ["git", "--git-dir", str(repo), "fast-import", "--quiet"]
    with subprocess.Popen(argv, stdin=subprocess.PIPE) as child:
        assert child.stdin
        head = "commit refs/heads/main\ncommitter bench <bench> 1700000000 +0000\ndata 0\n"
        child.stdin.write(head.encode())
        for path, text in files(count, SEED):
            data = text.encode()
            child.stdin.write(f"M 100644 inline {path}\ndata {len(data)}\n".encode() + data + b"\n")
    assert child.returncode == 0
    return repo


def measured(repo: Path, rev: str, room: Path) -> None:
    blobs = listed(repo, rev)
    code = sorted(path for path in blobs if path.endswith(CODE))
    some = Random(SEED).sample(code, sum(CHANGES))  # noqa: S311 - a seeded choice
    parts = [some[sum(CHANGES[:at]) :][:count] for at, count in enumerate(CHANGES)]
    case = Case("large", "", rev, TEXT, {})
    print(f"{len(blobs)} files, {sum(blobs.values()) / 1e6:.0f} MB, {len(code)} of them code")
    _, cold, peak = command(repo, case, [BUDGET], room / "command")
    print(f"cold, the whole command: {cold.seconds:.1f} s, {cold.cpu:.1f} s of processor")
    print(f"its peak memory: {peak / 1e6:.0f} MB")
    said = in_process(repo, rev, parts, room)
    print(f"cold, in process: {said['cold']:.1f} s, peak {said['peak'] / 1e6:.0f} MB")
    print(f"nothing changed, in process: {said['same'] * 1000:.0f} ms")
    for what, key in (("another text", "other"), ("a text about something else", "unlike")):
        print(f"nothing changed, {what}: {_milliseconds(said[key], said[f'{key}_cpu'])}")
    for part in parts:
        size = sum(blobs[path] for path in part) / 1000
        spent = (said[key][str(len(part))] for key in ("changed", "changed_cpu"))
        print(f"{len(part)} changed files ({size:.0f} kB), in process: {_milliseconds(*spent)}")


def _milliseconds(seconds: float, processor: float) -> str:
    return f"{seconds * 1000:.0f} ms, {processor * 1000:.0f} ms of processor"


def in_process(repo: Path, rev: str, parts: list[list[str]], room: Path) -> dict[str, Any]:
    env = {**bare_environment(room, 1), "PYTHONPATH": str(ROOT)}
    asked = {
        "git": str(repo),
        "rev": rev,
        "text": TEXT,
        "budgets": [BUDGET],
        "tiny": tiny(room),
        "changed": [[changed(repo, rev, part), part] for part in parts],
    }
    return answer((sys.executable, str(DRIVER)), asked, env)


def listed(repo: Path, rev: str) -> dict[str, int]:
    """The size of each file by its path, links and submodules left out."""
    rows = git(repo, "ls-tree", "-r", "-z", "-l", rev).decode(errors="surrogateescape")
    heads = [row.split("\t", 1) for row in rows.split("\0")[:-1]]
    return {path: int(head.split()[3]) for head, path in heads if head.startswith("100")}


if __name__ == "__main__":
    main()
