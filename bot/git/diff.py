"""What differs between two trees or commits: paths, counts of lines, and the diff as a text."""

import os
from collections.abc import Iterable, Iterator

from bot.git.command import PLAIN_DIFF
from bot.git.objects import Change, parse_change
from bot.git.repo import Repo


def compare_trees(repo: Repo, old: str, new: str) -> list[Change]:
    """As `list_changes`, read without a git of its own: for trees that differ in few paths."""
    return list(_compare(repo, repo.resolve_rev(old, "tree"), repo.resolve_rev(new, "tree"), ""))


def _compare(repo: Repo, old: str, new: str, folder: str) -> Iterator[Change]:
    """An empty name is a folder that is not there."""
    before, after = (repo.read_folder(tree) if tree else {} for tree in (old, new))
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
            yield from _compare(repo, left, right, f"{path}/")


def list_changes(repo: Repo, old: str, new: str) -> list[Change]:
    """Every path that differs, by name. What was renamed is gone here and new there."""
    # A repository's own .gitmodules may say that changes of its submodules are not told.
    argv = ("diff-tree", "-r", "-z", "--raw", "--no-abbrev", "--no-renames")
    _, out = repo.run(*argv, "--ignore-submodules=none", old, new, "--")
    parts = iter(out.split(b"\0"))
    return [parse_change(meta, next(parts)) for meta in parts if meta]


def list_changed_paths(repo: Repo, shas: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """What each commit changed of its first parent; none for one that has no parent."""
    names = dict.fromkeys(shas)
    asked = "".join(f"{sha}\n" for sha in names).encode()
    argv = ("diff-tree", "--stdin", "-r", "-z", "--raw", "--no-renames")
    found: dict[str, list[str]] = {sha: [] for sha in names}
    out = repo.run(*argv, "--ignore-submodules=none", stdin=asked)[1] if names else b""
    # Each path comes right behind a part of git's own that begins with a colon, so that one
    # that reads as a commit's name is none: https://git-scm.com/docs/git-diff-tree#_raw_output_format
    parts, current = iter(out.split(b"\0")), ""
    for part in filter(None, parts):
        if part.startswith(b":"):
            found[current].append(os.fsdecode(next(parts)))
        else:
            current = part.decode()
    return {sha: tuple(paths) for sha, paths in found.items()}


def count_changed_lines(repo: Repo, old: str, new: str) -> dict[str, tuple[int, int]]:
    """Path -> lines added and removed between two commits; a binary file counts none."""
    argv = ("diff-tree", "-r", "-z", "--numstat", "--no-renames", old, new, "--")
    _, out = repo.run("--literal-pathspecs", *argv)
    rows = [row.split("\t", 2) for row in os.fsdecode(out).split("\0") if row]
    return {path: (_lines(more), _lines(less)) for more, less, path in rows}


def _lines(digits: str) -> int:
    return int(digits) if digits.isdecimal() else 0


def diff_file(repo: Repo, base: str, head: str, path: str) -> str:
    """One path's diff, whatever the tree's attributes say of it; `Binary files ...` for bytes.

    `.gitattributes` could have a diff left out: https://git-scm.com/docs/gitattributes#_marking_files_as_binary
    """
    entries = (repo.find_entry(base, path), repo.find_entry(head, path))
    bodies = repo.read_blobs([e.sha for e in entries if e and e.kind == "file"])
    as_text = () if any(b"\0" in body for body in bodies.values()) else ("--text",)
    argv = ("diff-tree", "-p", "-r", "--no-renames", *PLAIN_DIFF, *as_text)
    _, out = repo.run("--literal-pathspecs", *argv, base, head, "--", path)
    return out.decode(errors="replace")


def read_diffstat(repo: Repo, base: str, head: str) -> str:
    return repo.read_output("diff", *PLAIN_DIFF, "--stat=100", base, head, "--")


def diff_commits(repo: Repo, base: str, head: str) -> str:
    return repo.read_output("diff", *PLAIN_DIFF, base, head, "--")
