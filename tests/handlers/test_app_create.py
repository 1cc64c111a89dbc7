"""`bricklayer app create`: from the browser's click to a key on this machine."""

import html
import os
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests
from fake_github.world import GitHub
from support.machine import free_port, until
from support.project import BRICKLAYER


@contextmanager
def creating(room: Path, github: GitHub, port: int) -> "Iterator[subprocess.Popen[str]]":
    config = room / "bricklayer.toml"
    config.write_text(f'[github]\napi_url = "{github.api_url}"\n')
    env = {**os.environ, "BRICKLAYER_CONFIG": str(config)}
    argv = [BRICKLAYER, "app", "create", "--name", "brick-layer", "--port", str(port)]
    with subprocess.Popen(argv, env=env, stdout=subprocess.PIPE, text=True) as process:
        until(lambda: answers(port), lambda: "it never listened")
        yield process
        process.kill()


def answers(port: int) -> bool:
    try:
        return requests.get(f"http://127.0.0.1:{port}/", timeout=5).ok
    except requests.ConnectionError:
        return False


def test_a_click_makes_an_app_and_its_key_stays_here(github: GitHub, tmp_path: Path) -> None:
    """The manifest goes to GitHub, the code comes back, and nobody else may read what it gave."""
    port = free_port()
    with creating(tmp_path, github, port) as process:
        page = requests.get(f"http://127.0.0.1:{port}/", timeout=30).text
        action = html.unescape(re.findall(r'action="([^"]+)"', page)[0])
        manifest = html.unescape(re.findall(r'value="([^"]+)"', page)[0])
        done = requests.post(action, data={"manifest": manifest}, timeout=30)
        assert "back to the terminal" in done.text
        out, _ = process.communicate(timeout=60)
        assert process.returncode == 0
    key = tmp_path / "brick-layer.pem"
    assert "PRIVATE KEY" in key.read_text()
    secret = tmp_path / "brick-layer.webhook-secret"
    client_secret = tmp_path / "brick-layer.client-secret"
    files = (key, secret, client_secret)
    assert [oct(file.stat().st_mode & 0o777) for file in files] == ["0o600"] * 3
    app = github.apps["brick-layer"]
    assert f"app_id = {app.id}" in out
    assert key.read_text() not in out
    assert secret.read_text() not in out
    assert client_secret.read_text() not in out
    assert f'client_id = "{app.client_id}"' in out
    assert app.callback_urls == ["http://127.0.0.1:8471/sign-in/github/back"]


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("--hook", "notaurl"),
        ("--hook", "https://bot.example.com"),
        ("--hook", "ftp://x/webhook"),
        ("--name", ""),
        ("--name", "-x"),
    ],
)
def test_what_github_would_refuse_is_refused_before_a_page_opens(option: str, value: str) -> None:
    """Exit 2, the option with its value in quotes, and an example."""
    argv = [BRICKLAYER, "app", "create", option, value]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2, done.stdout
    assert f"{option} {value!r}: " in done.stderr
    assert f": {option} " in done.stderr.splitlines()[1]


def test_a_code_that_another_page_sent_is_not_taken(github: GitHub, tmp_path: Path) -> None:
    """Only the state that was begun here comes back."""
    port = free_port()
    with creating(tmp_path, github, port) as process:
        wrong = f"http://127.0.0.1:{port}/back?code=abc&state=guess"
        assert requests.get(wrong, timeout=30).status_code == 400
        assert process.poll() is None
    assert not list(tmp_path.glob("*.pem"))
