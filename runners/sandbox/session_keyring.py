"""A session keyring of its own for what a thread starts: the inherited one has the operator's keys.

https://man7.org/linux/man-pages/man7/session-keyring.7.html
"""

import ctypes
import platform
import threading

# <linux/keyctl.h>
KEYCTL_JOIN_SESSION_KEYRING = 1
_KEYCTL = {"x86_64": 250, "aarch64": 219}

_joined = threading.local()


def join_session_keyring() -> bool:
    """Whether this thread now has one that nobody else has, for itself and its children to be.

    A thread's credentials are its own (credentials(7)), so the others keep what they had. Where
    there are no keyrings, or a user may have no more of them, nothing is changed: seccomp keeps
    the call from checks in any case.
    """
    number = _KEYCTL.get(platform.machine())
    if number is None:
        return False
    if not getattr(_joined, "done", False):
        libc = ctypes.CDLL(None, use_errno=True)
        # Without a name it is a new one: https://man7.org/linux/man-pages/man3/keyctl_join_session_keyring.3.html
        call = (ctypes.c_long(number), ctypes.c_long(KEYCTL_JOIN_SESSION_KEYRING), None)
        _joined.done = libc.syscall(*call) > 0
    return bool(_joined.done)
