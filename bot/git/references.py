"""Branches and other references: moved, listed, deleted. A branch moves by compare and swap."""

from collections.abc import Iterable, Mapping

from bot.errors import GitError, UserError
from bot.git.command import run_git
from bot.git.repo import Repo


def move_branch(repo: Repo, branch: str, new: str, old: str) -> bool:
    """Compare and swap a branch; False where somebody moved it first. `old` empty: make it."""
    try:
        # With an old value the reference is moved only from there: https://git-scm.com/docs/git-update-ref
        repo.run("update-ref", "-m", "bricklayer", f"refs/heads/{branch}", new, old)
    except GitError:
        if repo.branch_head(branch) == old:  # nobody did: git itself could not
            raise
        return False
    return True


def delete_branch(repo: Repo, branch: str, old: str) -> None:
    """Delete a branch that stands at `old`; its commits must be kept by another name."""
    repo.run("update-ref", "-d", f"refs/heads/{branch}", old)


def check_branch_name(name: str) -> None:
    code, _ = run_git(("check-ref-format", "--branch", name), b"", {}, (0, 128))
    if code != 0 or name.startswith("-"):
        raise UserError(f"{name!r} is no branch name", hint="See `git help check-ref-format`.")


def set_refs(repo: Repo, targets: Mapping[str, str]) -> None:
    """Have references, outside of branches and tags, lead to objects of any kind: all or none.

    https://git-scm.com/docs/git-update-ref
    """
    lines = b"".join(f"update {ref}\0{name}\0\0".encode() for ref, name in targets.items())
    if lines:
        repo.run("update-ref", "-z", "--stdin", stdin=lines)


def list_refs(repo: Repo, prefix: str) -> dict[str, str]:
    """Reference -> object, of all below `prefix`, which ends with a slash."""
    lines = repo.read_lines("for-each-ref", "--format=%(objectname) %(refname)", prefix)
    return {ref: name for name, ref in (line.split(" ", 1) for line in lines)}


def delete_refs(repo: Repo, refs: Iterable[str]) -> None:
    """Delete these references, wherever they lead, by one command."""
    lines = b"".join(f"delete {ref}\0\0".encode() for ref in refs)
    if lines:
        repo.run("update-ref", "-z", "--stdin", stdin=lines)
