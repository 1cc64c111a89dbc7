"""The folders that an agent's CLI works in: a copy of the task's tree, and a home of its own."""

import os
from collections.abc import Collection, Mapping
from contextlib import suppress
from pathlib import Path

from bot.git.checkout import checkout_tree
from bot.git.repo import Repo
from bot.text.secret_files import is_secret_file
from runners.checks.setup_sweep import remove_tree

SOCKET = "model.sock"
# What the CLIs read of a project beside its code: settings, hooks, plugins, servers of tools.
# https://code.claude.com/docs/en/settings https://opencode.ai/docs/config/
# https://developers.openai.com/codex/config-basic
CLI_SETTINGS = frozenset(
    {
        ".agents", ".claude", ".claude.json", ".codex", ".mcp.json", ".opencode", "opencode.json",
        "opencode.jsonc",
    }
)  # fmt: skip


def make_room(
    root: Path, repo: Repo, tree: str, files: Mapping[str, str], own: Collection[str]
) -> frozenset[str]:
    """Make `root` hold `repo`, with the tree's files, `home` and `empty`; what was there goes.

    No `.git` leads back to the repository. The paths left out, `own` ones never: files that hold
    keys by their names, as what the agent reads goes to its model, and a repository's settings of
    CLIs, as those would have it work otherwise than it is told.
    """
    remove_room(root)
    for name in ("home", "empty"):
        (root / name).mkdir(parents=True, mode=0o700)
    checkout_tree(repo, tree, root / "repo", root / "index")
    entries = repo.list_entries(tree).items()
    files_there = (path for path, entry in entries if entry.kind in {"file", "symlink"})
    unseen = frozenset(filter(is_left_out, files_there)) - {*own}
    for path in unseen:
        _remove_file(root / "repo", path)
    for name, text in files.items():
        place = root / "home" / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, encoding="utf-8")
    return unseen


def _remove_file(folder: Path, path: str) -> None:
    """And the folders that hold nothing else."""
    (folder / path).unlink(missing_ok=True)
    with suppress(OSError):
        for above in (folder / path).relative_to(folder).parents:
            if above != Path():
                (folder / above).rmdir()


def is_left_out(path: str) -> bool:
    return is_secret_file(path) or not CLI_SETTINGS.isdisjoint(path.split("/"))


def remove_room(root: Path) -> None:
    """Whatever its agent left there, folders that nobody may read among it."""
    if os.path.lexists(root):
        remove_tree(root)
