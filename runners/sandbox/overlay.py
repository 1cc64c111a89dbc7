"""Whether folders can have a layer in memory for what is written: all of them then, at no cost.

bubblewrap has had overlays since 0.11, and kernels let users make them since 5.11. Some file
systems can be no lower layer, so it is tried on the very folder.
https://github.com/containers/bubblewrap/releases/tag/v0.11.0
https://docs.kernel.org/filesystems/overlayfs.html
"""

import functools
import subprocess
from contextlib import ExitStack
from pathlib import Path

from runners.sandbox.bubblewrap_options import OpenFile, hand_over, isolation_options, system_mounts
from runners.sandbox.layout import SYSTEM_PATH

TRY_SECONDS = 20


def can_overlay(program: str, folder: Path) -> bool:
    """Whether this bubblewrap can lay a writable layer over a folder on that file system."""
    return _try_overlay(program, str(folder), folder.stat().st_dev)


@functools.lru_cache(maxsize=64)
def _try_overlay(program: str, folder: str, _device: int) -> bool:
    layer = ["--overlay-src", folder, "--tmp-overlay", "/layer"]

    def options(open_file: OpenFile) -> list[str]:
        isolated = isolation_options(open_file, network="none")
        return [*isolated, *system_mounts(network="none"), *layer]

    try:
        with ExitStack() as stack:
            argv, fds = hand_over(program, options, stack)
            result = subprocess.run(
                [*argv, "/bin/sh", "-c", ": > /layer/.try"],
                env={"PATH": SYSTEM_PATH},
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=TRY_SECONDS,
                check=False,
                pass_fds=fds,
            )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return result.returncode == 0
