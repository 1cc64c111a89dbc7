"""What of a person's home checks may use: the toolchains that are named, and no more."""

import subprocess
import sys
from pathlib import Path

import pytest

from bot.config.machine import Settings
from bot.config.repository import RepoConfig
from bot.errors import UserError
from runners.sandbox import open_sandbox
from runners.sandbox.shown_tools import CREDENTIAL_FILES, choose_shown_tools


def make_command(path: Path, text: str = "echo hello") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


def run_line(line: str, tmp_path: Path, *named: str) -> str:
    (tmp_path / "tree").mkdir(exist_ok=True)
    sandbox = open_sandbox(Settings(toolchains=named), RepoConfig())
    return sandbox.run(["sh", "-c", line], checkout=tmp_path / "tree", timeout=20).output


@pytest.fixture
def rustup(home: Path) -> Path:
    """A home as rustup leaves it, with a token that cargo keeps beside its commands."""
    make_command(home / ".cargo/bin/cargo", 'echo "cargo of $RUSTUP_HOME"; cat "$RUSTUP_HOME"/*')
    (home / ".cargo/credentials.toml").write_text('token = "cargo-secret"\n')
    (home / ".rustup/toolchains/stable-x86_64/bin").mkdir(parents=True)
    (home / ".rustup/settings.toml").write_text('default_toolchain = "stable-x86_64"\n')
    (home / ".npmrc").write_text("token=npm-secret\n")
    return home


def test_a_named_toolchain_is_on_path_and_read_only(tmp_path: Path) -> None:
    """A folder `toolchains` names is found by checks, and cannot be written by them."""
    kept = make_command(tmp_path / "kit/bin/hello")
    assert run_line(f"hello; echo > {kept}", tmp_path, str(tmp_path / "kit")).startswith("hello\n")
    assert "hello" in kept.read_text()


@pytest.mark.parametrize("named", [("rust",), ("~/.cargo",), ("~/.cargo", "~/.rustup")])
def test_one_line_brings_all_that_a_toolchain_needs(
    rustup: Path, tmp_path: Path, named: tuple[str, ...]
) -> None:
    """Its commands, its own folders and its variables, whether by name or by a folder of it."""
    out = run_line("cargo", tmp_path, *named)
    assert out.startswith(f"cargo of {rustup}/.rustup\ndefault_toolchain")


@pytest.mark.parametrize("named", ["rust", "~/.cargo"])
def test_no_credentials_come_along(rustup: Path, tmp_path: Path, named: str) -> None:
    """Neither those beside the commands nor those elsewhere at home."""
    out = run_line(f"grep -rs secret {rustup}; echo end", tmp_path, named)
    assert out == "end\n"


def test_credentials_below_a_named_folder_are_empty(tmp_path: Path) -> None:
    """Whatever a tool calls the file in which it keeps them."""
    kit = make_command(tmp_path / "kit/bin/hello").parent.parent
    for name in CREDENTIAL_FILES:
        (kit / name).parent.mkdir(exist_ok=True)
        (kit / name).write_text("secret")
    line = f"grep -r secret {kit}; cat {kit}/credentials {kit}/etc/npmrc; hello"
    assert run_line(line, tmp_path, str(kit)) == "hello\n"


def test_a_single_command_brings_nothing_from_beside_it(home: Path, tmp_path: Path) -> None:
    """~/.local/bin holds many: only the one that is named is there."""
    make_command(home / ".local/bin/just")
    make_command(home / ".local/bin/other")
    line = "just; command -v other || echo none"
    assert run_line(line, tmp_path, "~/.local/bin/just") == "hello\nnone\n"
    assert run_line(line, tmp_path, "just") == "hello\nnone\n"


@pytest.mark.parametrize(
    "name",
    ["/", "~", "/etc", "/proc", "./no-such-folder", "~/.config", "~/.ssh", "~/.local/share", "/home"],
)  # fmt: skip
def test_a_folder_too_wide_is_refused(name: str, home: Path) -> None:
    """Home, root, the system's own folders and those of keys are no toolchain."""
    for folder in (".config", ".ssh", ".local/share"):
        (home / folder).mkdir(parents=True)
    with pytest.raises(UserError, match="cannot be shown"):
        choose_shown_tools((name,))


@pytest.mark.usefixtures("rustup")
@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("rus", "Did you mean rust?"),
        ("rust@nightly", "There are: stable-x86_64."),
        ("erlang", "Found here: rust"),
    ],
)
def test_a_toolchain_that_is_not_there_is_said_with_those_that_are(name: str, hint: str) -> None:
    with pytest.raises(UserError) as refused:
        choose_shown_tools((name,))
    assert hint in str(refused.value.hint)


def test_the_active_environment_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The virtual environment the bot was started in is what `python` means to its user."""
    venv = tmp_path / "venv"
    build = [sys.executable, "-m", "venv", "--without-pip", str(venv)]
    subprocess.run(build, check=True, timeout=60)
    monkeypatch.setenv("VIRTUAL_ENV", str(venv))
    assert run_line("python -c 'import sys; print(sys.prefix)'", tmp_path) == f"{venv}\n"


def test_the_bots_own_environment_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """Checks must not find the bot's libraries unless its environment is the active one."""
    monkeypatch.delenv("VIRTUAL_ENV", raising=False)
    assert Path(sys.prefix) not in choose_shown_tools().mounts
