"""One repository: what it holds, and how a branch of it is moved. Paths are asked for with `-z`."""

import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

from bot.errors import OPERATOR_HINT, GitError, UserError
from bot.git.cat_file import reader_of
from bot.git.clean_dir import open_clean_dir
from bot.git.command import (
    BRICKLAYER,
    PLAIN_DIFF,
    Signature,
    run_git,
    signature_environment,
)
from bot.git.commit_message import add_sign_off
from bot.git.objects import (
    Change,
    Commit,
    CommitObject,
    Entry,
    parse_batch,
    parse_change,
    parse_commit,
    parse_tree,
    parse_tree_object,
)
from bot.git.odd_trees import HINT, blaming_repository, describe_odd_tree
from bot.text.invisible import make_printable

MAX_PATH_BYTES = 4096

WORK_TREE = ("-c", "core.bare=false", "-c", "core.sparseCheckout=false")
"""For a command with a work tree of its own, whatever the repository says of its own one."""


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

    def find_entry(self, tree: str, path: str) -> Entry | None:
        """What stands at `path`; None where nothing does, or nothing could."""
        if not _is_tracked_path(path):
            return None
        *folders, name = path.split("/")
        entries = self._read_tree(f"{tree}^{{tree}}")
        for folder in folders:
            entry = entries.get(folder)
            if entry is None or entry.kind != "dir":
                return None
            entries = self._read_tree(entry.sha)
        return entries.get(name)

    def _read_tree(self, name: str) -> dict[str, Entry]:
        found = reader_of(self.git_dir).read_object(name)
        if found is None:
            raise GitError(("cat-file", name), 128, f"Not a valid object name {name}")
        return parse_tree_object(found.content, len(found.sha) // 2)

    def list_entries(self, tree: str) -> dict[str, Entry]:
        """Every path of a tree with its size, folders left out.

        Nothing is fetched: what a partial clone does not hold has the size -1.
        """
        if not is_partial(self.git_dir):
            with self._blamed():
                return parse_tree(self.run("ls-tree", "-r", "-l", "-z", tree)[1])
        with self._blamed():
            found = parse_tree(self.run("ls-tree", "-r", "-z", tree)[1])
        sizes = self._sizes_here(tree, (e.sha for e in found.values() if e.kind == "file"))
        return {path: replace(e, size=sizes.get(e.sha, -1)) for path, e in found.items()}

    def require_usual_tree(self, tree: str) -> None:
        """Raise UserError for a tree that cannot be a folder of files."""
        with self._blamed():
            _, listing = self.run("ls-tree", "-r", "-t", "-z", tree)
        if odd := describe_odd_tree(listing):
            what = f"no git can check out commit {tree[:12]}: {odd}"
            raise UserError(what, where=str(self.git_dir), hint=HINT)

    def _blamed(self) -> AbstractContextManager[None]:
        return blaming_repository(self.git_dir, is_partial=is_partial(self.git_dir))

    def _sizes_here(self, tree: str, shas: Iterable[str]) -> dict[str, int]:
        """To ask for the size of an object that is not here would fetch it, one by one."""
        # Without names: nothing of a path can stand where git says what is missing.
        argv = ("rev-list", "--objects", "--no-object-names", "--missing=print")
        _, out = self.run(*argv, tree)
        gone = {line[1:].decode() for line in out.split(b"\n") if line.startswith(b"?")}
        names = "".join(f"{sha}\n" for sha in dict.fromkeys(shas) if sha not in gone)
        form = "--batch-check=%(objectname) %(objectsize)"
        lines = self.read_output("cat-file", form, stdin=names.encode()).split() if names else []
        return dict(zip(lines[::2], map(int, lines[1::2]), strict=True))

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

    def find_mentions(self, tree: str, words: Iterable[str]) -> list[str]:
        """Paths, sorted, of the text files that have one of these as a whole word."""
        patterns = [part for word in words for part in ("-e", word)]
        if not patterns:
            return []
        argv = ("grep", "--no-textconv", "-I", "-l", "-z", "-w", "-F", *patterns, tree, "--")
        _, out = self.run("--literal-pathspecs", *argv, ok=(0, 1))
        found = [os.fsdecode(line.split(b":", 1)[1]) for line in out.split(b"\0") if b":" in line]
        return sorted(found)

    def read_blobs(self, shas: Iterable[str]) -> dict[str, bytes]:
        """Contents by object name, in one call; one that is not here (a partial clone) is left out.

        All of them are held in memory: the caller bounds how many it asks for.
        """
        names = "".join(f"{sha}\n" for sha in shas).encode()
        return dict(parse_batch(self.run("cat-file", "--batch", stdin=names)[1]) if names else ())

    def write_tree(self, tree: str, files: Mapping[str, bytes | None]) -> str:
        """A tree like `tree` with these paths replaced; None removes one. Modes are kept."""
        tree = self.resolve_rev(tree, "tree")
        with self._index(tree) as env:
            lines = b"".join(self._index_line(tree, path, body) for path, body in files.items())
            self.run("update-index", "-z", "--index-info", stdin=lines, env=env)
            return self.read_output("write-tree", env=env)

    def overlay_paths(self, tree: str, other: str, paths: Iterable[str]) -> str:
        """A tree like `tree`, with `paths` as they are in `other` (absent there: removed)."""
        return self.write_tree(tree, {path: self.read_file(other, path) for path in paths})

    def _index_line(self, tree: str, path: str, body: bytes | None) -> bytes:
        if body is None:
            return b"0 " + b"0" * len(tree) + b"\t" + os.fsencode(path) + b"\0"
        before = self.find_entry(tree, path)
        mode = before.mode if before and before.kind == "file" else "100644"
        sha = self.read_output("hash-object", "-w", "--stdin", stdin=body)
        return f"{mode} {sha}\t".encode() + os.fsencode(path) + b"\0"

    @contextmanager
    def _index(self, tree: str) -> Iterator[dict[str, str]]:
        with tempfile.TemporaryDirectory(prefix="bricklayer-index-") as folder:
            # An index of its own: nobody's staged changes are seen or touched. https://git-scm.com/docs/git#Documentation/git.txt-codeGITINDEXFILEcode
            env = {"GIT_INDEX_FILE": str(Path(folder) / "index")}
            with self._blamed():
                self.run("read-tree", tree, env=env)
            yield env

    @contextmanager
    def open_index(self, tree: str) -> Iterator["TreeIndex"]:
        """An index that begins as `tree` is, for several trees that follow one on another."""
        tree = self.resolve_rev(tree, "tree")
        with self._index(tree) as env:
            yield TreeIndex(self, env, tree)

    def compare_trees(self, old: str, new: str) -> list[Change]:
        """As `list_changes`, read without a git of its own: for trees that differ in few paths."""
        return list(self._compare(self.resolve_rev(old, "tree"), self.resolve_rev(new, "tree"), ""))

    def _compare(self, old: str, new: str, folder: str) -> Iterator[Change]:
        """An empty name is a folder that is not there."""
        before, after = (self._read_tree(tree) if tree else {} for tree in (old, new))
        for name in sorted(before.keys() | after.keys()):
            was, now = before.get(name), after.get(name)
            if was == now:
                continue
            path = f"{folder}{name}"
            left, right = (e.sha if e and e.kind == "dir" else "" for e in (was, now))
            gone, made = (None if e and e.kind == "dir" else e for e in (was, now))
            if gone or made:
                yield Change(path, gone, made)
            if left or right:
                yield from self._compare(left, right, f"{path}/")

    def commit_tree(self, tree: str, parent: str, message: str, by: Signature = BRICKLAYER) -> str:
        return self.commit_parents(tree, (parent,), message, by)

    def commit_parents(
        self,
        tree: str,
        parents: tuple[str, ...],
        message: str,
        by: Signature,
        dates: Mapping[str, str] = MappingProxyType({}),
    ) -> str:
        """A commit with these parents, signed off and signed as `by` says.

        `dates` are variables that git takes them from, else now. Raises UserError where the key
        does not sign.
        """
        text = add_sign_off(message, by) if by.sign_off else message
        named = (word for parent in parents for word in ("-p", parent))
        argv = (*by.options, "commit-tree", tree, *named, *(["-S"] if by.key else []), "-F", "-")
        env = {**signature_environment(by), **dates}
        try:
            return self.read_output(*argv, stdin=text.encode(), env=env)
        except GitError as exc:
            if not by.key:
                raise
            raise _unsigned(exc) from exc

    def move_branch(self, branch: str, new: str, old: str) -> bool:
        """Compare and swap a branch; False where somebody moved it first. `old` empty: make it."""
        try:
            # With an old value the reference is moved only from there: https://git-scm.com/docs/git-update-ref
            self.run("update-ref", "-m", "bricklayer", f"refs/heads/{branch}", new, old)
        except GitError:
            if self.branch_head(branch) == old:  # nobody did: git itself could not
                raise
            return False
        return True

    def read_commit(self, name: str) -> CommitObject | None:
        """The commit that `name` leads to, read without a git of its own; None where none is."""
        found = reader_of(self.git_dir).read_object(f"{name}^{{commit}}")
        return parse_commit(found.sha, found.content) if found else None

    def set_refs(self, targets: Mapping[str, str]) -> None:
        """Have references, outside of branches and tags, lead to objects of any kind: all or none.

        https://git-scm.com/docs/git-update-ref
        """
        lines = b"".join(f"update {ref}\0{name}\0\0".encode() for ref, name in targets.items())
        if lines:
            self.run("update-ref", "-z", "--stdin", stdin=lines)

    def list_refs(self, prefix: str) -> dict[str, str]:
        """Reference -> object, of all below `prefix`, which ends with a slash."""
        lines = self.read_lines("for-each-ref", "--format=%(objectname) %(refname)", prefix)
        return {ref: name for name, ref in (line.split(" ", 1) for line in lines)}

    def delete_refs(self, refs: Iterable[str]) -> None:
        """Delete these references, wherever they lead, by one command."""
        lines = b"".join(f"delete {ref}\0\0".encode() for ref in refs)
        if lines:
            self.run("update-ref", "-z", "--stdin", stdin=lines)

    def delete_branch(self, branch: str, old: str) -> None:
        """Delete a branch that stands at `old`; its commits must be kept by another name."""
        self.run("update-ref", "-d", f"refs/heads/{branch}", old)

    def branch_head(self, branch: str) -> str:
        return self.resolve_rev(f"refs/heads/{branch}")

    def is_ancestor(self, old: str, new: str) -> bool:
        return self.run("merge-base", "--is-ancestor", old, new, ok=(0, 1))[0] == 0

    def list_commits(self, base: str, head: str) -> list[Commit]:
        """Commits of `base..head`, oldest first."""
        return self.read_commits("--reverse", f"{base}..{head}", "--")

    def read_commits(self, *revs: str) -> list[Commit]:
        """Those that `git log` tells of for these arguments, each with its whole message."""
        argv = ("log", "--no-show-signature", "--no-color", "-z", "--format=%H%n%B", *revs)
        parts = self.run(*argv)[1].decode(errors="replace").split("\0")
        return [Commit(*part.split("\n", 1)) for part in parts if "\n" in part]

    def count_changed_lines(self, old: str, new: str) -> dict[str, tuple[int, int]]:
        """Path -> lines added and removed between two commits; a binary file counts none."""
        argv = ("diff-tree", "-r", "-z", "--numstat", "--no-renames", old, new, "--")
        _, out = self.run("--literal-pathspecs", *argv)
        rows = [row.split("\t", 2) for row in os.fsdecode(out).split("\0") if row]
        return {path: (_lines(more), _lines(less)) for more, less, path in rows}

    def list_changes(self, old: str, new: str) -> list[Change]:
        """Every path that differs, by name. What was renamed is gone here and new there."""
        # A repository's own .gitmodules may say that changes of its submodules are not told.
        argv = ("diff-tree", "-r", "-z", "--raw", "--no-abbrev", "--no-renames")
        _, out = self.run(*argv, "--ignore-submodules=none", old, new, "--")
        parts = iter(out.split(b"\0"))
        return [parse_change(meta, next(parts)) for meta in parts if meta]

    def list_changed_paths(self, shas: Iterable[str]) -> dict[str, tuple[str, ...]]:
        """What each commit changed of its first parent; none for one that has no parent."""
        names = dict.fromkeys(shas)
        asked = "".join(f"{sha}\n" for sha in names).encode()
        argv = ("diff-tree", "--stdin", "-r", "-z", "--raw", "--no-renames")
        found: dict[str, list[str]] = {sha: [] for sha in names}
        out = self.run(*argv, "--ignore-submodules=none", stdin=asked)[1] if names else b""
        # Each path comes right behind a part of git's own that begins with a colon, so that one
        # that reads as a commit's name is none: https://git-scm.com/docs/git-diff-tree#_raw_output_format
        parts, current = iter(out.split(b"\0")), ""
        for part in filter(None, parts):
            if part.startswith(b":"):
                found[current].append(os.fsdecode(next(parts)))
            else:
                current = part.decode()
        return {sha: tuple(paths) for sha, paths in found.items()}

    def read_sizes(self, shas: Iterable[str]) -> dict[str, int]:
        """Bytes of each object; one that is not here is left out."""
        names = "".join(f"{sha}\n" for sha in dict.fromkeys(shas))
        form = "--batch-check=%(objectname) %(objectsize)"
        lines = (
            self.read_output("cat-file", form, stdin=names.encode()).splitlines() if names else []
        )
        rows = (line.split(" ") for line in lines)
        return {sha: int(size) for sha, size in rows if size.isdecimal()}

    def checkout_tree(self, tree: str, folder: Path, index: Path) -> None:
        """Make `folder` hold exactly `tree`. `index` remembers what is there, so the next is quick.

        No `.git` is written: nothing inside the folder leads back to the repository. No filter
        runs, though the tree's attributes may ask for one: none is configured.
        """
        folder.mkdir(parents=True, exist_ok=True)
        env = {"GIT_INDEX_FILE": str(index)}
        at = (f"--work-tree={folder}", *WORK_TREE)
        # --reset, for what a check left there is overwritten: https://git-scm.com/docs/git-read-tree
        with self._blamed():
            self.run(*at, "read-tree", "--reset", "-u", tree, env=env)
        self.run(*at, "-C", str(folder), "clean", "-ffdxq", env=env)

    def is_checked_out(self, branch: str) -> bool:
        """Whether some work tree of this repository has the branch checked out."""
        _, out = self.run("worktree", "list", "--porcelain", "-z")
        return f"branch refs/heads/{branch}".encode() in out.split(b"\0")

    def diff_file(self, base: str, head: str, path: str) -> str:
        """One path's diff, whatever the tree's attributes say of it; `Binary files ...` for bytes.

        `.gitattributes` could have a diff left out: https://git-scm.com/docs/gitattributes#_marking_files_as_binary
        """
        entries = (self.find_entry(base, path), self.find_entry(head, path))
        bodies = self.read_blobs([e.sha for e in entries if e and e.kind == "file"])
        as_text = () if any(b"\0" in body for body in bodies.values()) else ("--text",)
        argv = ("diff-tree", "-p", "-r", "--no-renames", *PLAIN_DIFF, *as_text)
        _, out = self.run("--literal-pathspecs", *argv, base, head, "--", path)
        return out.decode(errors="replace")

    def diffstat(self, base: str, head: str) -> str:
        return self.read_output("diff", *PLAIN_DIFF, "--stat=100", base, head, "--")

    def diff(self, base: str, head: str) -> str:
        return self.read_output("diff", *PLAIN_DIFF, base, head, "--")


@dataclass(frozen=True, slots=True)
class TreeIndex:
    """By `Repo.open_index`, and good as long as that is open."""

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


def _unsigned(exc: GitError) -> UserError:
    said = make_printable(" ".join(exc.stderr.split()), 300)
    hint = (
        "`signing_key` under `[github]` in this machine's settings is the file of an SSH key"
        f" without a passphrase that this account can read, or a GPG key's id. git says: {said}"
    )
    what = "no commit can be signed with this machine's signing key"
    return UserError(what, hint=hint, comment_hint=OPERATOR_HINT)


def _lines(digits: str) -> int:
    return int(digits) if digits.isdecimal() else 0


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


def check_branch_name(name: str) -> None:
    code, _ = run_git(("check-ref-format", "--branch", name), b"", {}, (0, 128))
    if code != 0 or name.startswith("-"):
        raise UserError(f"{name!r} is no branch name", hint="See `git help check-ref-format`.")


def is_partial(git_dir: Path) -> bool:
    """Whether the repository may lack objects, which a person's git would fetch.

    A promisor remote has what is missing here: https://git-scm.com/docs/partial-clone
    """
    return open_clean_dir(git_dir).is_partial
