"""An agent that tries everything, in the real sandbox: each thing it tries must fail."""

import json
import os
import re
import shutil
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from fake_models.server import ModelServer, serve_models
from support import hostile_agent
from support.agent_proxy import KEY, NotedMeter

from bot.config.repository import SandboxLimits
from bot.config.tiers import AgentLimits, TierSettings
from bot.models.agent_cli.agent_model import AgentModel
from bot.models.spec import parse_spec
from runners.agents.call_account import CallAccount
from runners.agents.read_work import read_work
from runners.agents.run_agent import AgentRun, run_agent
from runners.sandbox.bubblewrap import Bubblewrap
from runners.sandbox.probe import find_bubblewrap
from runners.sandbox.shown_tools import choose_shown_tools

pytestmark = pytest.mark.skipif(shutil.which("bwrap") is None, reason="bubblewrap is not installed")
JEWELS = "the crown jewels"


@dataclass
class HostileMachine:
    """A machine with something to find, and a script in the place of `opencode`."""

    folder: Path
    server: ModelServer
    limits: AgentLimits = field(default_factory=AgentLimits)
    disk: int = 2048

    @property
    def room(self) -> Path:
        return self.folder / "room"

    def run(self, task: dict[str, Any]) -> AgentRun:
        shutil.rmtree(self.room, ignore_errors=True)
        for name in ("repo", "home", "empty"):
            (self.room / name).mkdir(parents=True)
        (self.room / "repo" / "bank.py").write_text("x = 1\n")
        kind = "agent:opencode/scripted"
        tier = TierSettings(
            models=(kind,),
            base_url=self.server.url,
            context=65536,
            agent=self.limits,
            api_key_env="MODEL_KEY",
        )
        model = AgentModel(parse_spec(kind), tier)
        limits = SandboxLimits(disk=self.disk)
        box = Bubblewrap(find_bubblewrap(), limits, {}, choose_shown_tools())
        account = CallAccount(NotedMeter(), "local", tier, kind, self.limits.tokens)
        return run_agent(model, tier, box, self.room, json.dumps(task), account, lambda *_: "")


def make_machine(folder: Path, server: ModelServer, patch: pytest.MonkeyPatch) -> HostileMachine:
    """With `opencode` a script: whatever the CLI is, its sandbox is the same."""
    program = folder / "bin" / "opencode"
    program.parent.mkdir(parents=True)
    shutil.copyfile(hostile_agent.__file__, program)
    program.chmod(0o755)
    patch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    patch.setenv("MODEL_KEY", KEY)
    return HostileMachine(folder, server)


@dataclass
class Findings:
    tried: dict[str, Any]
    outside: Path
    server: ModelServer

    def of(self, prefix: str) -> dict[str, Any]:
        return {name: each for name, each in self.tried.items() if name.startswith(prefix)}


@pytest.fixture(scope="module")
def findings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Findings]:
    """What one run of it found, which each test looks at a part of."""
    folder = tmp_path_factory.mktemp("hostile")
    home, state = folder / "owner", folder / "state"
    files = [home / ".ssh" / "id_ed25519", home / ".claude" / ".credentials.json", state / "db"]
    for path in files:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(JEWELS)
    with ExitStack() as stack:
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        server = stack.enter_context(serve_models())
        listening = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        abstract = stack.enter_context(socket.socket(socket.AF_UNIX))
        abstract.bind(f"\0bricklayer-test-{os.getpid()}")
        abstract.listen()
        machine = make_machine(folder, server, patch)
        port = listening.getsockname()[1]
        model_port = int(re.search(r":(\d+)/", server.url)[1])  # type: ignore[index]
        (machine.room / "repo").mkdir(parents=True)
        task = {
            "probe": True,
            "files": [*map(str, files), "/etc/shadow", "/root/.bashrc", str(folder / "bin")],
            "unwritable": ["/etc/x", "/usr/x", "/x", "/opt/bricklayer/opencode", str(folder / "y")],
            "servers": [
                ["127.0.0.1", port],
                ["127.0.0.1", model_port],
                ["169.254.169.254", 80],
                ["10.0.2.2", 80],
                ["8.8.8.8", 53],
            ],
            "abstract": [f"bricklayer-test-{os.getpid()}", "/run/.X11-unix/X0"],
            "acts": ["open('/box/repo/found.json', 'w').write(json.dumps(found, default=str))"],
        }
        machine.run(task)
        yield Findings(read_found(machine), folder, server)


def read_found(machine: HostileMachine) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((machine.room / "repo" / "found.json").read_text())
    return found


def has_failed(tried: object) -> bool:
    return isinstance(tried, str) and tried.startswith("failed: ")


def test_it_asked_its_model(findings: Findings) -> None:
    """So that what follows is about an agent that works."""
    assert "200" in findings.tried["answer"].splitlines()[0]


def test_it_reads_no_key_login_or_state_of_the_machine(findings: Findings) -> None:
    reads = findings.of("read ")
    assert len(reads) == 6
    assert all(map(has_failed, reads.values())), reads
    assert JEWELS not in str(findings.tried)


