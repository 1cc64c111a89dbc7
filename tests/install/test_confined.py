"""What deploy/ takes away from the server leaves it its sandbox."""

import os
import re
import subprocess
import sys

import pytest
from support import confined
from support.installed import ROOT, Installed

pytestmark = pytest.mark.slow

UID = 10001
PROFILE = ROOT / "deploy/seccomp.json"
# What Docker covers of /proc unless it is told `systempaths=unconfined`:
# https://github.com/moby/moby/blob/master/daemon/pkg/oci/defaults.go
MASKED = "mount --bind /dev/null /proc/keys; mount --bind /proc/sys /proc/sys"
# As systemd does for ProtectSystem=strict and PrivateTmp=yes of bricklayer.service.
STRICT = "mount --bind /tmp /tmp && mount -o remount,bind,ro /"

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")


def doctor(public: Installed, mounts: str = "true") -> str:
    """What the doctor says of the sandbox, as a user without any privilege, below these mounts."""
    state = public.room / "state"
    state.mkdir(exist_ok=True)
    os.chown(state, UID, UID)
    env = {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "HOME": str(state),
        "PYTHONPATH": str(ROOT),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    start = [sys.executable, confined.__file__, str(UID), PROFILE, public.command, "doctor"]
    keep = f"mount --bind {state} {state}"
    argv = ["unshare", "--mount", "sh", "-c", f'{keep} && {mounts} && exec "$@"']
    done = subprocess.run(
        [*argv, "sh", *start], env=env, capture_output=True, text=True, timeout=120, check=False
    )
    return re.sub(r"^(\w+) +", r"\1 ", done.stdout + done.stderr, flags=re.MULTILINE)


@as_root
def test_a_container_as_compose_starts_it_has_the_sandbox(public: Installed) -> None:
    """No capability, no new privileges, our seccomp profile, /proc uncovered."""
    said = doctor(public)
    assert "ok sandbox: checks run in it" in said, said
    assert "ok sandbox: system calls are filtered" in said, said


@as_root
def test_without_systempaths_unconfined_there_is_no_sandbox_and_doctor_says_why(
    public: Installed,
) -> None:
    said = doctor(public, MASKED)
    assert "error sandbox: bubblewrap cannot run here" in said, said
    assert "systempaths=unconfined" in said


@as_root
def test_the_system_unit_leaves_the_sandbox_its_namespaces(public: Installed) -> None:
    said = doctor(public, STRICT)
    assert "ok sandbox: checks run in it" in said, said
