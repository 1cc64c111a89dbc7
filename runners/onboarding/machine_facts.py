"""What this machine has: GPUs, memory, and the programs that a repository's checks need."""

import re
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.config.machine import Settings
from bot.config.paths import find_home
from bot.errors import UserError
from bot.text.invisible import make_printable
from runners.onboarding.found import Part
from runners.onboarding.versions import read_least, read_present
from runners.sandbox.layout import SYSTEM_PATH
from runners.sandbox.toolchains import (
    Toolchain,
    find_command,
    find_toolchains,
    order_versions,
)

NVIDIA_SECONDS = 10.0
_QUERY = ("--query-gpu=name,memory.total,memory.free", "--format=csv,noheader,nounits")
MAX_GPUS = 64


@dataclass(frozen=True, slots=True)
class Gpu:
    """Memory in MiB."""

    name: str
    total: int
    free: int


def find_gpus() -> tuple[Gpu, ...]:
    """Those that NVIDIA's driver tells of; none where it does not answer in time.

    https://docs.nvidia.com/deploy/nvidia-smi/index.html
    """
    program = shutil.which("nvidia-smi")
    if program is None:
        return ()
    try:
        run = subprocess.run(  # the driver's own program, with fixed words
            (program, *_QUERY),
            capture_output=True,
            timeout=NVIDIA_SECONDS,
            check=False,
            stdin=subprocess.DEVNULL,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ()
    return read_gpus(run.stdout.decode(errors="replace")) if run.returncode == 0 else ()


def read_gpus(text: str) -> tuple[Gpu, ...]:
    found = (
        re.fullmatch(r"(.{1,100}?), *(\d{1,9}), *(\d{1,9})", line.strip())
        for line in text.splitlines()[:MAX_GPUS]
    )
    return tuple(Gpu(each[1], int(each[2]), int(each[3])) for each in found if each)


def read_free_memory(meminfo: Path = Path("/proc/meminfo")) -> int:
    """MiB that programs could still have: https://man7.org/linux/man-pages/man5/proc_meminfo.5.html."""
    try:
        found = re.search(r"^MemAvailable:\s+(\d{1,15}) kB", meminfo.read_text(), re.MULTILINE)
    except OSError:
        return 0
    return int(found[1]) // 1024 if found else 0


@dataclass(frozen=True, slots=True)
class Needed:
    """Programs that checks need: `toolchains` at home have some, `absent` are nowhere.

    `old` are sentences on languages of which only an older version is there.
    """

    toolchains: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    old: tuple[str, ...] = ()


def find_needed(parts: Sequence[Part], settings: Settings) -> Needed:
    """What `toolchains` must name for these, besides what it names already."""
    try:
        found = find_toolchains(find_home())
    except UserError:
        found = ()
    known = {each.partition("@")[0] for each in settings.toolchains}
    named, absent, old = dict[str, None](), list[str](), list[str]()
    for part in parts:
        if part.language not in known and (too_old := _explain_age(part)):
            newer = _find_newer(found, part)
            named |= dict.fromkeys([newer] if newer else [])
            old += [] if newer else [too_old]
    for command in dict.fromkeys(command for part in parts for command in part.commands):
        if shutil.which(command, path=SYSTEM_PATH):
            continue
        toolchain = find_command(found, command)
        if toolchain and toolchain.name not in known:
            named[toolchain.name] = None
        elif toolchain is None and not known:
            absent.append(command)
    return Needed(tuple(named), tuple(absent), tuple(old))


def _explain_age(part: Part) -> str:
    least = read_least(part.wants) if part.wants else None
    present = read_present(part.language) if least else None
    if least is None or present is None or present >= least:
        return ""
    language = part.language.capitalize()
    has = ".".join(map(str, present))
    return f"{language} {has} for checks, where {make_printable(part.wants)} is wanted"


def _find_newer(found: Sequence[Toolchain], part: Part) -> str:
    """As `python@3.13`; empty where no toolchain is new enough."""
    least = read_least(part.wants) or (0, 0)
    versions = (order_versions(t.version)[:2] for t in found if t.name == part.language)
    newest = max((v for v in versions if v >= least), default=())
    return f"{part.language}@{'.'.join(map(str, newest))}" if newest else ""
