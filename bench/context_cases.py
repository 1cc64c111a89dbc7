"""The cases, and the repositories they are about, each as git objects and as a checkout."""

import json
import os
import re
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

CASE_FILES = ("localization_dev.jsonl", "localization_more.jsonl")
TRAILER = re.compile(
    r"^[A-Z][\w-]+(?:-by|-[Ii]d|: #?\d+$)[: ].*$|^\(cherry picked.*$", re.MULTILINE
)


@dataclass(frozen=True, slots=True)
class Case:
    """`gold`: the definitions the fix changed, by the file they are in."""

    id: str
    repo: str
    base: str
    text: str
    gold: Mapping[str, tuple[str, ...]]


def load(files: Sequence[Path], mirrors: Path) -> list[Case]:
    """The cases of these files whose repository has a mirror; what is left out is said."""
    cases: list[Case] = []
    for file in files:
        if not file.is_file():
            print(f"{file}: skipped, it is not there (set BRICKLAYER_BENCH)")
            continue
        for row in map(json.loads, file.read_text("utf-8").splitlines()):
            mirror = mirror_of(row["repo"], mirrors)
            if mirror.is_dir():
                case = read_case(row, mirror)
                if case.gold:
                    cases.append(case)
                else:
                    print(f"{case.id}: skipped, the fix changed no definition that was there")
            else:
                print(f"{row['id']}: skipped, no mirror of {row['repo']} in {mirrors}")
    return cases


def mirror_of(repo: str, mirrors: Path) -> Path:
    """A mirror is DIR/OWNER+NAME/repo, a git directory."""
    return mirrors / repo.replace("/", "+") / "repo"


def read_case(row: Mapping[str, Any], mirror: Path) -> Case:
    """Without a text of its own, a case is asked by its commit's message, names removed."""
    gold = {path: tuple(names) for path, names in row.get("gold_symbols", {}).items()}
    if not gold:
        from context_gold import changed_symbols  # noqa: PLC0415 - brings the parsers

        gold = changed_symbols(mirror, row["base_commit"], row["fix_commit"], row["gold_files"])
    text = row.get("text") or without_names(message(mirror, row["fix_commit"]), gold)
    return Case(row["id"], row["repo"], row["base_commit"], text, gold)


def paths_of(repo: Path, rev: str) -> frozenset[str]:
    listed = git(repo, "ls-tree", "-r", "-z", "--name-only", rev)
    return frozenset(listed.decode(errors="surrogateescape").split("\0")[:-1])


def message(repo: Path, commit: str) -> str:
    return git(repo, "show", "-s", "--format=%B", commit).decode(errors="replace")


def without_names(text: str, gold: Mapping[str, Sequence[str]]) -> str:
    """The text without the names of these files and definitions, and without trailers."""
    names = {name for path in gold for name in (path, *_file_names(path))}
    names |= {name for some in gold.values() for name in some}
    for name in sorted(names, key=len, reverse=True):
        text = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", "", text)
    return TRAILER.sub("", text).strip()


def _file_names(path: str) -> tuple[str, str]:
    name = path.rpartition("/")[2]
    return name, name.partition(".")[0]


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
