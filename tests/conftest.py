"""Fixtures that make accidents impossible: no user config, no write to the home folder."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from model_server import ModelServer, serving

if TYPE_CHECKING:
    from github_server import GitHub


@pytest.fixture(autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Every test has its own empty home, no git config of the machine and no credentials."""
    home = tmp_path_factory.mktemp("home")
    for name in [n for n in os.environ if n.startswith(("GIT_", "BRICKLAYER_", "XDG_"))]:
        monkeypatch.delenv(name)
    for name in [n for n in os.environ if n.endswith(("_TOKEN", "_KEY", "_SECRET"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GIT_CONFIG_SYSTEM", os.devnull)
    for who in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{who}_NAME", "Test Person")
        monkeypatch.setenv(f"GIT_{who}_EMAIL", "test@example.com")
    return home


@pytest.fixture
def model_server() -> Iterator[ModelServer]:
    """A hosted model's stand-in: say what it answers by `acts` or `answer`."""
    with serving() as server:
        yield server


@pytest.fixture
def github() -> "Iterator[GitHub]":
    """GitHub's stand-in, with its API, its git and its webhooks."""
    from github_server import serving as github  # noqa: PLC0415 - the other tests start sooner

    with github() as server:
        yield server
