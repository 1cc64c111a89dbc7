"""`bricklayer doctor`: what is wrong, where, and what to do."""

import json
import os
import subprocess
from pathlib import Path

from fake_github.world import GitHub
from support.machine import MODELS, Machine, bank
from support.project import BRICKLAYER


def doctor(machine: Machine) -> tuple[int, str]:
    told = {**os.environ, "BRICKLAYER_CONFIG": str(machine.write())}
    argv = [BRICKLAYER, "doctor"]
    done = subprocess.run(argv, env=told, capture_output=True, text=True, timeout=100, check=False)
    return done.returncode, done.stdout + done.stderr


def test_all_is_well(github: GitHub, tmp_path: Path) -> None:
    """Exit 0, and each thing that was looked at is named."""
    bank(github)
    code, said = doctor(Machine(tmp_path, github, models=dict(MODELS)))
    assert code == 0, said
    for what in ("sandbox", "database", "tier local", "as bricklayer[bot]", "octocat/bank"):
        assert f"ok       {what}" in said or what in said, said
    assert "error  " not in said


def test_each_fault_comes_with_its_mend(github: GitHub, tmp_path: Path) -> None:
    """A config that is none, a model that is not there: exit 1, and every one of them is told."""
    bank(github, {".bricklayer.toml": "chekcs = 1\n"})
    machine = Machine(tmp_path, github, models=dict(MODELS))
    (tmp_path / "state").mkdir(0o700)
    (tmp_path / "state" / "halted").touch()
    machine.more = '[tiers.senior]\nmodels = ["llama-cpp:/nowhere.gguf"]\n'
    code, said = doctor(machine)
    assert code == 1
    assert "Did you mean checks?" in said
    assert "warning  this machine is halted" in said
    assert "error    tier senior: llama-cpp:/nowhere.gguf" in said


def test_a_key_that_others_may_read_is_bad(github: GitHub, tmp_path: Path) -> None:
    """Whoever reads it is the bot; the mend says how to close it."""
    bank(github)
    machine = Machine(tmp_path, github, models=dict(MODELS))
    machine.write()
    (tmp_path / "app.pem").chmod(0o640)
    code, said = doctor(machine)
    assert code == 1
    assert f"error    private key: others on this machine may read {tmp_path}/app.pem" in said
    assert f"chmod 600 {tmp_path}/app.pem" in said


def test_the_traps_of_actions_are_told_in_plain_words(github: GitHub, tmp_path: Path) -> None:
    """Its own token, pull requests that workflows may not open, six hours, a public repository."""
    bank(github)
    machine = Machine(tmp_path, github, models=dict(MODELS))
    config = machine.write()
    lines = [line for line in config.read_text().splitlines() if "app_id" not in line]
    lines = [line.replace("[github]", '[github]\nrepos = ["octocat/bank"]') for line in lines]
    config.write_text("\n".join(line for line in lines if "private_key" not in line))
    token = github.actions_token("octocat/bank")
    env = {**os.environ, "BRICKLAYER_CONFIG": str(config), "GITHUB_ACTIONS": "true"}
    env["BRICKLAYER_TOKEN"] = token
    argv = [BRICKLAYER, "doctor"]
    done = subprocess.run(argv, env=env, capture_output=True, text=True, timeout=100, check=False)
    for trap in (
        "pushes with the default GITHUB_TOKEN",
        "Allow GitHub Actions to create and approve pull requests",
        "ends after six hours",
        "a public repository with a self-hosted runner",
    ):
        assert trap in done.stdout, done.stdout + done.stderr
    assert token not in done.stdout + done.stderr


def test_as_data_with_settings_that_cannot_be_read(tmp_path: Path) -> None:
    """They are one error of several findings: the rest is looked at all the same."""
    settings = tmp_path / "bricklayer.toml"
    settings.write_text("[tiers.locl]\nmodels = []\n")
    (tmp_path / "repo").mkdir()
    env = {**os.environ, "BRICKLAYER_CONFIG": str(settings), "XDG_STATE_HOME": str(tmp_path)}
    argv = [BRICKLAYER, "doctor", "--json", "--repo", tmp_path / "repo"]
    done = subprocess.run(argv, env=env, capture_output=True, text=True, timeout=100, check=False)
    told = json.loads(done.stdout)
    assert done.returncode == 1
    signs = [one["sign"] for one in told["findings"]]
    assert told["errors"] == signs.count("error") == 1
    assert told["warnings"] == signs.count("warning")
    assert "tiers.locl" in told["findings"][0]["what"]
    assert any("not a git repository" in one["what"] for one in told["findings"])
