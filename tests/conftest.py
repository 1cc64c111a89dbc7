"""Fixtures that make accidents impossible: no user config, no write to the home folder."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from fake_models.server import ModelServer, serving
from support.template_client import popen_with, start_template

if TYPE_CHECKING:
    from fake_github.world import GitHub


def pytest_addoption(parser: pytest.Parser) -> None:
    told = "start every command with an interpreter of its own, as a person does"
    parser.addoption("--real-start", action="store_true", help=told)


@pytest.fixture(autouse=True)
def quick_start(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """A command is forked from a process that has imported it: no test pays for imports."""
    real = request.config.getoption("real_start") or request.node.get_closest_marker("real_start")
    if not real:
        monkeypatch.setattr(subprocess, "Popen", popen_with(start_template))


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
    from fake_github.server import serving as github  # noqa: PLC0415 - the other tests start sooner

    with github() as server:
        yield server
