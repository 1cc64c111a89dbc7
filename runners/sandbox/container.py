"""Runs checks in the repository's own image, by docker or podman."""

import os
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from bot.config.repository import SandboxLimits
from bot.errors import UserError
from runners.sandbox.folder_usage import limit_folders
from runners.sandbox.kill_tree import kill_tree
from runners.sandbox.layout import BOX, build_environment, wrap_command
from runners.sandbox.model import GitCopy, Outcome, Prepared
from runners.sandbox.prepared_paths import (
    git_commands,
    list_nested,
    list_prepared_paths,
    place_commands,
)
from runners.sandbox.resource_usage import MIB, THREADS_PER_PROCESS
from runners.sandbox.run_command import Spawn, run_supervised
from runners.sandbox.setup_access import CERTIFICATES_INSIDE, SetupAccess
from runners.sandbox.shown_tools import ShownTools

ORIGIN = "/origin"
PREPARED = "/prepared"
GIT_COPY = ("/git/folder", "/git/history")
PULL_SECONDS = 1800.0
"""For an image that is not there yet."""
PROBE_SECONDS = 20.0
COMMAND_UID = 1000  # who commands are when the bot is run by root

# The engine's client needs to find its daemon and its credentials for private images; the
# container gets none of it.
CLIENT_ENV = (
    "PATH",
    "HOME",
    "DOCKER_HOST",
    "DOCKER_CONTEXT",
    "DOCKER_CONFIG",
    "CONTAINER_HOST",
    "XDG_RUNTIME_DIR",
    "DOCKER_CERT_PATH",
    "DOCKER_TLS_VERIFY",
)

# A container outlives a client that was killed, as the daemon is its parent: it must end by itself.
# $1 is when, in seconds. `kill -9 -1` is every process of its PID namespace:
# https://man7.org/linux/man-pages/man2/kill.2.html
LEASH = '(sleep "$1"; kill -9 -1) >/dev/null 2>&1 &\nshift; exec /bin/sh -c "$@"'


@dataclass(frozen=True, slots=True)
class Container:
    """`name` is the engine's command: `docker` or `podman`.

    `network` is what checks have: `none`, or that of their services' containers. Setup has another.
    """

    name: str
    image: str
    limits: SandboxLimits
    env: Mapping[str, str]
    access: SetupAccess = field(default_factory=SetupAccess)
    network: str = "none"

    def run(  # noqa: PLR0913 - what is run, on what, for how long and with what
        self,
        command: Sequence[str],
        *,
        checkout: Path,
        timeout: float,
        network: bool = False,
        prepared: Prepared | None = None,
        git: GitCopy | None = None,
    ) -> Outcome:
        mark = f"bricklayer-{secrets.token_hex(8)}"
        if prepared and prepared.writable:
            _chown_prepared(prepared.root)
        environment = build_environment(BOX, prepared, ShownTools(), self.env)
        if "PATH" not in self.env:
            del environment["PATH"]  # the image has its own
        with tempfile.TemporaryDirectory(prefix="bricklayer-") as room:
            argv = [
                *engine_argv(self.name, mark, self.limits, "bridge" if network else self.network),
                *_repeat_option("--env", (f"{key}={text}" for key, text in environment.items())),
                *(access_options(self.access, Path(room)) if network else ()),
                *mount_options(checkout, prepared, self.limits.disk * MIB),
                *(git_options(git) if git else ()),
                *(self.image, "/bin/sh", "-c", LEASH, "sh", str(int(timeout + PULL_SECONDS))),
                *wrap_command(
                    command,
                    mark=mark,
                    origin=ORIGIN,
                    repo=BOX.repo,
                    rooms=(BOX.root, BOX.tmp),
                    placing=placing_lines(checkout, prepared)
                    + (git_commands(*GIT_COPY) if git else ""),
                )[2:],
            ]
            terminate = partial(_kill_container, self.name, mark)
            spawn = Spawn(
                argv,
                client_environment(),
                mark,
                self.limits,
                timeout,
                start_seconds=PULL_SECONDS,
                watched=False,
                terminate=terminate,
                folders=limit_folders(prepared),
            )
            return run_supervised(spawn)


def git_options(git: GitCopy) -> list[str]:
    folders = zip((git.folder, git.history), GIT_COPY, strict=True)
    return _repeat_option("--volume", (f"{source}:{inside}:ro" for source, inside in folders))


def access_options(access: SetupAccess, room: Path) -> list[str]:
    """Its variables by a file: the arguments of a process can be read by others.

    https://docs.docker.com/reference/cli/docker/container/run/#env
    """
    variables = access.variables(CERTIFICATES_INSIDE)
    argv = []
    if variables:
        lines = (f"{name}={text}\n" for name, text in variables.items() if "\n" not in text)
        (room / "env").write_text("".join(lines))
        argv += ["--env-file", str(room / "env")]
    if access.certificates:
        (room / "ca.pem").write_bytes(access.certificates)
        (room / "ca.pem").chmod(0o644)
        argv += ["--volume", f"{room}/ca.pem:{CERTIFICATES_INSIDE}:ro"]
    return argv


