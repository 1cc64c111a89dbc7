"""A command that only reads loads nothing that it does not need: a person waits for its imports."""

import subprocess
import sys

import pytest

HEAVY = {"sqlalchemy", "dbos", "github", "fastapi", "uvicorn", "httpx", "pydantic_ai", "asyncio"}
LOADED = "import importlib, sys; importlib.import_module(sys.argv[1]); print(*sys.modules)"


@pytest.mark.parametrize(
    "module",
    [
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
    ],
)
def test_no_database_server_or_client_is_loaded_before_it_is_used(module: str) -> None:
    """`check`, `map`, `context`, `plan`, `apply` and `run --dry-run` open none of them."""
    argv = [sys.executable, "-c", LOADED, module]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=60, check=True)
    assert not HEAVY & set(done.stdout.split())
