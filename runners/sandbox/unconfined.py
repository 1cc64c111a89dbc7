"""Runs checks without a sandbox, on machines whose settings say `none` by name.

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
from dataclasses import dataclass, field
from pathlib import Path

from bot.config.repository import SandboxLimits
from runners.sandbox import unconfined_reaper
from runners.sandbox.folder_usage import limit_folders
from runners.sandbox.layout import (
    SandboxPaths,
    build_environment,
    list_prepared_paths,
    wrap_command,
)
from runners.sandbox.model import Outcome, Prepared
from runners.sandbox.resource_usage import MIB, THREADS_PER_PROCESS, count_threads
from runners.sandbox.run_command import Spawn, run_supervised
from runners.sandbox.shown_tools import ShownTools


@dataclass(frozen=True, slots=True)
class Unconfined:
    limits: SandboxLimits
    env: Mapping[str, str]
    tools: ShownTools = field(default_factory=ShownTools)
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
            places, repo = _make_places(Path(root), checkout, prepared)
            search_path = {"PATH": os.environ.get("PATH", os.defpath)}
            environment = build_environment(places, prepared, self.tools, search_path, self.env)
            script = wrap_command(
                command,
                mark=mark,
                origin=str(checkout),
                repo=repo,
                # RLIMIT_NPROC counts all of a user's threads, so those that run already are added.
                threads=count_threads(os.getuid()) + self.limits.processes * THREADS_PER_PROCESS,
                # In blocks of 512 bytes: https://man7.org/linux/man-pages/man1/ulimit.1p.html
                before=f"ulimit -f {self.limits.disk * MIB // 512}\n",
            )
            # Isolated: no variable and no package of this user changes what the reaper runs.
            # https://docs.python.org/3.11/using/cmdline.html#cmdoption-I
            argv = [sys.executable, "-IS", unconfined_reaper.__file__, *script]
            folders = limit_folders(prepared)
            spawn = Spawn(
                argv,
                environment,
                mark,
                self.limits,
                timeout,
                terminate=_terminate,
                folders=folders,
            )
            return run_supervised(spawn)


def _make_places(root: Path, checkout: Path, prepared: Prepared | None) -> tuple[SandboxPaths, str]:
    (root / "tmp").mkdir()
    if prepared and prepared.writable:
        prepared_root = prepared.root
        places = SandboxPaths(
            str(root), str(prepared_root / "setup"), str(prepared_root / "home"), str(root / "tmp")
        )
        return places, str(prepared_root / "repo")
    for name in ("home", "repo"):
        (root / name).mkdir()
    for source, inside_path in list_prepared_paths(prepared, checkout) if prepared else ():
        (root / inside_path).parent.mkdir(parents=True, exist_ok=True)
        (root / inside_path).symlink_to(source)
    setup = str(prepared.root / "setup") if prepared else ""
    places = SandboxPaths(str(root), setup, str(root / "home"), str(root / "tmp"))
    return places, places.repo


def _terminate(pid: int) -> None:
    os.kill(pid, signal.SIGTERM)
