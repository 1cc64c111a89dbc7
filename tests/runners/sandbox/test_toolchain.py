import subprocess
import sys
from pathlib import Path

import pytest

from bot.config.machine import Settings
from bot.config.repository import RepoConfig
from bot.errors import UserError
from runners.sandbox import open_sandbox
from runners.sandbox.layout import find_toolchains


def test_a_named_toolchain_is_on_path_and_read_only(tmp_path: Path) -> None:
    """A folder `toolchains` names is found by checks, and cannot be written by them."""
    (tmp_path / "kit/bin").mkdir(parents=True)
    (tmp_path / "kit/bin/hello").write_text("#!/bin/sh\necho hello\n")
    (tmp_path / "kit/bin/hello").chmod(0o755)
    (tmp_path / "tree").mkdir()
    sandbox = open_sandbox(Settings(toolchains=(str(tmp_path / "kit"),)), RepoConfig())
    line = ["sh", "-c", f"hello; echo > {tmp_path}/kit/bin/hello"]
    outcome = sandbox.run(line, checkout=tmp_path / "tree", timeout=9)
    assert outcome.exit_code != 0
    assert outcome.output.startswith("hello\n")
    assert "hello" in (tmp_path / "kit/bin/hello").read_text()


@pytest.mark.parametrize("name", ["/", "~", "/etc", "/proc", "no-such-folder"])
def test_a_folder_too_wide_is_refused(name: str) -> None:
    """Home, root and the system's own folders are no toolchain."""
    with pytest.raises(UserError, match="cannot be shown"):
        find_toolchains((name,))


def test_the_active_environment_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The virtual environment the bot was started in is what `python` means to its user."""
    venv, tree = tmp_path / "venv", tmp_path / "tree"
    tree.mkdir()
    build = [sys.executable, "-m", "venv", "--without-pip", str(venv)]
    subprocess.run(build, check=True, timeout=60)
    monkeypatch.setenv("VIRTUAL_ENV", str(venv))
    sandbox = open_sandbox(Settings(), RepoConfig())
    show = ["python", "-c", "import sys; print(sys.prefix)"]
    assert sandbox.run(show, checkout=tree, timeout=20).output == f"{venv}\n"


def test_the_bots_own_environment_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """Checks must not find the bot's libraries unless its environment is the active one."""
    monkeypatch.delenv("VIRTUAL_ENV", raising=False)
    assert Path(sys.prefix) not in find_toolchains()
