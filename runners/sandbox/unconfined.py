"""Runs checks without a sandbox, on machines whose settings say `none` by name.

What remains: a disposable copy of the checkout, a clean environment, no file larger than the disk
limit, the limits on time, output, processes and memory, and an end for every process. What is
gone: the command can read and write this user's files and use the network.
"""

import os
import secrets
import shlex
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
    wrap_command,
)
from runners.sandbox.model import GitCopy, Outcome, Prepared
from runners.sandbox.prepared_paths import git_commands, list_prepared_paths, place_commands
from runners.sandbox.resource_usage import MIB, THREADS_PER_PROCESS, count_threads
from runners.sandbox.run_command import Spawn, run_supervised
from runners.sandbox.setup_access import SetupAccess
from runners.sandbox.shown_tools import ShownTools


@dataclass(frozen=True, slots=True)
class Unconfined:
    limits: SandboxLimits
    env: Mapping[str, str]
    tools: ShownTools = field(default_factory=ShownTools)
    access: SetupAccess = field(default_factory=SetupAccess)
    name: str = "none"

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
        with tempfile.TemporaryDirectory(prefix="bricklayer-", ignore_cleanup_errors=True) as root:
            places, repo = _make_places(Path(root), prepared)
            search_path = {"PATH": os.environ.get("PATH", os.defpath)}
            environment = build_environment(places, prepared, self.tools, search_path, self.env)
            if network:  # nothing here could refuse it to any other command
                certificates = Path(root) / "ca.pem"
                certificates.write_bytes(self.access.certificates)
                environment |= self.access.variables(str(certificates))
            # As a file, since an argument could not hold thousands of paths.
            placing = Path(root) / "placing"
            lines = placing_lines(checkout, prepared, places.root)
            lines += git_commands(str(git.folder), str(git.history)) if git else ""
            placing.write_bytes(os.fsencode(lines))
            script = wrap_command(
                command,
                mark=mark,
                origin=str(checkout),
                repo=repo,
                # RLIMIT_NPROC counts all of a user's threads, so those that run already are added.
                threads=count_threads(os.getuid()) + self.limits.processes * THREADS_PER_PROCESS,
                # In blocks of 512 bytes: https://man7.org/linux/man-pages/man1/ulimit.1p.html
                before=f"ulimit -f {self.limits.disk * MIB // 512}\n",
                placing=f". {shlex.quote(str(placing))}\n",
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


def placing_lines(checkout: Path, prepared: Prepared | None, root: str) -> str:
    """What is not copied is linked to: nothing keeps a command here from writing it."""
    if prepared is None or prepared.writable:
        return ""
    paths = list(list_prepared_paths(prepared, checkout))
    copied = [each.inside for each in paths if each.is_copied]
    linked = [each.inside for each in paths if not each.is_copied]
    return place_commands(copied, linked, str(prepared.root), root)


def _make_places(root: Path, prepared: Prepared | None) -> tuple[SandboxPaths, str]:
    (root / "tmp").mkdir()
    if prepared and prepared.writable:
        prepared_root = prepared.root
        places = SandboxPaths(
            str(root), str(prepared_root / "setup"), str(prepared_root / "home"), str(root / "tmp")
        )
        return places, str(prepared_root / "repo")
    for name in ("home", "repo"):
        (root / name).mkdir()
    setup = str(prepared.root / "setup") if prepared else ""
    places = SandboxPaths(str(root), setup, str(root / "home"), str(root / "tmp"))
    return places, places.repo


def _terminate(pid: int) -> None:
    os.kill(pid, signal.SIGTERM)
