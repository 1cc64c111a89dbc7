"""Unix sockets have short addresses, and folders long names."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def short_path(folder: Path, name: str) -> Iterator[str]:
    """A path to a socket that fits into the 108 bytes of its address, wherever its folder is.

    https://man7.org/linux/man-pages/man7/unix.7.html (sun_path)
    """
    descriptor = os.open(folder, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{descriptor}/{name}"
    finally:
        os.close(descriptor)
