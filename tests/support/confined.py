"""Runs a command with no more than a container or a unit of deploy/ leaves it, as that user.

    python confined.py UID PROFILE COMMAND...

No capability, no new privileges, and the engine's seccomp profile, loaded as the engine would.
"""

import ctypes
import json
import os
import platform
import struct
import sys
from pathlib import Path

PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, PR_CAPBSET_DROP = 38, 22, 24
SECCOMP_MODE_FILTER = 2
LAST_CAPABILITY = 40


def main(uid: str, profile: str, *command: str) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    program = build_program(json.loads(Path(profile).read_text()))
    for capability in range(LAST_CAPABILITY + 1):
        libc.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0)
    os.setgroups([])
    os.setresgid(int(uid), int(uid), int(uid))
    os.setresuid(int(uid), int(uid), int(uid))
    buffer = ctypes.create_string_buffer(program)
    # struct sock_fprog: https://docs.kernel.org/userspace-api/seccomp_filter.html
    filters = struct.pack("@HxxxxxxP", len(program) // 8, ctypes.addressof(buffer))
    for call in ((PR_SET_NO_NEW_PRIVS, 1, 0), (PR_SET_SECCOMP, SECCOMP_MODE_FILTER, filters)):
        if libc.prctl(*call, 0, 0):
            raise OSError(ctypes.get_errno(), f"prctl({call[0]})")
    os.execv(command[0], command)  # noqa: S606  # this process becomes it


def build_program(profile: dict[str, list[dict[str, object]]]) -> bytes:
    """Those of its names that the sandbox's own table knows, which are all of them."""
    from runners.sandbox import seccomp  # noqa: PLC0415  # found by the caller's PYTHONPATH

    numbers = {**seccomp.ABSENT, **seccomp.FORBIDDEN}
    column = seccomp.MACHINES.index(platform.machine())
    program = [(seccomp.LOAD, 0, 0, seccomp.NUMBER_AT)]
    for rule in profile["syscalls"]:
        for name in rule["names"]:
            if (number := numbers[name][column]) is not None:
                result = seccomp.ERRNO | int(str(rule["errnoRet"]))
                program += [(seccomp.EQUAL, 0, 1, number), (seccomp.RETURN, 0, 0, result)]
    program.append((seccomp.RETURN, 0, 0, seccomp.ALLOW))
    return b"".join(struct.pack("=HBBI", *each) for each in program)


if __name__ == "__main__":
    main(*sys.argv[1:])