def test_no_environment_within_has_the_key(findings: Findings) -> None:
    """Nor has /proc of any process that it sees, the first one included."""
    seen = findings.tried["environments"]
    assert len(seen) > 1
    assert KEY not in str(findings.tried)
    assert "MODEL_KEY" not in str(findings.tried)


def test_it_sees_no_process_of_the_machine(findings: Findings) -> None:
    assert f"/proc/{os.getpid()}" not in findings.tried["processes"]
    assert len(findings.tried["processes"]) < 12


def test_it_writes_nowhere_but_in_its_room(findings: Findings) -> None:
    writes = findings.of("write ")
    assert len(writes) == 5
    assert all(map(has_failed, writes.values())), writes


def test_it_reaches_no_server(findings: Findings) -> None:
    """Neither one on this machine's loopback, the model's own among them, nor any other."""
    tried = findings.of("connect ")
    assert len(tried) == 5
    assert all(map(has_failed, tried.values())), tried
    assert findings.tried["interfaces"] == ["lo"]


def test_it_reaches_no_abstract_socket(findings: Findings) -> None:
    tried = findings.of("abstract ")
    assert len(tried) == 2
    assert all(map(has_failed, tried.values())), tried


@pytest.mark.parametrize("what", ["resolve", "udp"])
def test_it_asks_no_name_server(findings: Findings, what: str) -> None:
    assert has_failed(findings.tried[what])


@pytest.mark.parametrize("what", ["other path", "other host", "tunnel", "other model"])
def test_the_proxy_leads_nowhere_else(findings: Findings, what: str) -> None:
    assert " 403 " in findings.tried[what].splitlines()[0]
    assert all(asked.path == "/v1/chat/completions" for asked in findings.server.requests)
    assert all(asked.body["model"] == "scripted" for asked in findings.server.requests)


@pytest.mark.parametrize("what", ["socket replaced", "mount", "namespace"])
def test_it_changes_nothing_of_its_sandbox(findings: Findings, what: str) -> None:
    assert has_failed(findings.tried[what])


def test_its_home_is_empty_but_for_ours(findings: Findings) -> None:
    assert findings.tried["home"] == []


@pytest.fixture
def machine(
    tmp_path: Path, model_server: ModelServer, monkeypatch: pytest.MonkeyPatch
) -> HostileMachine:
    return make_machine(tmp_path, model_server, monkeypatch)


@pytest.mark.slow
def test_no_process_outlives_it(machine: HostileMachine) -> None:
    """What it left in the background is gone once its own end is told."""
    machine.run({"acts": ["escape_by_background()"]})
    alive = machine.room / "repo" / "alive"
    size = alive.stat().st_size if alive.exists() else 0
    time.sleep(1.3)
    assert (alive.stat().st_size if alive.exists() else 0) == size


@pytest.mark.slow
def test_at_its_time_it_is_ended_with_all_it_started(machine: HostileMachine) -> None:
    machine.limits = AgentLimits(seconds=2)
    began = time.monotonic()
    ended = machine.run({"acts": ["escape_by_background()", "import time; time.sleep(60)"]})
    assert time.monotonic() - began < 30
    assert "seconds" in ended.limit


@pytest.mark.slow
def test_at_its_tokens_it_is_ended(machine: HostileMachine) -> None:
    """Though it asks on and on, and heeds no answer."""
    machine.limits = AgentLimits(tokens=5000)
    ask = "ask_json('/v1/chat/completions', {'model': 'scripted', 'messages': []})"
    ended = machine.run({"acts": [f"while True: {ask}"]})
    assert ended.limit == "its limit of 5,000 tokens"
    assert len(machine.server.requests) < 10


@pytest.mark.slow
def test_at_its_disk_it_is_ended(machine: HostileMachine) -> None:
    machine.disk = 8
    act = "import time\nf = open('/box/repo/big', 'wb')\nwhile True: f.write(b'a' * (1 << 20)); f.flush(); time.sleep(.01)"
    assert machine.run({"acts": [act]}).limit == "its limit of disk space"


@pytest.mark.slow
def test_links_it_leaves_are_not_followed(machine: HostileMachine) -> None:
    """Nor is a pipe waited at, or a hook run."""
    machine.run({"acts": ["leave_links('.')"]})
    folder = machine.room / "repo"
    assert folder.joinpath("bank.py").is_symlink()
    work = read_work(folder, {}, {"bank.py", "pipe", "root/etc/passwd"})
    assert work.files == {}
    assert len(work.refused) == 4
    assert "root:" not in str(work)


@pytest.mark.slow
def test_it_makes_no_device(machine: HostileMachine) -> None:
    make = "try_all({'disk': lambda: os.mknod('d', 0o600 | stat.S_IFBLK, 0x801)})"
    machine.run({"acts": [f"import stat; {make}"]})
    assert not (machine.room / "repo" / "d").exists()
