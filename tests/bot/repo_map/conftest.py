"""Maps of planted repositories, each test with a cache of its own, and a count of what is read."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from support.planted import Files, Mapped, plant

from bot.config.repository import MapConfig
from bot.git.repo import Repo
from bot.repo_map import BlobCache, Maps, RepoMap


@pytest.fixture
def maps(tmp_path: Path) -> Iterator[Maps]:
    kept = BlobCache(tmp_path / "cache")
    yield Maps(kept)
    kept.close()


@pytest.fixture
def mapped(tmp_path: Path, maps: Maps) -> Mapped:
    """The map of a new commit with these files."""

    def of(files: Files, config: MapConfig | None = None, branch: str = "main") -> RepoMap:
        return maps.map_of(plant(tmp_path / "repo", files, branch), branch, config)

    return of


@pytest.fixture
def read_shas(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every object whose content is asked of git, in order."""
    asked: list[str] = []
    real = Repo.read_blobs

    def spy(self: Repo, shas: Iterable[str]) -> dict[str, bytes]:
        shas = list(shas)
        asked.extend(shas)
        return real(self, shas)

    monkeypatch.setattr(Repo, "read_blobs", spy)
    return asked
