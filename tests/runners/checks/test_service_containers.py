"""Where checks run in an image, a service may be a container of its own in the same network."""

import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from bot.config.machine import Settings
from bot.config.repository import parse_repo_config
from bot.errors import UserError
from bot.plan import Check
from runners.checks.check import run_check
from runners.checks.verdict import Verdict
from runners.sandbox import open_sandbox

# An engine that runs checks here, and of services only knows whether they are up and ready.
ENGINE = """#!{python}
import json, os, sys
args = sys.argv[1:]
with open({log!r}, "a") as log:
    log.write(json.dumps(args) + "\\n")
asked = args[0]
if asked == "run" and "--detach" in args:
    sys.exit({start})
if asked == "run":
    env = dict(v.split("=", 1) for o, v in zip(args, args[1:]) if o == "--env")
    print("bricklayer-x ready".replace("bricklayer-x", args[args.index("--name") + 1]))
    sys.stdout.flush()
    at = args.index("check:1")
    os.execve("/bin/sh", ["/bin/sh", "-c", args[-1]], env | {{"PATH": os.environ["PATH"]}})
if asked == "exec":
    sys.exit({ready})
if asked == "inspect":
    print({running!r})
if asked == "logs":
    print("FATAL: no space left")
"""
CONFIG = """
image = "check:1"
[services.postgres]
image = "postgres:16"
timeout = 1
env = { PGDATABASE = "app_test" }
[services.cache]
kind = "redis"
image = "redis:7"
[checks.it]
run = "echo $DATABASE_URL $REDIS_URL"
[checks.alone]
run = "echo ${DATABASE_URL:-none}"
services = []
"""


class Engine:
    def __init__(self, folder: Path) -> None:
        self.folder, self.log = folder, folder / "log"

    def install(self, start: int = 0, ready: int = 0, running: str = "true") -> None:
        program = self.folder / "docker"
        told = {"python": sys.executable, "log": str(self.log), "running": running}
        program.write_text(ENGINE.format(**told, start=start, ready=ready))
        program.chmod(0o755)

    def calls(self, asked: str) -> list[list[str]]:
        calls = [json.loads(line) for line in self.log.read_text().splitlines()]
        return [call for call in calls if call[0] == asked]


@pytest.fixture
def engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Engine:
    (tmp_path / "engine").mkdir()
    monkeypatch.setenv("PATH", f"{tmp_path}/engine:{os.environ['PATH']}")
    return Engine(tmp_path / "engine")


def judge(tmp_path: Path, config: str = CONFIG, name: str = "it") -> Verdict:
    parsed = parse_repo_config(config)
    (tmp_path / "tree").mkdir(exist_ok=True)
    sandbox = open_sandbox(Settings(sandbox="docker"), parsed)
    return run_check(Check("run", name), parsed, tmp_path / "tree", sandbox)


def test_they_share_one_network_in_which_nothing_else_is(engine: Engine, tmp_path: Path) -> None:
    """The first one has none of its own, and the other and the check are put into that."""
    engine.install()
    judge(tmp_path)
    first, second, check = engine.calls("run")
    name = first[first.index("--name") + 1]
    networks = [call[call.index("--network") + 1] for call in (first, second, check)]
    assert networks == ["none", f"container:{name}", f"container:{name}"]
    assert "--hostname" not in check
    assert "POSTGRES_DB=app_test" in first
    assert first[-1] == "postgres:16"
    words = " ".join(check)
    assert "export PGDATABASE=app_test" in words
    assert "export REDIS_URL=redis://127.0.0.1:6379/0" in words
    removed = [call[-1] for call in engine.calls("rm")]
    assert sorted(removed) == sorted(call[call.index("--name") + 1] for call in (first, second))


def test_a_check_that_needs_none_has_no_network_of_theirs(engine: Engine, tmp_path: Path) -> None:
    engine.install()
    judge(tmp_path, name="alone")
    (check,) = engine.calls("run")
    assert check[check.index("--network") + 1] == "none"


@pytest.mark.parametrize(
    ("answers", "why"),
    [
        ({"start": 125}, "does not start"),
        ({"ready": 1, "running": "false"}, "ended"),
        ({"ready": 1}, "was not ready within 1 s"),
    ],
)
@pytest.mark.slow
def test_one_that_cannot_be_had_is_no_model_s_fault(
    engine: Engine, tmp_path: Path, answers: dict[str, Any], why: str
) -> None:
    """The check is not run; the log is shown; and nothing of it is left."""
    engine.install(**answers)
    verdict = judge(tmp_path)
    assert (verdict.passed, verdict.ran) == (False, False)
    assert verdict.why == f"the service postgres {why}"
    assert "start" in answers or "FATAL: no space left" in verdict.output
    assert len(engine.calls("rm")) == 1
    assert len(engine.calls("run")) == 1


def test_where_checks_run_in_no_container_it_is_refused(tmp_path: Path) -> None:
    """Rather than started from something else than the image that is named."""
    parsed = parse_repo_config(CONFIG.replace('image = "check:1"', ""))
    sandbox = open_sandbox(Settings(), parsed)
    with pytest.raises(UserError, match="checks run in no container"):
        run_check(Check("run", "it"), parsed, tmp_path, sandbox)
