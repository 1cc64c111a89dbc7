"""A command that only reads loads nothing that it does not need: a person waits for its imports."""

import subprocess
import sys

import pytest

HEAVY = {"sqlalchemy", "dbos", "github", "fastapi", "uvicorn", "httpx", "pydantic_ai", "asyncio"}
COMMANDS = (
    "handlers.cli",
    "handlers.console",
    "handlers.map",
    "handlers.plan",
    "runners.project",
    "runners.build.load_plan",
    "runners.build.run",
    "runners.build.prompt_preview",
    "runners.planning.warnings",
    "runners.worker_process.main",
    "runners.edits",
)
LOADED = """\
import importlib, sys
for name in sys.argv[1:]:
    importlib.import_module(name)
    print(name, *sys.modules)
"""


@pytest.mark.slow
def test_no_database_server_or_client_is_loaded_before_it_is_used() -> None:
    """`check`, `map`, `context`, `plan`, `apply` and `run --dry-run` open none of them.

    One interpreter loads them one after the other: what all together leave out, each leaves out.
    """
    argv = [sys.executable, "-c", LOADED, *COMMANDS]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=60, check=True)
    lines = [line.split() for line in done.stdout.splitlines()]
    assert [command for command, *_ in lines] == list(COMMANDS)
    for command, *loaded in lines:
        assert not HEAVY & set(loaded), command
