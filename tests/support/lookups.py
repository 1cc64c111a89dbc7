"""Where a planner's names are looked up, over files that a test gives."""

import subprocess
from collections.abc import Mapping
from pathlib import Path

from bot.config.repository import MapConfig
from bot.git.find_repo import open_repo
from bot.git.search import find_mentions
from bot.git.write_tree import write_tree
from runners.planning.repo_lookup import RepoLookup, open_map


def make_lookup(folder: Path, files: Mapping[str, bytes]) -> RepoLookup:
    """In a new repository at `folder`, with a tree that holds `files`."""
    subprocess.run(["git", "init", "-q", folder], check=True, timeout=30)
    repo = open_repo(folder)
    tree = write_tree(repo, repo.read_output("mktree"), files)
    return RepoLookup(
        open_map(repo, tree, MapConfig()),
        frozenset(files),
        lambda path: files.get(path),  # noqa: PLW0108
        lambda word: find_mentions(repo, tree, [word]),
    )
