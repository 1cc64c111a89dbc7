"""Can bubblewrap run here? If not: exactly why, and what to do about it."""

import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from bot.errors import UserError
from runners.sandbox.bubblewrap import isolation, system
from runners.sandbox.layout import SYSTEM_PATH

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


def bubblewrap_program() -> str:
    """The path of a bubblewrap that works here. Raises `UserError` with the mend otherwise."""
    program = shutil.which("bwrap")
    if program is None:
        raise UserError("bubblewrap (bwrap) is not installed", hint=f"{INSTALL}\n  {UNSAFE}")
    argv = [program, *isolation(network=False), *system(network=False), "--", "/bin/sh", "-c", ":"]
    try:
        tried = subprocess.run(
            argv,
            env={"PATH": SYSTEM_PATH},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=20,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as exc:
        raise UserError(f"bubblewrap cannot run here: {exc}", where=program, hint=UNSAFE) from exc
    if tried.returncode:
        raise diagnosis(tried.stderr.decode(errors="replace").strip(), _switches(), program)
    return program


def diagnosis(said: str, switches: Mapping[str, str], program: str = "bwrap") -> UserError:
    """`switches`: the kernel's settings by their name under /proc/sys, those it has."""
    why, hint = _cause(said, switches)
    return UserError(
        f"bubblewrap cannot run here: {why} (it says: {said or 'nothing'})",
        where=program,
        hint=f"{hint}\n  {UNSAFE}",
    )


def _cause(said: str, switches: Mapping[str, str]) -> tuple[str, str]:
    clone, apparmor, most = (switches.get(name, "") for name in SWITCHES)
    if "Unknown option" in said or "unrecognized option" in said.lower():
        return "it is older than 0.8", INSTALL
    if clone == "0":
        hint = "As root: `sysctl -w kernel.unprivileged_userns_clone=1`."
        return "the kernel refuses user namespaces to users", f"{hint} {_keep(SWITCHES[0], '1')}"
    if most == "0":
        hint = "As root: `sysctl -w user.max_user_namespaces=15000`."
        return "the kernel allows no user namespace", f"{hint} {_keep(SWITCHES[2], '15000')}"
    if apparmor == "1":
        hint = (
            "Give /usr/bin/bwrap an AppArmor profile with `userns,` (the package apparmor-profiles "
            "has bwrap-userns-restrict), or as root: "
            "`sysctl -w kernel.apparmor_restrict_unprivileged_userns=0`."
        )
        return "AppArmor refuses user namespaces to programs without a profile", hint
    if "proc" in said or "Operation not permitted" in said or "Permission denied" in said:
        hint = (
            "In a container, start it with `--security-opt seccomp=unconfined --security-opt "
            "systempaths=unconfined`, or let the host run the checks."
        )
        return "something around this process forbids it, a container's profile most likely", hint
    return "it fails", "Run `bwrap --unshare-user --ro-bind / / true` to see it fail."


def _keep(name: str, value: str) -> str:
    return (
        f"To keep it: put `{name.replace('/', '.')}={value}` in /etc/sysctl.d/60-bricklayer.conf."
    )


def _switches() -> dict[str, str]:
    paths = {name: Path("/proc/sys", name) for name in SWITCHES}
    return {name: path.read_text().strip() for name, path in paths.items() if path.is_file()}
