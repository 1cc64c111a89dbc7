"""Trees made of other trees, by an index of our own: what a person has staged is left alone."""

import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bot.git.objects import Change
from bot.git.repo import Repo


def write_tree(repo: Repo, tree: str, files: Mapping[str, bytes | None]) -> str:
    """A tree like `tree` with these paths replaced; None removes one. Modes are kept."""
    tree = repo.resolve_rev(tree, "tree")
    with _open_index(repo, tree) as env:
        lines = b"".join(_index_line(repo, tree, path, body) for path, body in files.items())
        repo.run("update-index", "-z", "--index-info", stdin=lines, env=env)
        return repo.read_output("write-tree", env=env)


def overlay_paths(repo: Repo, tree: str, other: str, paths: Iterable[str]) -> str:
    """A tree like `tree`, with `paths` as they are in `other` (absent there: removed)."""
    return write_tree(repo, tree, {path: repo.read_file(other, path) for path in paths})


def _index_line(repo: Repo, tree: str, path: str, body: bytes | None) -> bytes:
    if body is None:
        return b"0 " + b"0" * len(tree) + b"\t" + os.fsencode(path) + b"\0"
    before = repo.find_entry(tree, path)
    mode = before.mode if before and before.kind == "file" else "100644"
    sha = repo.read_output("hash-object", "-w", "--stdin", stdin=body)
    return f"{mode} {sha}\t".encode() + os.fsencode(path) + b"\0"


@dataclass(frozen=True, slots=True)
class TreeIndex:
    """By `open_index`, and good as long as that is open."""

    repo: Repo
    env: Mapping[str, str]
    tree: str

    def apply_changes(self, changes: Iterable[Change]) -> str:
        """The tree with every path of `changes` as it is after them, modes included."""
        gone = "0" * len(self.tree)
        lines = [
            (f"{c.after.mode} {c.after.sha}" if c.after else f"0 {gone}", os.fsencode(c.path))
            for c in changes
        ]
        # What is removed first makes room for a folder of the same name.
        lines.sort(key=lambda line: not line[0].startswith("0 "))
        told = b"".join(f"{entry}\t".encode() + path + b"\0" for entry, path in lines)
        self.repo.run("update-index", "-z", "--index-info", stdin=told, env=self.env)
        return self.repo.read_output("write-tree", env=self.env)


@contextmanager
def open_index(repo: Repo, tree: str) -> Iterator[TreeIndex]:
    """An index that begins as `tree` is, for several trees that follow one on another."""
    tree = repo.resolve_rev(tree, "tree")
    with _open_index(repo, tree) as env:
        yield TreeIndex(repo, env, tree)


@contextmanager
def _open_index(repo: Repo, tree: str) -> Iterator[dict[str, str]]:
    with tempfile.TemporaryDirectory(prefix="bricklayer-index-") as folder:
        # An index of its own: nobody's staged changes are seen or touched. https://git-scm.com/docs/git#Documentation/git.txt-codeGITINDEXFILEcode
        env = {"GIT_INDEX_FILE": str(Path(folder) / "index")}
        with repo.blaming_repository():
            repo.run("read-tree", tree, env=env)
        yield env