def engine_argv(engine: str, name: str, limits: SandboxLimits, network: str) -> list[str]:
    """`exec` on the box: compiled tests run from there. Root never: files are this user's.

    https://docs.docker.com/reference/cli/docker/container/run/
    `keep-id` maps this user to itself where podman runs without root:
    https://docs.podman.io/en/latest/markdown/podman-run.1.html
    """
    # --init reaps orphans: a command that is process 1 need not do so.
    argv = [engine, "run", "--rm", "--init", "--name", name, "--network", network]
    # Whoever is in the network of another container has its name, too.
    argv += [] if network.startswith("container:") else ["--hostname", "bricklayer"]
    argv += ["--read-only", "--cap-drop", "ALL"]
    argv += [
        "--security-opt",
        "no-new-privileges",
        "--pids-limit",
        str(limits.processes * THREADS_PER_PROCESS),
    ]
    # Memory and swap together get the same limit, so there is no swap.
    argv += ["--memory", f"{limits.memory}m", "--memory-swap", f"{limits.memory}m"]
    argv += ["--user", f"{_command_uid()}:{_command_uid()}", "--workdir", "/"]
    argv += ["--userns", "keep-id"] if engine == "podman" and os.getuid() else []
    # An image's own entry point would get our command as its arguments.
    argv += ["--entrypoint", ""]
    argv += ["--tmpfs", f"{BOX.root}:rw,exec,nosuid,nodev,mode=1777,size={limits.disk * MIB}"]
    return [*argv, "--tmpfs", f"/tmp:rw,exec,nosuid,nodev,mode=1777,size={limits.disk * MIB}"]  # noqa: S108 - inside the container


def mount_options(checkout: Path, prepared: Prepared | None, size: int) -> list[str]:
    """`size` in bytes, of each folder that is writable within what setup left."""
    volumes, tmpfs = [(checkout, ORIGIN, "ro")], []
    git = checkout / ".git"
    if git.is_file() and not git.is_symlink():
        # A worktree's `.git` is a file, and only a file can be mounted over one.
        volumes.append((Path(os.devnull), f"{ORIGIN}/.git", "ro"))
    if prepared and prepared.writable:
        volumes += [(prepared.root / r, f"{BOX.root}/{r}", "rw") for r in ("repo", "home", "setup")]
    elif prepared:
        volumes.append((prepared.root / "setup", BOX.setup, "ro"))
        volumes.append((prepared.root, PREPARED, "ro"))
        nested = list_nested(prepared, list_prepared_paths(prepared, checkout))
        options = f"rw,exec,nosuid,nodev,mode=1777,size={size}"
        tmpfs = [f"{PREPARED}/{inside}:{options}" for inside in nested]
    argv = _repeat_option(
        "--volume", (f"{source}:{target}:{mode}" for source, target, mode in volumes)
    )
    tmpfs += [f"{ORIGIN}/.git:ro,size=4096"] if git.is_dir() else []
    return [*argv, *_repeat_option("--tmpfs", tmpfs)]


def placing_lines(checkout: Path, prepared: Prepared | None) -> str:
    """Shell lines that copy what setup left, or link to it.

    Not mounts inside the checkout: the engine makes the folders they need, and they are root's.
    """
    if prepared is None or prepared.writable:
        return ""
    paths = list(list_prepared_paths(prepared, checkout))
    copied = [each.inside for each in paths if each.is_copied]
    linked = [each.inside for each in paths if not each.is_copied]
    return place_commands(copied, linked, PREPARED, BOX.root)


def _command_uid() -> int:
    return os.getuid() or COMMAND_UID


def _chown_prepared(root: Path) -> None:
    """Run by root, the folders for setup are root's, and the command inside never is."""
    if os.getuid() == 0:
        for room in ("repo", "home", "setup"):
            os.chown(root / room, _command_uid(), _command_uid())


def require_engine(engine: str) -> None:
    """Raises `UserError` unless the engine is installed and answers."""
    if shutil.which(engine) is None:
        raise UserError(f"{engine} is not installed", hint=f"Install {engine}, or unset `image`.")
    argv = [engine, "version", "--format", "{{.Server.Version}}"]
    if engine == "podman":
        argv = [engine, "info", "--format", "{{.Version.Version}}"]
    try:
        result = subprocess.run(
            argv, env=client_environment(), capture_output=True, timeout=PROBE_SECONDS, check=False
        )
    except subprocess.TimeoutExpired as exc:
        raise UserError(
            f"{engine} does not answer within {PROBE_SECONDS:.0f} s", hint="Restart its daemon."
        ) from exc
    if result.returncode:
        message = result.stderr.decode(errors="replace").strip() or "no message"
        hint = f"Start its daemon and let this user reach it: `{engine} info` must succeed."
        raise UserError(f"{engine} cannot be reached: {message}", hint=hint)


def _kill_container(engine: str, name: str, pid: int) -> None:
    """End the container first, by its name: it outlives its client."""
    # https://docs.docker.com/reference/cli/docker/container/kill/
    try:
        subprocess.run(
            [engine, "kill", name],
            env=client_environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=PROBE_SECONDS,
            check=False,
        )
    finally:
        kill_tree(pid)


def client_environment() -> dict[str, str]:
    """What the engine's client needs to find its daemon and its credentials, and no more."""
    return {name: os.environ[name] for name in CLIENT_ENV if name in os.environ}


def _repeat_option(option: str, values: Iterable[str]) -> list[str]:
    return [word for value in values for word in (option, value)]
