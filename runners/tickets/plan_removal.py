"""Which commit took the plan's file off the job's branch: its message says so."""

from bot.git.commits import is_ancestor, list_commits
from bot.git.repo import Repo

REMOVED_TRAILER = "Bricklayer-Plan-Removed"


def find_removal(repo: Repo, base: str, head: str) -> str:
    """The commit on `base` that took the plan off; empty where `head` has none."""
    if not head or not is_ancestor(repo, base, head):
        return ""
    first = next(iter(list_commits(repo, base, head)), None)
    return first.sha if first and is_removal(first.message) else ""


def is_removal(message: str) -> bool:
    return f"\n{REMOVED_TRAILER}: " in message
