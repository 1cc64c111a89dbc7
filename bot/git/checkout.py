"""A tree laid out as files, in a folder of ours; what work trees of a person have checked out."""

from pathlib import Path

from bot.errors import UserError
from bot.git.odd_trees import HINT, describe_odd_tree
from bot.git.repo import Repo

WORK_TREE = ("-c", "core.bare=false", "-c", "core.sparseCheckout=false")
"""For a command with a work tree of its own, whatever the repository says of its own one."""


def checkout_tree(repo: Repo, tree: str, folder: Path, index: Path) -> None:
    """Make `folder` hold exactly `tree`. `index` remembers what is there, so the next is quick.

    No `.git` is written: nothing inside the folder leads back to the repository. No filter
    runs, though the tree's attributes may ask for one: none is configured.
    """
    folder.mkdir(parents=True, exist_ok=True)
    env = {"GIT_INDEX_FILE": str(index)}
    at = (f"--work-tree={folder}", *WORK_TREE)
    # --reset, for what a check left there is overwritten: https://git-scm.com/docs/git-read-tree
    with repo.blaming_repository():
        repo.run(*at, "read-tree", "--reset", "-u", tree, env=env)
    repo.run(*at, "-C", str(folder), "clean", "-ffdxq", env=env)


def require_usual_tree(repo: Repo, tree: str) -> None:
    """Raise UserError for a tree that cannot be a folder of files."""
    with repo.blaming_repository():
        _, listing = repo.run("ls-tree", "-r", "-t", "-z", tree)
    if odd := describe_odd_tree(listing):
        what = f"no git can check out commit {tree[:12]}: {odd}"
        raise UserError(what, where=str(repo.git_dir), hint=HINT)


def is_checked_out(repo: Repo, branch: str) -> bool:
    """Whether some work tree of this repository has the branch checked out."""
    _, out = repo.run("worktree", "list", "--porcelain", "-z")
    return f"branch refs/heads/{branch}".encode() in out.split(b"\0")
