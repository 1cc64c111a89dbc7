"""What a repository tells agents about itself: the `AGENTS.md` of a commit, nearest first.

https://agents.md: "the closest AGENTS.md to the edited file wins". Where there is none, the files
that other tools read for the same purpose stand in for it.
"""

import functools
from collections.abc import Collection, Iterator

from bot.git.repo import Repo
from bot.models.token_estimate import estimate_tokens
from bot.text.visible_markdown import visible_markdown

AGENTS = "AGENTS.md"
STAND_INS = ("CLAUDE.md", ".github/copilot-instructions.md")
MAX_FILE_BYTES = 64 << 10
"""A larger one is no guidance for a prompt, and is left out."""
TASK_TOKENS, PLANNER_TOKENS = 600, 1500
"""What guidance may take of a prompt, all files together."""
Guidance = tuple[tuple[str, str], ...]
"""Paths, each with what is shown of it."""


def select_guidance(
    repo: Repo, commit: str, paths: Collection[str], max_tokens: int = TASK_TOKENS
) -> Guidance:
    """For these paths, as the commit has it; what is left out is said where it was."""
    named = [path for path in _list_candidates(paths) if _read_visible(repo, commit, path)]
    named = named or [path for path in STAND_INS if _read_visible(repo, commit, path)][:1]
    shown: list[tuple[str, str]] = []
    for path in named:
        text = _cut(path, _read_visible(repo, commit, path), max_tokens)
        max_tokens -= estimate_tokens(text)
        shown += [(path, text)] if text else []
    return tuple(shown)


def _list_candidates(paths: Collection[str]) -> list[str]:
    """Deepest first, so that the nearest is shown whole before its parents."""
    folders = {folder for path in paths for folder in _list_folders(path)} | {""}
    ordered = sorted(folders, key=lambda folder: (-len(folder.split("/")) if folder else 0, folder))
    return [f"{folder}/{AGENTS}" if folder else AGENTS for folder in ordered]


def _list_folders(path: str) -> Iterator[str]:
    while "/" in path:
        path = path.rpartition("/")[0]
        yield path


# A commit never changes what it holds: https://git-scm.com/book/en/v2/Git-Internals-Git-Objects
@functools.lru_cache(maxsize=256)
def _read_visible(repo: Repo, commit: str, path: str) -> str:
    """As its page shows it: what nobody sees there, no model is told either."""
    raw = repo.read_file(commit, path) or b""
    if len(raw) > MAX_FILE_BYTES:
        return ""
    text = raw.decode(errors="replace").replace("\r\n", "\n").replace("\r", "\n")
    return visible_markdown(text).strip()


def _cut(path: str, text: str, max_tokens: int) -> str:
    """As many whole lines as fit, and how many do not; empty where none does."""
    if estimate_tokens(text) <= max_tokens:
        return text
    lines = text.split("\n")
    left = max_tokens - estimate_tokens(_tell_rest(len(lines), path))
    kept = 0
    for line in lines:
        left -= estimate_tokens(line) + 1
        if left < 0:
            break
        kept += 1
    shown = "\n".join(lines[:kept]).strip()
    return f"{shown}\n{_tell_rest(len(lines) - kept, path)}" if shown else ""


def _tell_rest(count: int, path: str) -> str:
    return f"({count} more lines of {path} are left out here)"
