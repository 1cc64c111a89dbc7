"""The CLIs themselves do a task in the real sandbox, against a scripted model on loopback."""

import os
import shutil
from typing import Any

import pytest
from fake_models.server import ModelServer, ReceivedRequest, ScriptedAnswer
from support.project import Project

pytestmark = [pytest.mark.clis, pytest.mark.timeout(240)]
CLIS = ("claude", "codex", "opencode")
FOLDER = os.environ.get("BRICKLAYER_CLIS", "")
"""Read before a test's home takes the variables of this machine away."""
MEND = "sed -i 's/balance + amount/balance - amount/' bank.py && python3 -m unittest -q"
TASK = "### Task: mend\n- file: bank.py\n- check: test\n\nTake the amount off.\n"


@pytest.fixture(params=CLIS)
def cli(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Each real CLI in turn; skipped where it is not installed."""
    name = str(request.param)
    if FOLDER:
        monkeypatch.setenv("PATH", f"{FOLDER}:{os.environ['PATH']}")
    if shutil.which(name) is None:
        pytest.skip(f"{name} is not installed: npm install it, name its .bin in BRICKLAYER_CLIS")
    return name


def call_shell(asked: ReceivedRequest, command: str) -> ScriptedAnswer:
    """As a model asks for whichever tool of the CLI's runs a command."""
    forms: dict[str, dict[str, Any]] = {
        "Bash": {"command": command, "description": "x"},
        "bash": {"command": command, "description": "x"},
        "exec_command": {"cmd": command},
        "shell_command": {"command": command},
        "shell": {"command": ["sh", "-c", command]},
    }
    name = next(name for name in forms if name in asked.tool_names())
    return ScriptedAnswer(tool=(name, forms[name]))


def test_a_real_cli_does_a_task(cli: str, project: Project, model_server: ModelServer) -> None:
    """It changes the file with its own tools, and the checks that are run on it decide."""

    def answer(asked: ReceivedRequest) -> ScriptedAnswer:
        first = "balance + amount" not in str(asked.body) and len(model_server.requests) == 1
        return call_shell(asked, MEND) if first else ScriptedAnswer("Done.")

    model_server.choose_answer = answer
    (project.room / "bricklayer.toml").write_text(
        f'[tiers.local]\nmodels = ["agent:{cli}/scripted"]\nbase_url = "{model_server.url}"\n'
        "context = 65536\nretries = 0\n"
    )
    code, out = project.bricklayer("run", project.plan(TASK))
    assert code == 0, out
