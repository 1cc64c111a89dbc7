"""The default sandbox: Linux namespaces through bubblewrap, without a daemon and without root."""

import os
import secrets
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import astuple, dataclass, field, replace
from functools import partial
from pathlib import Path

from bot.config.repository import SandboxLimits
from runners.sandbox.bubblewrap_options import (
    ORIGIN,
    PREPARED,
    SHARED_MEMORY,
    WRITTEN_FILES,
    Network,
    OpenFile,
    box_mounts,
    hand_over,
    isolation_options,
    origin_mounts,
    prepared_mounts,
    repeat_option,
    system_mounts,
)
from runners.sandbox.folder_usage import limit_folders
from runners.sandbox.layout import BOX, SYSTEM_PATH, build_environment, wrap_command
from runners.sandbox.model import GitCopy, Outcome, Prepared, WorkRoom
from runners.sandbox.overlay import can_overlay
from runners.sandbox.prepared_paths import (
    PreparedPath,
    git_commands,
    list_nested,
    list_prepared_paths,
    place_commands,
)
from runners.sandbox.resource_usage import MIB, THREADS_PER_PROCESS
from runners.sandbox.run_command import Spawn, run_supervised
from runners.sandbox.setup_access import CERTIFICATES_INSIDE, SetupAccess
from runners.sandbox.setup_network import open_own_network, resolver_settings
from runners.sandbox.shown_tools import ShownTools

GIT_COPY = ("/git/folder", "/git/history")
PLACING = "/etc/bricklayer-placing"
"""Shell lines that put in place what setup left. An argument could not hold thousands of paths."""


@dataclass(frozen=True, slots=True)
class Placed:
    """What setup left, as `mounts` for bubblewrap and `lines` for the shell inside.

    `nested` are folders within it that are file systems of their own, in memory.
    """

    mounts: tuple[str, ...] = ()
    lines: str = ""
    nested: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Bubblewrap:
    program: str
    limits: SandboxLimits
    env: Mapping[str, str]
    tools: ShownTools = field(default_factory=ShownTools)
    network_program: str = ""
    access: SetupAccess = field(default_factory=SetupAccess)
    name: str = "bwrap"

    def run(  # noqa: PLR0913 - what is run, on what, for how long and with what
        self,
        command: Sequence[str],
        *,
        checkout: Path,
        timeout: float,
        network: bool = False,
        prepared: Prepared | None = None,
        git: GitCopy | None = None,
        room: WorkRoom | None = None,
    ) -> Outcome:
        """As any sandbox; what it writes in a `room` stays there."""
        mark = f"bricklayer-{secrets.token_hex(8)}"
        kind: Network = ("own" if self.network_program else "host") if network else "none"
        placed = self._place(room.repo if room else checkout, prepared)
        if git:
            mounts = repeat_option("--ro-bind", zip(map(str, astuple(git)), GIT_COPY, strict=True))
            placed = Placed((*placed.mounts, *mounts), placed.lines + git_commands(*GIT_COPY))
        options = partial(self._options, checkout.absolute(), prepared, placed, kind, room)
        script = wrap_command(
            command,
            mark=mark,
            origin=ORIGIN,
            repo=BOX.repo,
            rooms=(BOX.root, BOX.tmp),
            threads=self.limits.processes * THREADS_PER_PROCESS,
            placing=f". {PLACING}\n" if placed.lines else "",
        )
        with ExitStack() as stack:
            own = (
                stack.enter_context(open_own_network(self.network_program))
                if kind == "own"
                else None
            )
            argv, fds = hand_over(self.program, options, stack, own.options if own else ())
            spawn = Spawn(
                [*argv, *script],
                {"PATH": SYSTEM_PATH},  # a process inside can read it as /proc/1/environ
                mark,
                self.limits,
                timeout,
                pass_fds=(*fds, *(own.fds if own else ())),
                folder="/",  # as no name of a folder out here, either, is to stand there as PWD
                after_start=own.attach if own else None,
                folders=limit_folders(prepared, room),
                rooms=(BOX.root, BOX.tmp, SHARED_MEMORY),
                nested=placed.nested,
                should_stop=room.should_stop if room else lambda: False,
            )
            return run_supervised(spawn)

    def _place(self, checkout: Path, prepared: Prepared | None) -> Placed:
        """How a check gets what setup left: by mounts, and by lines that copy it."""
        if prepared is None or prepared.writable:
            return Placed()
        paths = list(list_prepared_paths(prepared, checkout))
        has_layers = any(each.kind == "folder" for each in paths) and can_overlay(
            self.program, prepared.root
        )
        if has_layers:
            paths = _take_layers(prepared, paths)
        nested = [] if has_layers else list_nested(prepared, paths)
        copied = [each.inside for each in paths if each.is_copied]
        size = self.limits.disk * MIB
        return Placed(
            tuple(prepared_mounts(prepared, paths, nested, size, has_layers=has_layers)),
            place_commands(copied, (), PREPARED, BOX.root, filled=nested, has_layers=has_layers),
            tuple(f"{BOX.root}/{inside}" for inside in nested),
        )

    def _options(  # noqa: PLR0913, PLR0917  # all that is shown inside
        self,
        checkout: Path,
        prepared: Prepared | None,
        placed: Placed,
        network: Network,
        room: WorkRoom | None,
        open_file: OpenFile,
    ) -> list[str]:
        environment = build_environment(BOX, prepared, self.tools, self.env)
        files = {path: text.encode() for path, text in WRITTEN_FILES.items()}
        if network != "none":
            environment |= self.access.variables(CERTIFICATES_INSIDE)
            files[CERTIFICATES_INSIDE] = self.access.certificates
        if network == "own":
            files["/etc/resolv.conf"] = resolver_settings()
        if placed.lines:
            files[PLACING] = os.fsencode(placed.lines)
        if room:
            environment |= room.env
            files |= room.files
        written = ((str(open_file(content)), path) for path, content in files.items())
        covered = [(str(open_file(b"")), str(path)) for path in self.tools.covered]
        return [
            *isolation_options(open_file, network=network),
            # The order counts: each option acts on what the options before it have made.
            *system_mounts(network=network),
            *("--size", str(self.limits.disk * MIB), "--tmpfs", BOX.tmp),
            *repeat_option("--ro-bind-data", written),
            *repeat_option("--ro-bind", ((str(p), str(p)) for p in self.tools.mounts)),
            *repeat_option("--ro-bind-data", covered),
            *box_mounts(self.limits.disk * MIB, prepared, room),
            *placed.mounts,
            *origin_mounts(checkout, open_file(b"")),
            *repeat_option("--ro-bind", _name_shown(room)),
            # Last, when all mount points are made. It is about / alone, not what is below.
            *("--remount-ro", "/"),
            *repeat_option("--setenv", environment.items()),
        ]


def _name_shown(room: WorkRoom | None) -> list[tuple[str, str]]:
    return [(str(path), inside) for path, inside in room.shown] if room else []


def _take_layers(prepared: Prepared, paths: Sequence[PreparedPath]) -> list[PreparedPath]:
    """Every folder under a layer, all of ~/.cache too, and copies of single files alone."""
    kept = [
        replace(each, is_copied=each.is_copied and each.kind == "file")
        for each in paths
        if not each.inside.startswith("home/.cache/")
    ]
    cache = prepared.root / "home" / ".cache"
    if cache.is_dir() and not cache.is_symlink():
        kept.append(PreparedPath(cache, "home/.cache", "folder", is_copied=False))
    return kept
