"""A `.git` for a check: real history up to one commit, and nothing else of the repository.

It has no remotes, no configuration, no hooks, no other branches; of tags only those that the commit
contains. Its history is packed once and shared, read-only; the checkout's own commit is beside it.
"""

import shutil
from pathlib import Path

from bot.git.commits import commit_tree
from bot.git.repo import Repo

BRANCH = "bricklayer"
MESSAGE = "What is checked\n"
SHA256_CHARACTERS = 64


def pack_history(repo: Repo, commit: str, folder: Path) -> None:
    """Make `folder` hold all objects that `commit` and the tags it contains lead to."""
    form = "--format=%(objectname) %(refname)"
    tags = repo.read_lines("for-each-ref", f"--merged={commit}", form, "refs/tags")
    (folder / "objects" / "pack").mkdir(parents=True)
    names = [commit, *(line.partition(" ")[0] for line in tags)]
    _pack(repo, names, folder)
    (folder / "packed-refs").write_text(
        "".join(f"{line}\n" for line in tags), "utf-8", "surrogateescape"
    )
    if (repo.git_dir / "shallow").is_file():
        shutil.copy(repo.git_dir / "shallow", folder / "shallow")


def pack_alone(repo: Repo, commit: str, folder: Path) -> None:
    """As `pack_history`, without what was there before the commit, and without tags."""
    (folder / "objects" / "pack").mkdir(parents=True)
    listed = repo.run("rev-list", "--objects", "--no-walk", "--no-object-names", commit)[1]
    _pack_objects(repo, listed, folder)
    (folder / "packed-refs").touch()
    # https://git-scm.com/docs/shallow
    (folder / "shallow").write_text(f"{commit}\n", "utf-8")


def write_git_folder(repo: Repo, base: str, tree: str, folder: Path, history: Path) -> None:
    """Make `folder` the `.git` of a checkout of `tree`, as a commit on `base`.

    It lacks one line: `objects/info/alternates` has to name where the history's objects lie.
    """
    for name in ("objects/info", "objects/pack", "refs/heads", "refs/tags"):
        (folder / name).mkdir(parents=True)
    commit = base
    if tree != repo.resolve_rev(base, "tree"):
        commit = commit_tree(repo, tree, base, MESSAGE)
        _pack(repo, [commit, f"^{base}"], folder)
    (folder / "HEAD").write_text(f"ref: refs/heads/{BRANCH}\n")
    (folder / "refs" / "heads" / BRANCH).write_text(f"{commit}\n")
    (folder / "config").write_text(_format_config(commit))
    repo.run("read-tree", tree, env={"GIT_INDEX_FILE": str(folder / "index")})
    for name in ("packed-refs", "shallow"):
        if (history / name).is_file():
            shutil.copy(history / name, folder / name)


def _pack(repo: Repo, revs: list[str], folder: Path) -> None:
    """https://git-scm.com/docs/git-pack-objects."""
    _pack_objects(repo, "".join(f"{rev}\n" for rev in revs).encode(), folder, "--revs")


def _pack_objects(repo: Repo, lines: bytes, folder: Path, *how: str) -> None:
    prefix = str(folder / "objects" / "pack" / "pack")
    repo.run("pack-objects", *how, "--quiet", "--delta-base-offset", prefix, stdin=lines)


def _format_config(commit: str) -> str:
    # https://git-scm.com/docs/repository-version
    is_sha256 = len(commit) == SHA256_CHARACTERS
    extension = "[extensions]\n\tobjectformat = sha256\n" if is_sha256 else ""
    return f"[core]\n\trepositoryformatversion = {int(is_sha256)}\n\tbare = false\n{extension}"
