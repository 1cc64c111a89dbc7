import os
import sys
from pathlib import Path

import pytest

from bot.config.machine import Settings
from bot.config.repository import RepoConfig
from bot.errors import UserError
from runners.sandbox import open_sandbox
from runners.sandbox.probe import diagnose_failure

DENIED = "bwrap: setting up uid map: Permission denied"


@pytest.mark.parametrize(
    ("switches", "why", "hint"),
    [
        ({"kernel/unprivileged_userns_clone": "0"}, "refuses user namespaces", "userns_clone=1"),
        ({"user/max_user_namespaces": "0"}, "allows no user namespace", "max_user_namespaces="),
        ({"kernel/apparmor_restrict_unprivileged_userns": "1"}, "AppArmor", "profile"),
        ({}, "container's profile", "seccomp=unconfined"),
    ],
)
def test_each_cause_has_its_own_words(switches: dict[str, str], why: str, hint: str) -> None:
    """The kernel's switches tell why bubblewrap fails, and each cause has its own mend."""
    wrong = diagnose_failure(DENIED, switches)
    assert why in wrong.what
    assert hint in wrong.hint
    assert DENIED in wrong.what
    assert 'sandbox = "none"' in wrong.hint


def test_an_old_bubblewrap_is_told() -> None:
    """A version without an option used here is named as too old, before anything else."""
    wrong = diagnose_failure("bwrap: Unknown option --size", {"user/max_user_namespaces": "0"})
    assert "older than 0.8" in wrong.what


def test_a_missing_bubblewrap_is_told_and_nothing_weaker_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without bubblewrap there is no sandbox: an error that says how to install it."""
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UserError, match="not installed") as told:
        open_sandbox(Settings(), RepoConfig())
    assert "apt install bubblewrap" in told.value.hint


def test_a_bubblewrap_that_fails_is_told_in_its_own_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the probe's bubblewrap writes to its errors is in the message."""
    program = tmp_path / "bwrap"
    program.write_text(f"#!{sys.executable}\nimport sys\nsys.exit('no room for namespaces')\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    with pytest.raises(UserError, match="no room for namespaces"):
        open_sandbox(Settings(), RepoConfig())
