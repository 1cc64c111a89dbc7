"""Branches that were set aside for another of the same name: `mend-it.1`, `mend-it.2` and so on."""

from bot.git.repo import Repo

MAX_NUMBER_DIGITS = 6


def list_kept_branches(repo: Repo, branch: str) -> dict[str, str]:
    """Name -> commit, by number."""
    # No name of a branch has `*`, `?` or `[` in it: https://git-scm.com/docs/git-check-ref-format
    form = "--format=%(refname:lstrip=2) %(objectname)"
    found = repo.read_lines("for-each-ref", form, f"refs/heads/{branch}.*")
    pairs = [line.rsplit(" ", 1) for line in found]
    numbered = {
        int(number): (name, commit)
        for name, commit in pairs
        if (number := name.removeprefix(f"{branch}.")).isdecimal()
        and len(number) <= MAX_NUMBER_DIGITS
    }
    return {name: commit for _, (name, commit) in sorted(numbered.items())}


def count_only_there(repo: Repo, branch: str, commit: str) -> int:
    """How many commits are on no other branch, tag or remote, but those that were set aside too."""
    others = ("--not", f"--exclude=refs/heads/{branch}.[0-9]*", "--all")
    return int(repo.read_output("rev-list", "--count", commit, *others))
