"""Whether folders can have a layer in memory for what is written: all of them then, at no cost.

bubblewrap has had overlays since 0.11, and kernels let users make them since 5.11. Some file
systems can be no lower layer, so it is tried on the very folder.
https://github.com/containers/bubblewrap/releases/tag/v0.11.0
https://docs.kernel.org/filesystems/overlayfs.html
"""

import functools
import subprocess
from pathlib import Path

from runners.sandbox.probe import try_script


def can_overlay(program: str, folder: Path) -> bool:
    """Whether this bubblewrap can lay a writable layer over a folder on that file system."""
    return _try_overlay(program, str(folder), folder.stat().st_dev)


@functools.lru_cache(maxsize=64)
def _try_overlay(program: str, folder: str, _device: int) -> bool:
    layer = ["--overlay-src", folder, "--tmp-overlay", "/layer"]
    try:
        return try_script(program, ": > /layer/.try", layer).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False
