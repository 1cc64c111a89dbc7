"""The seccomp profile with which a container engine runs the server: what nothing in it needs.

Docker's own profile refuses what bubblewrap makes its sandbox of, `clone` of a user namespace and
`mount` in it. This one allows by default and refuses, of what the sandbox's own filter refuses,
what makes no namespace. https://docs.docker.com/engine/security/seccomp/
"""

import errno
import json
from collections.abc import Iterable

from runners.sandbox.seccomp import ABSENT, FORBIDDEN

# What bubblewrap, slirp4netns and git call, and what checks need that a namespace bounds.
_KEPT = frozenset(
    {
        *("chroot", "clone3", "fsconfig", "fsmount", "fsopen", "fspick", "keyctl", "listmount"),
        *("memfd_secret", "modify_ldt", "mount", "mount_setattr", "move_mount", "msgget"),
        *("open_tree", "open_tree_attr", "pivot_root", "setdomainname", "sethostname", "setns"),
        *("statmount", "umount2"),
    }
)


def render_container_profile() -> str:
    rules = [_refuse(ABSENT, errno.ENOSYS), _refuse(FORBIDDEN, errno.EPERM)]
    return json.dumps({"defaultAction": "SCMP_ACT_ALLOW", "syscalls": rules}, indent=2) + "\n"


def _refuse(calls: Iterable[str], number: int) -> dict[str, object]:
    names = sorted({*calls} - _KEPT)
    return {"names": names, "action": "SCMP_ACT_ERRNO", "errnoRet": number}
