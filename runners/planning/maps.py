"""The map of the repository as the planner meets it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

from bot.git import Repo
from bot.hidden import in_prose
from bot.tiers.tokens import estimate


class RepoMap(Protocol):
    """What is in a commit: the map for a text, and where a name is defined."""

    def map_text(self, query: str, tokens: int) -> str: ...

    def find(self, name: str) -> Sequence[tuple[str, int, int]]:
        """(path, first line, last line) of each definition; lines count from 1."""
        ...


@dataclass(frozen=True, slots=True)
class Listing:
    """The paths alone."""

    paths: tuple[str, ...]

    def map_text(self, query: str, tokens: int) -> str:  # noqa: ARG002  # it knows paths only
        kept: list[str] = []
        left = tokens
        for path in self.paths:
            left -= estimate(f"{path}\n")
            if left < 0:
                break
            kept.append(path)
        return "\n".join(kept)

    def find(self, name: str) -> Sequence[tuple[str, int, int]]:  # noqa: ARG002
        return ()


def open_map(repo: Repo, commit: str) -> RepoMap:
    return Listing(tuple(path for path in sorted(repo.entries(commit)) if not in_prose(path)))


def paths_in(map_: str, known: Collection[str]) -> frozenset[str]:
    """The files a map shows, each named at a line's beginning or by itself."""
    words = (line.strip().rstrip(":") for line in map_.split("\n"))
    return frozenset(word for line in words for word in (line, line.partition(":")[0])) & set(known)
