"""The devices that a check is shown are this machine's own: it must not set their modes.

Where root runs the bot, it owns /dev/null, and a process inside has its user id: one chmod would
keep every other account of the machine from it. bubblewrap binds devices read-only with `nodev`
alone, which makes them useless, so they are bound over themselves, read-only, where it finds them.
Writing to a device needs no writable mount. https://man7.org/linux/man-pages/man2/mount.2.html
"""

import ctypes
import os
import threading
from pathlib import Path

# What `--dev` shows (SETUP_MOUNT_DEV):
# https://github.com/containers/bubblewrap/blob/main/bubblewrap.c
_DEVICES = ("null", "zero", "full", "random", "urandom", "tty")
_CLONE_NEWNS = 0x20000
_RDONLY, _REMOUNT, _BIND, _REC, _SLAVE = 0x1, 0x20, 0x1000, 0x4000, 0x80000
"""<linux/mount.h>"""

_guarded = threading.local()


def guard_devices() -> bool:
    """Whether this thread, and what it starts, now sees devices whose mode cannot be changed.

    A thread may have mounts of its own (unshare(2)); the others keep what they had. Where the
    account is not root there is nothing to guard, and root in a container may lack the right.
    """
    if os.geteuid():
        return True
    if not hasattr(_guarded, "done"):
        _guarded.done = _bind_read_only()
    return bool(_guarded.done)


def _bind_read_only() -> bool:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(_CLONE_NEWNS) or libc.mount(None, b"/", None, _REC | _SLAVE, None):
        return False
    paths = [f"/dev/{name}".encode() for name in _DEVICES if Path("/dev", name).exists()]
    return not any(
        libc.mount(path, path, None, _BIND, None)
        or libc.mount(None, path, None, _REMOUNT | _BIND | _RDONLY, None)
        for path in paths
    )
