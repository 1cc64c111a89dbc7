"""Fixtures that make accidents impossible: no user config, no write to the home folder."""

import gc
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings
from support.template_client import popen_with, start_template

if TYPE_CHECKING:
    from fake_github.world import GitHub
    from fake_models.server import ModelServer

# The same examples each time; `make test-all` asks for more of them, with --hypothesis-profile=full.
settings.register_profile("fast", derandomize=True, deadline=None, max_examples=20)
settings.register_profile("full", derandomize=True, deadline=None, max_examples=400)
settings.load_profile("fast")
SLOWEST = ("stories", "runners/tickets", "handlers")
"""Folders whose tests wait most: they begin first, so that none is waited for at the end."""


def pytest_addoption(parser: pytest.Parser) -> None:
    told = "start every command with an interpreter of its own, as a person does"
    parser.addoption("--real-start", action="store_true", help=told)


def pytest_sessionstart() -> None:
    """What is collected lives until the end: it is not searched for garbage, now or later."""
    gc.disable()


def pytest_collection_finish() -> None:
    gc.freeze()
    gc.enable()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Workers take tests from the front: `pytest -n 3 --dist worksteal`."""
    here = Path(__file__).parent

    def place(item: pytest.Item) -> int:
        path = item.path.relative_to(here).as_posix()
        return next(
            (n for n, folder in enumerate(SLOWEST) if path.startswith(folder)), len(SLOWEST)
        )

    items.sort(key=place)


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
    # No authority is trusted, and none is read, which takes 16 ms for each client that is made.
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    monkeypatch.setenv("SSL_CERT_DIR", str(home))
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GIT_CONFIG_SYSTEM", os.devnull)
    for who in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{who}_NAME", "Test Person")
        monkeypatch.setenv(f"GIT_{who}_EMAIL", "test@example.com")
    return home


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The URL of a real server of its own."""
    from support.postgres import open_postgres  # noqa: PLC0415 - the other tests start sooner

    with open_postgres() as server:
        yield server.get_uri()


@pytest.fixture
def model_server() -> "Iterator[ModelServer]":
    """A hosted model's stand-in: say what it answers by `acts` or `answer`."""
    from fake_models.server import serve_models  # noqa: PLC0415 - the other tests start sooner

    with serve_models() as server:
        yield server


@pytest.fixture
def github(monkeypatch: pytest.MonkeyPatch) -> "Iterator[GitHub]":
    """GitHub's stand-in, with its API, its git and its webhooks."""
    from fake_github.apps import prepare_key_once  # noqa: PLC0415 - the other tests start sooner
    from fake_github.server import serving as github  # noqa: PLC0415 - the other tests start sooner

    monkeypatch.setattr("jwt.algorithms.RSAAlgorithm.prepare_key", prepare_key_once)
    with github() as server:
        yield server
