"""The files of deploy/ fit each other, the program and the repository; no engine runs them here."""

import os
import re
import shutil
import subprocess
from configparser import RawConfigParser
from pathlib import Path
from typing import Any

import pytest
import yaml
from support.installed import ROOT

from bot.config.machine import parse_settings
from handlers.cli import app

DEPLOY = ROOT / "deploy"
CONTAINERFILE = (DEPLOY / "Containerfile").read_text()
UNITS = sorted(path for path in DEPLOY.rglob("*.service"))
# Each of them takes something from bubblewrap; bricklayer.service says what.
HARMFUL = {
    *("RestrictNamespaces", "SystemCallFilter", "ProtectHostname", "ProtectKernelTunables"),
    *("ProtectKernelLogs", "ProtectProc", "ProcSubset", "ProtectControlGroups", "PrivateDevices"),
    *("ProtectClock", "MemoryDenyWriteExecute", "RestrictAddressFamilies", "DevicePolicy"),
}


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    return yaml.safe_load((DEPLOY / "compose.yaml").read_text())


def read_unit(path: Path) -> dict[str, list[str]]:
    """The values of each key of [Service]; a key may stand there more than once."""
    service = re.sub(r"\\\n\s*", "", path.read_text()).partition("[Service]")[2]
    found: dict[str, list[str]] = {}
    for key, value in re.findall(r"^(\w+)=(.*)$", service.partition("\n[")[0], re.MULTILINE):
        found.setdefault(key, []).append(value)
    return found


def test_what_the_image_copies_is_in_the_repository_and_in_its_context() -> None:
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    for words in re.findall(r"^COPY (?!--from)(.+)$", CONTAINERFILE, re.MULTILINE):
        for source in [word for word in words.split()[:-1] if not word.startswith("--")]:
            assert (ROOT / source).exists(), source
            assert f"!{source}" in ignored, source


def test_the_image_runs_as_a_user_without_rights_with_the_uv_of_the_makefile() -> None:
    last = CONTAINERFILE.rpartition("\nFROM ")[2]
    assert re.search(r"^USER bricklayer$", last, re.MULTILINE)
    uv = re.search(r"uv==[\d.]+", (ROOT / "Makefile").read_text())
    assert uv
    assert uv[0] in CONTAINERFILE
    assert re.search(r"\bbubblewrap\b.*\bgit\b.*\bslirp4netns\b.*\btini\b", last, re.DOTALL)


def test_the_container_has_a_sandbox_and_no_more(compose: dict[str, Any]) -> None:
    """What bubblewrap needs is opened, and nothing is given that it does not need."""
    service = compose["services"]["bricklayer"]
    options = dict(re.split(r"[=:]", each, maxsplit=1) for each in service["security_opt"])
    assert options.pop("seccomp") == "./seccomp.json"
    assert options == {
        "no-new-privileges": "true",
        "apparmor": "unconfined",
        "systempaths": "unconfined",
    }
    assert service["cap_drop"] == ["ALL"]
    assert not {"privileged", "cap_add", "pid", "network_mode", "userns_mode"} & set(service)
    assert all("docker.sock" not in volume for volume in service["volumes"])
    assert all(port.startswith("127.0.0.1:") for port in service["ports"])


def test_every_secret_is_a_file_and_reaches_only_who_needs_it(compose: dict[str, Any]) -> None:
    for service in compose["services"].values():
        given = {f"/run/secrets/{name}" for name in service["secrets"]}
        named = {v for v in service["environment"].values() if v.startswith("/run/secrets/")}
        assert named <= given
        assert not any("SECRET" in k and not k.endswith("_FILE") for k in service["environment"])
        assert set(service["secrets"]) <= set(compose["secrets"])
        assert service["healthcheck"]["test"][0] == "CMD"


def test_the_containers_settings_are_settings(compose: dict[str, Any]) -> None:
    """And name the database and the secret as the compose file has them."""
    settings = parse_settings((DEPLOY / "bricklayer.container.toml").read_text())
    assert settings.database_url == "postgresql://bricklayer@database/bricklayer"
    assert settings.github.private_key_file == "/run/secrets/app_key"
    assert settings.github.host == "0.0.0.0"  # noqa: S104  # within the container
    assert f":{settings.github.port}" in str(compose["services"]["bricklayer"]["healthcheck"])


@pytest.mark.parametrize(
    ("mode", "says"), [(0o444, "one two\n"), (0o000, "cannot be read by user")], ids=["read", "not"]
)
def test_a_secrets_file_becomes_its_variable_or_the_start_ends(
    tmp_path: Path, mode: int, says: str
) -> None:
    """Files elsewhere stay what they are: SSL_CERT_FILE names certificates."""
    if mode == 0 and os.geteuid() == 0:
        pytest.skip("root reads every file")
    secret, program = tmp_path / "secret", tmp_path / "bricklayer"
    secret.write_text("one two")
    secret.chmod(mode)
    program.write_text('#!/bin/sh\necho "$KEY"; echo "$SSL_CERT_FILE$KEY_FILE" >&2\n')
    program.chmod(0o755)
    script = (DEPLOY / "container-entrypoint").read_text().replace("/run/secrets/", f"{tmp_path}/")
    env = {
        "PATH": f"{tmp_path}:/usr/bin:/bin",
        "KEY_FILE": str(secret),
        "SSL_CERT_FILE": "/etc/certificates",
    }
    done = subprocess.run(
        ["sh", "-c", script, "sh", "serve"], env=env, capture_output=True, text=True, timeout=30,
        check=False,
    )  # fmt: skip
    assert says in done.stdout + done.stderr
    if mode:
        assert done.stderr == "/etc/certificates\n"


@pytest.mark.parametrize("path", UNITS, ids=lambda path: str(path.relative_to(DEPLOY)))
def test_units_are_valid_and_leave_bubblewrap_what_it_needs(path: Path) -> None:
    unit = read_unit(path)
    if "bricklayer" in path.name:
        assert not HARMFUL & set(unit)
        command = unit["ExecStart"][0].split()
        assert command[0].endswith("/bin/bricklayer")
        assert command[1] in {
            each.name or each.callback.__name__ for each in app.registered_commands if each.callback
        }
    if command := shutil.which("systemd-analyze"):
        argv = [command, "verify", "--man=no", str(path)]
        said = subprocess.run(argv, capture_output=True, text=True, timeout=60, check=False).stderr
        faults = [
            line for line in said.splitlines() if not line.endswith("No such file or directory")
        ]
        assert not faults


def test_the_servers_have_control_groups_for_their_checks() -> None:
    for name in ("systemd/bricklayer.service", "systemd/user/bricklayer.service"):
        unit = read_unit(DEPLOY / name)
        assert set(unit["Delegate"][0].split()) == {"memory", "pids"}
        assert unit["RestartPreventExitStatus"] == ["2"]


def test_the_timer_starts_a_service_that_is_there() -> None:
    for timer in DEPLOY.rglob("*.timer"):
        parser = RawConfigParser()
        parser.read(timer)
        assert parser["Timer"]["oncalendar"]
        assert timer.with_suffix(".service").is_file()
