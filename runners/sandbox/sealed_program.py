"""bubblewrap from a copy in memory that nobody can change.

A process inside reaches the file of bubblewrap itself as /proc/1/exe, in this machine's own mount
and past every read-only one, and has the user id of whoever started it: where that account owns the
file, root above all, a check could change its mode, and on some kernels its content. runc met this
as CVE-2019-5736, and runs from such a copy since.
"""

import errno
import fcntl
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

# <linux/memfd.h>, since Linux 6.3: https://man7.org/linux/man-pages/man2/memfd_create.2.html
_MFD_EXEC = 0x10
_SEALS = fcntl.F_SEAL_SEAL | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_WRITE


def is_changeable_inside(program: str) -> bool:
    """Whether a process of this account could change the file.

    A set-uid one is root's, and would lose what it is set to; nor has one of another account to be
    copied, and by its path AppArmor may know it.
    https://ubuntu.com/blog/ubuntu-23-10-restricted-unprivileged-user-namespaces
    """
    found = Path(program).stat()
    return found.st_uid == os.geteuid() and not found.st_mode & stat.S_ISUID


@contextmanager
def open_sealed_copy(program: str) -> Iterator[int]:
    """A descriptor to execute, as /proc/self/fd/N."""
    fd = _create_memory_file()
    try:
        with open(program, "rb") as source:  # noqa: PTH123 - its descriptor is what is copied
            while os.sendfile(fd, source.fileno(), None, 1 << 24):
                pass
        fcntl.fcntl(fd, fcntl.F_ADD_SEALS, _SEALS)
        yield fd
    finally:
        os.close(fd)


def _create_memory_file() -> int:
    flags = os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING
    try:
        return os.memfd_create("bwrap", flags | _MFD_EXEC)
    except OSError as exc:
        if exc.errno != errno.EINVAL:  # an older kernel, where each may be executed
            raise
    return os.memfd_create("bwrap", flags)
