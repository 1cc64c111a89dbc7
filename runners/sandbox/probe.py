"""Finds a bubblewrap that works here, or the reason why none does and its fix."""

import shutil
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

from bot.errors import UserError
from runners.sandbox.bubblewrap_options import OpenFile, hand_over, isolation_options, system_mounts
from runners.sandbox.layout import SYSTEM_PATH

# https://docs.kernel.org/admin-guide/sysctl/user.html for max_user_namespaces; Debian adds the
# first switch to its kernel, and Ubuntu the second to AppArmor:
# https://ubuntu.com/blog/ubuntu-23-10-restricted-unprivileged-user-namespaces
SWITCHES = (
    "kernel/unprivileged_userns_clone",
    "kernel/apparmor_restrict_unprivileged_userns",
    "user/max_user_namespaces",
)
UNSAFE = (
    'Or accept checks without isolation: sandbox = "none" in bricklayer.toml. They can then read '
    "your files and use your network."
)
INSTALL = (
    "Install it: `apt install bubblewrap`, `dnf install bubblewrap` or `pacman -S bubblewrap`."
)
TRY_SECONDS = 20


def find_bubblewrap() -> str:
    """The path of a bubblewrap that works here. Raises `UserError` with the fix otherwise."""
    program = shutil.which("bwrap")
    if program is None:
        raise UserError("bubblewrap (bwrap) is not installed", hint=f"{INSTALL}\n  {UNSAFE}")

    try:
        result = try_script(program, ":")
    except (OSError, subprocess.TimeoutExpired) as exc:
        raise UserError(f"bubblewrap cannot run here: {exc}", where=program, hint=UNSAFE) from exc
    if result.returncode:
        raise diagnose_failure(
            result.stderr.decode(errors="replace").strip(), _read_switches(), program
        )
    return program


def try_script(
    program: str, script: str, layers: Sequence[str] = ()
) -> subprocess.CompletedProcess[bytes]:
    """Run a shell line in a sandbox that holds nothing but the system, and these `layers`.

    Raises OSError or subprocess.TimeoutExpired.
    """

    def options(open_file: OpenFile) -> list[str]:
        isolated = isolation_options(open_file, network="none")
        return [*isolated, *system_mounts(network="none"), *layers]

    with ExitStack() as stack:
        argv, fds = hand_over(program, options, stack)
        return subprocess.run(
            [*argv, "/bin/sh", "-c", script],
            env={"PATH": SYSTEM_PATH},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=TRY_SECONDS,
            check=False,
            pass_fds=fds,
        )


def diagnose_failure(
    message: str, switches: Mapping[str, str], program: str = "bwrap"
) -> UserError:
    """`switches`: the kernel's settings by their name under /proc/sys, those it has."""
    why, hint = _find_cause(message, switches)
    return UserError(
        f"bubblewrap cannot run here: {why} (its message: {message or 'nothing'})",
        where=program,
        hint=f"{hint}\n  {UNSAFE}",
    )


def _find_cause(message: str, switches: Mapping[str, str]) -> tuple[str, str]:
    clone, apparmor, namespaces = (switches.get(name, "") for name in SWITCHES)
    # --disable-userns came with 0.8: https://github.com/containers/bubblewrap/releases/tag/v0.8.0
    if "Unknown option" in message or "unrecognized option" in message.lower():
        return "it is older than 0.8", INSTALL
    if clone == "0":
        hint = "As root: `sysctl -w kernel.unprivileged_userns_clone=1`."
        return (
            "the kernel refuses user namespaces to users",
            f"{hint} {_persist_hint(SWITCHES[0], '1')}",
        )
    if namespaces == "0":
        hint = "As root: `sysctl -w user.max_user_namespaces=15000`."
        return (
            "the kernel allows no user namespace",
            f"{hint} {_persist_hint(SWITCHES[2], '15000')}",
        )
    if apparmor == "1":
        hint = (
            "Give /usr/bin/bwrap an AppArmor profile with `userns,` (the package apparmor-profiles "
            "has bwrap-userns-restrict), or as root: "
            "`sysctl -w kernel.apparmor_restrict_unprivileged_userns=0`."
        )
        return "AppArmor refuses user namespaces to programs without a profile", hint
    # A container's default seccomp profile refuses the calls that make namespaces:
    # https://docs.docker.com/engine/security/seccomp/
    if "proc" in message or "Operation not permitted" in message or "Permission denied" in message:
        hint = (
            "In a container, start it with `--security-opt seccomp=unconfined --security-opt "
            "systempaths=unconfined`, or let the host run the checks."
        )
        return "something around this process forbids it, a container's profile most likely", hint
    return "it fails", "Run `bwrap --unshare-user --ro-bind / / true` to see it fail."


def _persist_hint(name: str, value: str) -> str:
    return (
        f"To keep it: put `{name.replace('/', '.')}={value}` in /etc/sysctl.d/60-bricklayer.conf."
    )


def _read_switches() -> dict[str, str]:
    paths = {name: Path("/proc/sys", name) for name in SWITCHES}
    return {name: path.read_text().strip() for name, path in paths.items() if path.is_file()}
