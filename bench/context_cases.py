"""The cases, and the repositories they are about, each as git objects and as a checkout."""

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

CASES = "localization_dev.jsonl"


@dataclass(frozen=True, slots=True)
class Case:
    """`gold` are the files the fix touched; `named` says whether the text names one of them."""

    id: str
    repo: str
    base: str
    text: str
    gold: tuple[str, ...]
    named: bool


def load(folder: Path) -> list[Case]:
    file = folder / CASES
    if not file.is_file():
        print(f"{CASES}: skipped, not in {folder} (set BRICKLAYER_BENCH)")
        return []
    return [_case(line) for line in file.read_text("utf-8").splitlines()]


def _case(line: str) -> Case:
    row = json.loads(line)
    named = row["mentions_gold_path"] or row["mentions_gold_stem"]
    gold = tuple(row["gold_files"])
    return Case(row["id"], row["repo"], row["base_commit"], row["text"], gold, named)


def borrowed(mirror: Path, into: Path) -> Path:
    """A bare repository with all of the mirror's objects, where new ones can be written."""
    if not into.exists():
        git(into, "init", "-q", "--bare", str(into))
        (into / "objects/info/alternates").write_text(f"{(mirror / 'objects').resolve()}\n")
    return into


def checkout(repo: Path, rev: str, into: Path) -> Path:
    """A folder with the files of `rev`, all tracked by a git repository of its own."""
    if into.exists():
        return into
    into.mkdir(parents=True)
    index = {"GIT_INDEX_FILE": str(into.with_suffix(".index"))}
    git(repo, "read-tree", rev, env=index)
    git(repo, "--work-tree", str(into), "checkout-index", "-a", "-f", env=index)
    own = into / ".git"
    git(own, "init", "-q", str(into))
    git(own, "--work-tree", str(into), "add", "-A", "-f")
    git(own, "commit", "-q", "-m", "base")
    return into


def changed(repo: Path, rev: str, paths: list[str]) -> str:
    """A commit on `rev` in which each of these files has one more line, of comment."""
    index = {"GIT_INDEX_FILE": str(repo / "bench.index")}
    git(repo, "read-tree", rev, env=index)
    for path in paths:
        mark = "#" if path.endswith((".py", ".rb", ".sh")) else "//"
        text = git(repo, "cat-file", "blob", f"{rev}:{path}") + f"\n{mark} one more line\n".encode()
        blob = git(repo, "hash-object", "-w", "--stdin", given=text).decode().strip()
        git(repo, "update-index", "--cacheinfo", f"100644,{blob},{path}", env=index)
    tree = git(repo, "write-tree", env=index).decode().strip()
    return git(repo, "commit-tree", tree, "-p", rev, "-m", "changed").decode().strip()


def git(repo: Path, *args: str, given: bytes = b"", env: dict[str, str] | None = None) -> bytes:
    who = {
        f"GIT_{role}_{of}": "bench" for role in ("AUTHOR", "COMMITTER") for of in ("NAME", "EMAIL")
    }
    when = {f"GIT_{role}_DATE": "1700000000 +0000" for role in ("AUTHOR", "COMMITTER")}
    argv = ["git", "--git-dir", str(repo), *args]
    full = {**os.environ, **who, **when, **(env or {})}
    done = subprocess.run(argv, input=given, env=full, check=True, capture_output=True, timeout=600)
    return done.stdout
