"""The folders that an agent's CLI works in: a copy of the task's tree, and a home of its own."""

import os
from collections.abc import Mapping
from pathlib import Path

from bot.git.repo import Repo
from bot.text.secret_files import is_secret_file
from runners.checks.setup_sweep import remove_tree

SOCKET = "model.sock"


def make_room(root: Path, repo: Repo, tree: str, files: Mapping[str, str]) -> None:
    """Make `root` hold `repo`, with the tree's files, `home` and `empty`; what was there goes.

    No `.git` leads back to the repository. Files that hold keys by their names are left out: what
    the agent reads goes to its model.
    """
    remove_room(root)
    for name in ("home", "empty"):
        (root / name).mkdir(parents=True, mode=0o700)
    repo.checkout_tree(tree, root / "repo", root / "index")
    for path in repo.list_entries(tree):
        if is_secret_file(path):
            (root / "repo" / path).unlink(missing_ok=True)
    for name, text in files.items():
        place = root / "home" / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, encoding="utf-8")


def remove_room(root: Path) -> None:
    """Whatever its agent left there, folders that nobody may read among it."""
    if os.path.lexists(root):
        remove_tree(root)
