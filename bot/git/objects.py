"""What git keeps, as values read off its output: entries of a tree, changes, commits."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import takewhile
from typing import Literal, cast

_KINDS = {"120000": "symlink", "160000": "submodule", "040000": "dir"}


EntryKind = Literal["file", "dir", "symlink", "submodule"]


@dataclass(frozen=True, slots=True)
class Entry:
    """What a tree holds at a path. `mode` is git's six octal digits, `size` in bytes, if asked."""

    mode: str
    kind: EntryKind
    sha: str
    size: int = 0


@dataclass(frozen=True, slots=True)
class Change:
    """A path that two trees do not have alike; None where one has nothing. Sizes are not told."""

    path: str
    before: Entry | None
    after: Entry | None


@dataclass(frozen=True, slots=True)
class Commit:
    sha: str
    message: str


@dataclass(frozen=True, slots=True)
class CommitObject:
    """A commit whole. Dates are seconds since 1970 and a zone: `1700000000 +0100`."""

    sha: str
    tree: str
    parents: tuple[str, ...]
    author_date: str
    committer_date: str
    message: str


def parse_commit(sha: str, content: bytes) -> CommitObject:
    """As git reads it: the tree, then its parents one below another, author and committer.

    Further headers may have any name, so a `parent` below is none of git's. Raises ValueError where
    the tree does not come first. `parse_commit_buffer` in
    https://github.com/git/git/blob/v2.45.0/commit.c
    """
    head, _, message = content.decode(errors="replace").partition("\n\n")
    (first, tree), *rest = (line.partition(" ")[::2] for line in head.split("\n"))
    if first != "tree":
        raise ValueError(f"{sha}: a commit without a tree")
    parents = tuple(name for _, name in takewhile(lambda header: header[0] == "parent", rest))
    known = dict(rest[len(parents) : len(parents) + 2])
    author, committer = known.get("author", ""), known.get("committer", "")
    return CommitObject(sha, tree, parents, _read_date(author), _read_date(committer), message)


def _read_date(signature: str) -> str:
    """The end of `NAME <ADDRESS> SECONDS ZONE`."""
    return " ".join(signature.rsplit(" ", 2)[1:])


def parse_change(meta: bytes, path: bytes) -> Change:
    """`:MODE MODE SHA SHA LETTER`, as `diff-tree --raw` writes it; all zeros for nothing."""
    old, new, before, after, _ = meta.decode().removeprefix(":").split(" ")
    return Change(os.fsdecode(path), _parse_entry(old, before), _parse_entry(new, after))


def _parse_entry(mode: str, sha: str) -> Entry | None:
    kind = cast("EntryKind", _KINDS.get(mode, "file"))
    return Entry(mode, kind, sha) if int(mode) else None


def parse_tree(out: bytes) -> dict[str, Entry]:
    found = {}
    for line in out.split(b"\0"):
        if line:
            meta, path = line.split(b"\t", 1)
            mode, _, sha, *size = meta.decode().split()
            kind = cast("EntryKind", _KINDS.get(mode, "file"))
            length = int(size[0]) if size and size[0].isdigit() else 0
            found[os.fsdecode(path)] = Entry(mode, kind, sha, length)
    return found


def parse_tree_object(content: bytes, sha_bytes: int) -> dict[str, Entry]:
    """What a tree object holds, by name: `MODE NAME`, a NUL, and the object's name in binary.

    https://git-scm.com/book/en/v2/Git-Internals-Git-Objects; `sha_bytes` is 20, or 32 for SHA-256.
    """
    found, at = {}, 0
    while at < len(content):
        end = content.index(b"\0", at)
        mode, name = content[at:end].split(b" ", 1)
        at = end + 1 + sha_bytes
        digits = mode.decode().rjust(6, "0")  # a folder's is written as 40000
        kind = cast("EntryKind", _KINDS.get(digits, "file"))
        found[os.fsdecode(name)] = Entry(digits, kind, content[end + 1 : at].hex())
    return found


def parse_batch(out: bytes) -> Iterator[tuple[str, bytes]]:
    """Cut what `cat-file --batch` said: a header line, the content, a newline, and so on."""
    at = 0
    while at < len(out):
        end = out.index(b"\n", at)
        sha, *kind_size = out[at:end].decode().split(" ")
        at = end + 1
        if len(kind_size) == 2:  # noqa: PLR2004  # else `SHA missing`
            size = int(kind_size[1])
            yield sha, out[at : at + size]
            at += size + 1
