"""A decision that people took back is found in the history of `.bricklayer.toml`."""

from pathlib import Path

from bot.config.repository import KindStart
from bot.git.command import BRICKLAYER
from bot.git.commits import commit_parents
from bot.git.repo import Repo, make_bare
from bot.git.write_tree import write_tree
from runners.promotion.find_reverts import find_reverts
from runners.promotion.write_starts import format_start

EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
LOCAL = format_start("fix", KindStart(tier="local", local="a", senior="b"))
SENIOR = format_start("fix", KindStart(tier="senior", local="a", senior="b"))
OTHER = format_start("fix", KindStart(tier="local", local="new", senior="b"))


def commit(repo: Repo, *texts: str) -> list[str]:
    """A line of commits, of which each leaves the file with that text."""
    made: list[str] = []
    for at, text in enumerate(texts):
        tree = write_tree(repo, EMPTY_TREE, {".bricklayer.toml": text.encode()})
        made.append(commit_parents(repo, tree, tuple(made[-1:]), f"{at}\n", BRICKLAYER))
    return made


def find(repo: Repo, head: str) -> dict[tuple[str, str], str]:
    """By kind and tier the commit."""
    return {key: found.commit for key, found in find_reverts(repo, head, "a", "b").items()}


def test_only_what_was_decided_for_these_models_and_is_gone_was_taken_back(tmp_path: Path) -> None:
    repo = make_bare(tmp_path / "bank.git")
    made = commit(repo, "", LOCAL, "", "[auto", LOCAL, f"# Why.\n{LOCAL}", SENIOR, OTHER, "")
    taken = {at: find(repo, made[at]) for at in range(len(made))}
    assert taken[1] == {}
    assert taken[2] == taken[5] == {("fix", "local"): made[2]}
    assert taken[6] == {("fix", "local"): made[6]}
    assert taken[8] == {("fix", "local"): made[6], ("fix", "senior"): made[7]}
