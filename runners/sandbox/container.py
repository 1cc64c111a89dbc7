"""Checks in the repository's own image, by docker or podman, with as little as in bubblewrap."""

import os
import secrets
import shlex
import shutil
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from bot.config.repository import SandboxLimits
from bot.errors import UserError
from runners.sandbox.layout import BOX, environment, shown, wrapped
from runners.sandbox.model import Outcome, Prepared
from runners.sandbox.process import Spawn, kill_tree, supervise
from runners.sandbox.resource_usage import MIB, THREADS_EACH

ORIGIN = "/origin"
PREPARED = "/prepared"
PULL = 1800.0  # seconds for an image that is not there yet
PROBE = 20.0
NOBODY_SPECIAL = 1000  # who commands are when the bot is run by root

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

# A container outlives a client that was killed: it must end by itself. $1 is when.
LEASH = '(sleep "$1"; kill -9 -1) >/dev/null 2>&1 &\nshift; exec /bin/sh -c "$@"'


@dataclass(frozen=True, slots=True)
class Container:
    """`name` is the engine's command: `docker` or `podman`."""

    name: str
    image: str
    limits: SandboxLimits
    env: Mapping[str, str]

    def run(
        self,
        command: Sequence[str],
        *,
        checkout: Path,
        timeout: float,
        network: bool = False,
        prepared: Prepared | None = None,
    ) -> Outcome:
        mark = f"bricklayer-{secrets.token_hex(8)}"
        if prepared and prepared.writable:
            _hand_over(prepared.root)
        inside = environment(BOX, prepared, (), self.env)
        if "PATH" not in self.env:
            del inside["PATH"]  # the image has its own
        argv = [
            *engine_argv(self.name, mark, self.limits, network=network),
            *_each("--env", (f"{name}={value}" for name, value in inside.items())),
            *mounts(checkout, prepared),
            *(self.image, "/bin/sh", "-c", LEASH, "sh", str(int(timeout + PULL))),
            *wrapped(
                command,
                mark=mark,
                origin=ORIGIN,
                repo=BOX.repo,
                rooms=(BOX.root, BOX.tmp),
                before=links(checkout, prepared),
            )[2:],
        ]
        end = partial(_end, self.name, mark)
        own = _client_env()
        spawn = Spawn(argv, own, mark, self.limits, timeout, patience=PULL, watched=False, end=end)
        return supervise(spawn)


def engine_argv(engine: str, name: str, limits: SandboxLimits, *, network: bool) -> list[str]:
    """`exec` on the box: compiled tests run from there. Root never: files are this user's."""
    argv = [engine, "run", "--rm", "--init", "--name", name, "--hostname", "bricklayer"]
    argv += ["--network", "bridge" if network else "none", "--read-only", "--cap-drop", "ALL"]
    argv += [
        "--security-opt",
        "no-new-privileges",
        "--pids-limit",
        str(limits.processes * THREADS_EACH),
    ]
    argv += ["--memory", f"{limits.memory}m", "--memory-swap", f"{limits.memory}m"]
    argv += ["--user", f"{_user()}:{_user()}", "--workdir", "/"]
    argv += ["--userns", "keep-id"] if engine == "podman" and os.getuid() else []
    argv += ["--entrypoint", ""]
    argv += ["--tmpfs", f"{BOX.root}:rw,exec,nosuid,nodev,mode=1777,size={limits.disk * MIB}"]
    return [*argv, "--tmpfs", f"/tmp:rw,exec,nosuid,nodev,mode=1777,size={limits.disk * MIB}"]  # noqa: S108 - inside the container


def mounts(checkout: Path, prepared: Prepared | None) -> list[str]:
    rows = [(checkout, ORIGIN, "ro")]
    git = checkout / ".git"
    if git.is_file() and not git.is_symlink():
        rows.append((Path(os.devnull), f"{ORIGIN}/.git", "ro"))
    if prepared and prepared.writable:
        rows += [(prepared.root / r, f"{BOX.root}/{r}", "rw") for r in ("repo", "home", "setup")]
    elif prepared:
        rows.append((prepared.root / "setup", BOX.setup, "ro"))
        rows.append((prepared.root, PREPARED, "ro"))
    argv = _each("--volume", (f"{source}:{target}:{mode}" for source, target, mode in rows))
    return [*argv, "--tmpfs", f"{ORIGIN}/.git:ro,size=4096"] if git.is_dir() else argv


def links(checkout: Path, prepared: Prepared | None) -> str:
    """Shell lines that link to what setup left.

    Mounts inside the checkout would not do: the engine makes their folders, and makes them root's.
    """
    if prepared is None or prepared.writable:
        return ""
    lines = []
    for source, to in shown(prepared, checkout):
        target, there = f"{BOX.root}/{to}", f"{PREPARED}/{source.relative_to(prepared.root)}"
        lines.append(shlex.join(["mkdir", "-p", str(Path(target).parent)]))
        lines.append(shlex.join(["ln", "-s", there, target]))
    return "".join(f"{line} || exit 125\n" for line in lines)


def _user() -> int:
    return os.getuid() or NOBODY_SPECIAL


def _hand_over(root: Path) -> None:
    """Run by root, the folders for setup are root's, and the command inside never is."""
    if os.getuid() == 0:
        for room in ("repo", "home", "setup"):
            os.chown(root / room, _user(), _user())


def reachable(engine: str) -> None:
    """Raises `UserError` unless the engine is installed and answers."""
    if shutil.which(engine) is None:
        raise UserError(f"{engine} is not installed", hint=f"Install {engine}, or unset `image`.")
    argv = [engine, "version", "--format", "{{.Server.Version}}"]
    if engine == "podman":
        argv = [engine, "info", "--format", "{{.Version.Version}}"]
    try:
        tried = subprocess.run(
            argv, env=_client_env(), capture_output=True, timeout=PROBE, check=False
        )
    except subprocess.TimeoutExpired as exc:
        raise UserError(
            f"{engine} does not answer within {PROBE:.0f} s", hint="Restart its daemon."
        ) from exc
    if tried.returncode:
        said = tried.stderr.decode(errors="replace").strip() or "it says nothing"
        hint = f"Start its daemon and let this user reach it: `{engine} info` must succeed."
        raise UserError(f"{engine} cannot be reached: {said}", hint=hint)


def _end(engine: str, name: str, pid: int) -> None:
    """The container first, by its name: the client is only its voice."""
    try:
        subprocess.run(
            [engine, "kill", name],
            env=_client_env(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=PROBE,
            check=False,
        )
    finally:
        kill_tree(pid)


def _client_env() -> dict[str, str]:
    return {name: os.environ[name] for name in CLIENT_ENV if name in os.environ}


def _each(option: str, values: Iterable[str]) -> list[str]:
    return [word for value in values for word in (option, value)]
