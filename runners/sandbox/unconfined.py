"""No sandbox, for machines that cannot have one and owners who said so by name.

What remains: a disposable copy of the checkout, a clean environment, no file larger than the disk
limit, the limits on time, output, processes and memory, and an end for every process. What is
gone: the command can read and write this user's files and use the network.
"""

import os
import secrets
import signal
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.config.repository import SandboxLimits
from runners.sandbox import reaper
from runners.sandbox.layout import Places, environment, shown, wrapped
from runners.sandbox.model import Outcome, Prepared
from runners.sandbox.process import Spawn, supervise
from runners.sandbox.resource_usage import MIB, THREADS_EACH, threads_of


@dataclass(frozen=True, slots=True)
class Unconfined:
    limits: SandboxLimits
    env: Mapping[str, str]
    toolchains: tuple[Path, ...] = ()
    name: str = "none"

    def run(
        self,
        command: Sequence[str],
        *,
        checkout: Path,
        timeout: float,
        network: bool = False,  # noqa: ARG002 - nothing here could refuse it
        prepared: Prepared | None = None,
    ) -> Outcome:
        mark = f"bricklayer-{secrets.token_hex(8)}"
        with tempfile.TemporaryDirectory(prefix="bricklayer-", ignore_cleanup_errors=True) as root:
            places, repo = _furnish(Path(root), checkout, prepared)
            path = {"PATH": os.environ.get("PATH", os.defpath)}
            inside = environment(places, prepared, self.toolchains, path, self.env)
            script = wrapped(
                command,
                mark=mark,
                origin=str(checkout),
                repo=repo,
                threads=threads_of(os.getuid()) + self.limits.processes * THREADS_EACH,
                before=f"ulimit -f {self.limits.disk * MIB // 512}\n",
            )
            argv = [sys.executable, "-IS", reaper.__file__, *script]
            return supervise(Spawn(argv, inside, mark, self.limits, timeout, end=_terminate))


def _furnish(root: Path, checkout: Path, prepared: Prepared | None) -> tuple[Places, str]:
    (root / "tmp").mkdir()
    if prepared and prepared.writable:
        made = prepared.root
        places = Places(str(root), str(made / "setup"), str(made / "home"), str(root / "tmp"))
        return places, str(made / "repo")
    for name in ("home", "repo"):
        (root / name).mkdir()
    for source, to in shown(prepared, checkout) if prepared else ():
        (root / to).parent.mkdir(parents=True, exist_ok=True)
        (root / to).symlink_to(source)
    setup = str(prepared.root / "setup") if prepared else ""
    places = Places(str(root), setup, str(root / "home"), str(root / "tmp"))
    return places, places.repo


def _terminate(pid: int) -> None:
    os.kill(pid, signal.SIGTERM)
