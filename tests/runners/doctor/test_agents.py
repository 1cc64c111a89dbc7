"""The doctor says which version of an agent's CLI starts in its sandbox, or what to do."""

from pathlib import Path

import pytest

from bot.config.machine import Settings
from bot.config.tiers import TierSettings
from runners.doctor.machine import examine_models

MODEL = "agent:opencode/scripted"


def examine(
    monkeypatch: pytest.MonkeyPatch, folder: Path, script: str
) -> list[tuple[str, object, str]]:
    program = folder / "opencode"
    program.write_text(script)
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    tier = TierSettings(models=(MODEL,), base_url="http://127.0.0.1:9/v1", context=65536)
    settings = Settings(tiers={"local": tier})
    found = examine_models(settings, ask=False)
    return [(each.what, each.good, each.hint) for each in found if MODEL in each.what]


def test_the_version_is_what_it_says_within(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Started as for a task: without the machine's files."""
    script = f'#!/bin/sh\ntest -e {tmp_path} && exit 1\necho "opencode 1.2.3 ($1) in $PWD"\n'
    what = f"tier local: {MODEL} starts in its sandbox: opencode 1.2.3 (--version) in /box/repo"
    assert (what, True, "") in examine(monkeypatch, tmp_path, script)


def test_one_that_does_not_start_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """With what it said, and how it is installed anew."""
    found = examine(monkeypatch, tmp_path, "#!/bin/sh\necho no such thing >&2\nexit 7\n")
    what, good, hint = found[0]
    assert "does not start in the sandbox (exit code 7): no such thing" in what
    assert good is False
    assert "npm install --global opencode-ai" in hint


def test_one_that_is_not_there_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    tier = TierSettings(models=(MODEL,), base_url="http://127.0.0.1:9/v1", context=65536)
    found = examine_models(Settings(tiers={"local": tier}), ask=False)
    told = [each for each in found if "opencode is not installed" in each.what]
    assert [each.good for each in told] == [False]
