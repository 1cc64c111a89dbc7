"""Services that are containers of their own, beside a check that runs in one.

They share one network among themselves and with the check, in which there is nothing else: the
first has a network namespace without a way out, and all others are put into it. So each service is
on 127.0.0.1 for the check, as it is where it is started inside a sandbox.
https://docs.docker.com/engine/network/#container-networks
"""

import secrets
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace

from bot.config.repository import SandboxLimits
from bot.errors import UserError
from runners.sandbox.container import PULL_SECONDS, Container, client_environment
from runners.sandbox.model import Sandbox
from runners.sandbox.resource_usage import THREADS_PER_PROCESS
from runners.sandbox.setup_access import Redacting

CALL_SECONDS = 30.0
LOOK_SECONDS = 0.2
LOG_LINES = "80"


@dataclass(frozen=True, slots=True)
class ServiceImage:
    """`run` is empty for the image's own command. `ready` runs in its container, by /bin/sh."""

    image: str
    ready: str
    timeout: float
    run: str = ""
    env: Mapping[str, str] = field(default_factory=dict)


class ServiceUnavailableError(Exception):
    """One of them could not be had; `log` is the end of what it printed."""

    def __init__(self, name: str, why: str, log: str) -> None:
        super().__init__(f"the service {name} {why}")
        self.name, self.why, self.log = name, why, log


@contextmanager
def join_services(sandbox: Sandbox, services: Mapping[str, ServiceImage]) -> Iterator[Sandbox]:
    """The same sandbox, in the network of these services, which end with the context.

    Raises ServiceUnavailableError, and UserError where checks run in no container.
    """
    if not services:
        yield sandbox
    elif isinstance(sandbox, Redacting):
        with join_services(sandbox.inner, services) as inner:
            yield replace(sandbox, inner=inner)
    elif isinstance(sandbox, Container):
        with ExitStack() as stack:
            network = "none"
            for name, service in services.items():
                started = stack.enter_context(_start(sandbox, name, service, network))
                network = f"container:{started}" if network == "none" else network
            yield replace(sandbox, network=network)
    else:
        what = f"[services.{next(iter(services))}] names an image, and checks run in no container"
        hint = "Set `image` for the checks, too; or take it out, and the service is started inside."
        raise UserError(what, where=".bricklayer.toml", hint=hint)


@contextmanager
def _start(sandbox: Container, name: str, service: ServiceImage, network: str) -> Iterator[str]:
    engine, container = sandbox.name, f"bricklayer-{secrets.token_hex(8)}-{name}"
    argv = service_argv(engine, container, service, network, sandbox.limits)
    try:
        made = _call(argv, PULL_SECONDS)
        if made.returncode:
            raise ServiceUnavailableError(name, "does not start", _text(made))
        _wait_until_ready(engine, container, name, service)
        yield container
    finally:
        _call([engine, "rm", "--force", "--volumes", container])


def service_argv(
    engine: str, container: str, service: ServiceImage, network: str, limits: SandboxLimits
) -> list[str]:
    """Images of databases begin as root and become a user of their own: they keep that right.

    https://docs.docker.com/reference/cli/docker/container/run/
    """
    argv = [engine, "run", "--detach", "--name", container, "--network", network]
    argv += ["--security-opt", "no-new-privileges", "--memory", f"{limits.memory}m"]
    argv += ["--memory-swap", f"{limits.memory}m"]
    argv += ["--pids-limit", str(limits.processes * THREADS_PER_PROCESS)]
    for variable, text in service.env.items():
        argv += ["--env", f"{variable}={text}"]
    if not service.run:
        return [*argv, service.image]
    return [*argv, "--entrypoint", "", service.image, "/bin/sh", "-c", service.run]


def _wait_until_ready(engine: str, container: str, name: str, service: ServiceImage) -> None:
    deadline = time.monotonic() + service.timeout
    while _call([engine, "exec", container, "/bin/sh", "-c", service.ready]).returncode:
        running = _text(_call([engine, "inspect", "--format", "{{.State.Running}}", container]))
        if running.strip() != "true":
            raise ServiceUnavailableError(name, "ended", _read_log(engine, container))
        if time.monotonic() > deadline:
            why = f"was not ready within {service.timeout:.0f} s"
            raise ServiceUnavailableError(name, why, _read_log(engine, container))
        time.sleep(LOOK_SECONDS)


def _read_log(engine: str, container: str) -> str:
    return _text(_call([engine, "logs", "--tail", LOG_LINES, container]))


def _call(argv: list[str], seconds: float = CALL_SECONDS) -> "subprocess.CompletedProcess[bytes]":
    """One call of the engine's client; one that hangs has failed."""
    try:
        return subprocess.run(
            argv,
            env=client_environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired as exc:
        return subprocess.CompletedProcess(argv, 124, exc.stdout or b"", b"")


def _text(result: "subprocess.CompletedProcess[bytes]") -> str:
    return (result.stdout or b"").decode(errors="replace")
