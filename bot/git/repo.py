"""One repository: git run in it, and the files of its trees read. Paths are asked for with `-z`."""

import os
from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path

from bot.errors import GitError
from bot.git.cat_file import reader_of
from bot.git.clean_dir import open_clean_dir
from bot.git.command import run_git
from bot.git.objects import Entry, parse_batch, parse_tree, parse_tree_object
from bot.git.odd_trees import blaming_repository

MAX_PATH_BYTES = 4096


@dataclass(frozen=True, slots=True)
class Repo:
    """A repository, bare or not. Nothing here touches its own work tree or its index."""

    git_dir: Path

    def run(
        self,
        *args: str,
        stdin: bytes = b"",
        env: Mapping[str, str] | None = None,
        ok: tuple[int, ...] = (0,),
    ) -> tuple[int, bytes]:
        """Run one git command, which sees no configuration of the repository's.

        An exit code outside `ok` raises GitError.
        """
        where = open_clean_dir(self.git_dir).path
        return run_git((f"--git-dir={where}", *args), stdin, env or {}, ok)

    def read_output(
        self, *args: str, stdin: bytes = b"", env: Mapping[str, str] | None = None
    ) -> str:
        return self.run(*args, stdin=stdin, env=env)[1].decode(errors="surrogateescape").strip()

    def read_lines(self, *args: str) -> list[str]:
        """What one git command prints, line by line, as git ends them: `splitlines` knows more.

        A reference's name may hold U+2028, which is an end of a line to Python and none to git.
        https://docs.python.org/3.11/library/stdtypes.html#str.splitlines
        """
        return [os.fsdecode(line) for line in self.run(*args)[1].split(b"\n") if line]

    def resolve_rev(self, rev: str, kind: str = "commit") -> str:
        """Full object name of `rev`, empty where there is none."""
        found = reader_of(self.git_dir).read_object(f"{rev}^{{{kind}}}")
        return found.sha if found else ""

    def branch_head(self, branch: str) -> str:
        return self.resolve_rev(f"refs/heads/{branch}")

    def find_entry(self, tree: str, path: str) -> Entry | None:
        """What stands at `path`; None where nothing does, or nothing could."""
        if not _is_tracked_path(path):
            return None
        *folders, name = path.split("/")
        entries = self.read_folder(f"{tree}^{{tree}}")
        for folder in folders:
            entry = entries.get(folder)
            if entry is None or entry.kind != "dir":
                return None
            entries = self.read_folder(entry.sha)
        return entries.get(name)

    def read_folder(self, name: str) -> dict[str, Entry]:
        """What one tree object holds, by the names in it, read without a git of its own."""
        found = reader_of(self.git_dir).read_object(name)
        if found is None:
            raise GitError(("cat-file", name), 128, f"Not a valid object name {name}")
        return parse_tree_object(found.content, len(found.sha) // 2)

    def list_entries(self, tree: str) -> dict[str, Entry]:
        """Every path of a tree with its size, folders left out.

        Nothing is fetched: what a partial clone does not hold has the size -1.
        """
        if not is_partial(self.git_dir):
            with self.blaming_repository():
                return parse_tree(self.run("ls-tree", "-r", "-l", "-z", tree)[1])
        with self.blaming_repository():
            found = parse_tree(self.run("ls-tree", "-r", "-z", tree)[1])
        sizes = self._sizes_here(tree, (e.sha for e in found.values() if e.kind == "file"))
        return {path: replace(e, size=sizes.get(e.sha, -1)) for path, e in found.items()}

    def blaming_repository(self) -> AbstractContextManager[None]:
        return blaming_repository(self.git_dir, is_partial=is_partial(self.git_dir))

    def _sizes_here(self, tree: str, shas: Iterable[str]) -> dict[str, int]:
        """To ask for the size of an object that is not here would fetch it, one by one."""
        # Without names: nothing of a path can stand where git says what is missing.
        argv = ("rev-list", "--objects", "--no-object-names", "--missing=print")
        _, out = self.run(*argv, tree)
        gone = {line[1:].decode() for line in out.split(b"\n") if line.startswith(b"?")}
        return self.read_sizes(sha for sha in shas if sha not in gone)

    def list_folder(self, tree: str, folder: str) -> dict[str, Entry]:
        """What stands in one folder, by its whole path; the root's is empty."""
        if folder and not _is_tracked_path(folder):
            return {}
        where = ("--", f"{folder}/") if folder else ()
        argv = ("--literal-pathspecs", "ls-tree", "-l", "-z", tree, *where)
        return parse_tree(self.run(*argv)[1])

    def read_file(self, tree: str, path: str) -> bytes | None:
        """Content of a regular file, None where the path is absent or something else."""
        entry = self.find_entry(tree, path)
        if entry is None or entry.kind != "file":
            return None
        found = reader_of(self.git_dir).read_object(entry.sha)
        if found is None:
            raise GitError(("cat-file", "blob", entry.sha), 128, "the object is missing")
        return found.content

    def read_blobs(self, shas: Iterable[str]) -> dict[str, bytes]:
        """Contents by object name, in one call; one that is not here (a partial clone) is left out.

        All of them are held in memory: the caller bounds how many it asks for.
        """
        names = "".join(f"{sha}\n" for sha in shas).encode()
        return dict(parse_batch(self.run("cat-file", "--batch", stdin=names)[1]) if names else ())

    def read_sizes(self, shas: Iterable[str]) -> dict[str, int]:
        """Bytes of each object; one that is not here is left out."""
        names = "".join(f"{sha}\n" for sha in dict.fromkeys(shas))
        form = "--batch-check=%(objectname) %(objectsize)"
        told = self.read_output("cat-file", form, stdin=names.encode()) if names else ""
        rows = (line.split(" ") for line in told.splitlines())
        return {sha: int(size) for sha, size in rows if size.isdecimal()}


def _is_tracked_path(path: str) -> bool:
    """Whether git could have such a path; to ask it for another is an error of its own."""
    parts = path.split("/")
    return len(path) <= MAX_PATH_BYTES and "\0" not in path and not {"", ".", ".."} & set(parts)


def make_bare(folder: Path) -> Repo:
    """An empty repository in `folder`, which may be there."""
    run_git(
        (f"--git-dir={folder}", "init", "--quiet", "--bare", "--initial-branch=main"), b"", {}, (0,)
    )
    return Repo(folder)


def is_partial(git_dir: Path) -> bool:
    """Whether the repository may lack objects, which a person's git would fetch.

    A promisor remote has what is missing here: https://git-scm.com/docs/partial-clone
    """
    return open_clean_dir(git_dir).is_partial
