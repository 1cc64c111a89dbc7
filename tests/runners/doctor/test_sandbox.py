"""The doctor says which protection this machine lacks, and how to have it."""

import os
import platform
import subprocess
import sys
from contextlib import nullcontext
from pathlib import Path

import pytest

from bot.config.machine import Settings
from runners.doctor import sandbox
from runners.doctor.sandbox import examine_protections
from runners.sandbox.seccomp import build_filter


def told(settings: Settings, what: str) -> tuple[bool | None, str]:
    found = [each for each in examine_protections(settings) if what in each.what]
    assert len(found) == 1, found
    return found[0].good, found[0].hint


@pytest.mark.parametrize(
    ("mode", "good", "hint"),
    [("auto", None, "localhost"), ("own", False, "slirp4netns"), ("host", None, "localhost")],
)
def test_a_shared_network_is_told_with_what_it_reaches(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mode: str, good: bool | None, hint: str
) -> None:
    """It is bad only where the machine insists on one of its own."""
    monkeypatch.setenv("PATH", str(tmp_path))
    found = told(Settings.model_validate({"setup_network": mode}), "[setup]")
    assert found[0] is good
    assert hint in found[1]


def test_a_soft_limit_is_told_with_its_mend(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a control group memory is looked at, and not held."""
    monkeypatch.setattr(sandbox, "make_cgroup", lambda _limits: nullcontext())
    good, hint = told(Settings(), "memory")
    assert good is None
    assert "Delegate=yes" in hint


@pytest.mark.slow
@pytest.mark.skipif(os.geteuid() != 0, reason="whom no device belongs to has none to guard")
def test_root_that_may_make_no_mounts_is_told_of_the_devices() -> None:
    """As in most containers: without CAP_SYS_ADMIN their modes are not guarded."""
    good, _ = told(Settings(), "devices")
    assert good
    look = "from runners.doctor.sandbox import _devices; print(_devices())"
    argv = ["setpriv", "--bounding-set=-sys_admin", "--inh-caps=-sys_admin", sys.executable]
    done = subprocess.run([*argv, "-c", look], capture_output=True, text=True, check=True)
    assert "good=None" in done.stdout
    assert "CAP_SYS_ADMIN" in done.stdout


def test_a_machine_without_a_filter_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its calls have numbers that are not known here."""
    assert told(Settings(), "system calls")[0]
    monkeypatch.setattr(platform, "machine", lambda: "riscv64")
    build_filter.cache_clear()
    assert told(Settings(), "system calls")[0] is None
    build_filter.cache_clear()


def test_other_sandboxes_have_their_own_protections() -> None:
    """An engine's network is not ours to hold, which is said; nothing is promised for none."""
    good, hint = told(Settings(sandbox="docker"), "that docker gives it")
    assert good is None
    assert "169.254.169.254" in hint
    assert not list(examine_protections(Settings(sandbox="none")))
