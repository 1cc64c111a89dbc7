"""What `bricklayer serve` says before it serves."""

import os
import re
import signal
import socket
import subprocess
from pathlib import Path

from fake_github.world import GitHub
from support.machine import Machine, free_port, until
from support.project import BRICKLAYER

from bot.config.machine import Settings


def serve(config: Path, log: Path, **env: str) -> "subprocess.Popen[bytes]":
    told = {**os.environ, "BRICKLAYER_CONFIG": str(config), "BRICKLAYER_WEBHOOK_SECRET": "w" * 32}
    with log.open("ab") as file:
        return subprocess.Popen(
            [BRICKLAYER, "serve"], env={**told, **env}, stdout=file, stderr=file
        )


def test_a_taken_port_is_told_before_anybody_hears_of_listening(
    github: GitHub, tmp_path: Path
) -> None:
    """Exit 2, the place, and the key that names another one."""
    log = tmp_path / "log"
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        config = Machine(tmp_path, github, port=port).write()
        assert serve(config, log).wait(60) == 2
    assert (
        f"127.0.0.1:{port}: the port is taken\n  Name another one in {config}: [github] port"
        in (log.read_text())
    )
    assert "listening" not in log.read_text()
    assert "Traceback" not in log.read_text()


def test_a_token_without_repositories_is_warned_of(github: GitHub, tmp_path: Path) -> None:
    """It listens, and says that nothing is watched and where to name what should be; also a halt."""
    github.person("octocat")
    log, config, port = tmp_path / "log", tmp_path / "bricklayer.toml", free_port()
    state = f'state_dir = "{tmp_path / "state"}"\n[github]\n'
    config.write_text(f'{state}api_url = "{github.api_url}"\nport = {port}\n')
    (tmp_path / "state").mkdir(0o700)
    (tmp_path / "state" / "halted").touch()
    server = serve(config, log, BRICKLAYER_TOKEN=github.token(github.person("octocat")))
    try:
        until(lambda: "listening" in log.read_text(), log.read_text)
        assert f"http://127.0.0.1:{port}/webhook" in log.read_text()
        assert "no repository is watched: only webhooks are answered" in log.read_text()
        assert f"Name some in {config}: [github] repos" in log.read_text()
        assert "this machine is halted" in log.read_text()
        server.send_signal(signal.SIGTERM)
        assert server.wait(60) == 0
    finally:
        server.kill()


def test_the_usual_port_is_no_model_servers() -> None:
    """The settings of the pages to start with, taken together: a machine on which both can listen."""
    folder = Path(__file__).parents[2] / "docs/start"
    pages = "".join(page.read_text() for page in sorted(folder.glob("*.md")))
    models = {int(port) for port in re.findall(r"base_url = \"http://127.0.0.1:(\d+)", pages)}
    assert models
    assert Settings().github.port not in models
    assert f"127.0.0.1:{Settings().github.port}" in pages
