"""Which decisions of who begins a kind people have merged, and taken back again."""

from collections.abc import Iterator
from itertools import pairwise

from bot.config.repository import KindStart, parse_repo_config
from bot.config.tiers import DoingTier
from bot.errors import UserError
from bot.evaluation.promotion import Revert
from bot.git.repo import Repo
from runners.project import CONFIG

MAX_CHANGES = 200
"""So many changes of `.bricklayer.toml` are looked through, the newest first."""


def find_reverts(
    repo: Repo, commit: str, local: str, senior: str
) -> dict[tuple[str, DoingTier], Revert]:
    """Of decisions about these two models the newest commit on the branch that took each back."""
    found: dict[tuple[str, DoingTier], Revert] = {}
    for (revert, after), (_, before) in pairwise(_list_starts(repo, commit)):
        for kind, start in before.items():
            if (start.local, start.senior) == (local, senior) and after.get(kind) != start:
                found.setdefault((kind, start.tier), revert)
    return found


def _list_starts(repo: Repo, commit: str) -> Iterator[tuple[Revert, dict[str, KindStart]]]:
    """What each change of the file left it saying. One that cannot be read said nothing."""
    # By the first parents: what a branch said on its way was never decided.
    argv = ("log", "--first-parent", f"--max-count={MAX_CHANGES}", "--format=%H %ct", commit)
    for line in repo.read_output(*argv, "--", CONFIG).splitlines():
        sha, _, at = line.partition(" ")
        text = (repo.read_file(sha, CONFIG) or b"").decode(errors="replace")
        try:
            starts = dict(parse_repo_config(text).auto)
        except UserError:
            continue
        # Of the second in which it was committed the end: what ended within it may be older.
        yield Revert(sha, float(at) + 1), {str(kind): start for kind, start in starts.items()}
