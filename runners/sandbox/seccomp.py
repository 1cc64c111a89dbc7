"""Which system calls a sandboxed command may make: a seccomp filter for bubblewrap's `--seccomp`.

Namespaces leave kernel objects that have none: keyrings, virtual sockets to the machine's own
host, io_uring, BPF. What is refused follows the default of container engines, in their manner: a
call that programs do without when the kernel lacks it is not there (ENOSYS), one that takes a
privilege is not permitted (EPERM).

https://docs.docker.com/engine/security/seccomp/
https://docs.kernel.org/userspace-api/seccomp_filter.html
"""

import errno
import functools
import platform
import struct
from collections.abc import Iterable, Mapping

# <linux/audit.h>: the machine's number in ELF, 64 bit, little-endian.
AUDIT_ARCH: Mapping[str, int] = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
MACHINES = tuple(AUDIT_ARCH)

# Numbers on x86_64 and on aarch64, None where there is no such call:
# https://github.com/torvalds/linux/blob/master/arch/x86/entry/syscalls/syscall_64.tbl
# https://github.com/torvalds/linux/blob/master/scripts/syscall.tbl
Numbers = tuple[int | None, int | None]

ABSENT: Mapping[str, Numbers] = {
    "_sysctl": (156, None),
    "add_key": (248, 217),
    "clone3": (
        435,
        435,
    ),  # its flags lie in memory, which no filter reads; libc falls back to clone
    "create_module": (174, None),
    "get_kernel_syms": (177, None),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    "io_uring_setup": (425, 425),
    "keyctl": (250, 219),
    "listmount": (458, 458),
    "lookup_dcookie": (212, 18),
    "memfd_secret": (447, 447),
    "modify_ldt": (154, None),
    "msgget": (68, 186),  # 32,000 queues of 16 KiB, which no limit of a user's counts
    "nfsservctl": (180, 42),
    "query_module": (178, None),
    "request_key": (249, 218),
    "statmount": (457, 457),
    "sysfs": (139, None),
    "uselib": (134, None),
    "ustat": (136, None),
}
FORBIDDEN: Mapping[str, Numbers] = {
    "acct": (163, 89),
    "bpf": (321, 280),
    "chroot": (161, 51),
    "clock_settime": (227, 112),
    "delete_module": (176, 106),
    "fanotify_init": (300, 262),
    "finit_module": (313, 273),
    "fsconfig": (431, 431),
    "fsmount": (432, 432),
    "fsopen": (430, 430),
    "fspick": (433, 433),
    "init_module": (175, 105),
    "ioperm": (173, None),
    "iopl": (172, None),
    "kexec_file_load": (320, 294),
    "kexec_load": (246, 104),
    "mount": (165, 40),
    "mount_setattr": (442, 442),
    "move_mount": (429, 429),
    "open_by_handle_at": (304, 265),
    "open_tree": (428, 428),
    "open_tree_attr": (467, 467),
    "perf_event_open": (298, 241),
    "pivot_root": (155, 41),
    "quotactl": (179, 60),
    "quotactl_fd": (443, 443),
    "reboot": (169, 142),
    "setdomainname": (171, 162),
    "sethostname": (170, 161),
    "setns": (308, 268),
    "settimeofday": (164, 170),
    "swapoff": (168, 225),
    "swapon": (167, 224),
    "syslog": (103, 116),
    "umount2": (166, 39),
    "userfaultfd": (323, 282),
    "vhangup": (153, 58),
}
NEWEST = 469
"""file_setattr, of Linux 6.17. What comes after it has not been looked at, so it is not there."""

SOCKET: Numbers = (41, 198)
SOCKETPAIR: Numbers = (53, 199)
CLONE: Numbers = (56, 220)
UNSHARE: Numbers = (272, 97)
IOCTL: Numbers = (16, 29)
PTRACE: Numbers = (101, 117)
SETSOCKOPT: Numbers = (54, 208)
FCNTL: Numbers = (72, 25)
SHMGET: Numbers = (29, 194)
SEMGET: Numbers = (64, 190)

# <linux/socket.h>; NETLINK_ROUTE is how programs list network interfaces.
AF_UNIX, AF_INET, AF_INET6, AF_NETLINK, NETLINK_ROUTE = 1, 2, 10, 16, 0
# <linux/sched.h>: all that make a namespace; for clone(2) the low byte is a signal's number.
CLONE_NAMESPACES, CLONE_NEWTIME = 0x7E020000, 0x80
# <asm-generic/ioctls.h>: both type into a terminal, CVE-2017-5226 and CVE-2023-1523.
TIOCSTI, TIOCLINUX = 0x5412, 0x541C
# <linux/fcntl.h>; who holds a lease on a file of this machine keeps each of its programs that opens
# it waiting for 45 s: https://man7.org/linux/man-pages/man2/F_SETLEASE.2const.html
F_SETLEASE, F_SETDELEG = 1024, 1040
# <linux/ptrace.h>; process 1 of the sandbox is bubblewrap's own.
PTRACE_ATTACH, PTRACE_SEIZE = 16, 0x4206
# <asm-generic/socket.h>, <linux/in.h>, <linux/in6.h>: each sends past the routing table, which is
# what keeps setup from some addresses (`runners/sandbox/setup_network.py`).
PAST_ROUTES = {1: (25, 62), 0: (50,), 41: (76,)}

MAX_SHMGET_BYTES = 256 * 1024
"""Of a System V segment: PostgreSQL takes 56. One that nobody has mapped is counted nowhere."""
MAX_SEMAPHORES = 32
"""Of a System V set: PostgreSQL takes 17. 32,000 sets of 32,000 would be 60 GiB of the kernel's.

https://man7.org/linux/man-pages/man2/semget.2.html
"""

# <linux/bpf_common.h>: load a word, compare, return; a jump skips instructions.
LOAD, EQUAL, GREATER, ANY_BIT, RETURN = 0x20, 0x15, 0x25, 0x45, 0x06
# <linux/seccomp.h>: what is returned, and where struct seccomp_data has what it is asked about.
ALLOW, KILL_PROCESS, ERRNO = 0x7FFF0000, 0x80000000, 0x00050000
NUMBER_AT, ARCHITECTURE_AT, ARGUMENTS_AT = 0, 4, 16

Instruction = tuple[int, int, int, int]


@functools.cache
def build_filter(machine: str = "") -> bytes:
    """The program as the kernel takes it; empty for a machine whose calls are not known here.

    A call of another architecture, 32 bit programs for one, ends the process: its numbers mean
    other calls.
    """
    machine = machine or platform.machine()
    # A 32 bit Python on a 64 bit kernel: all that it starts may be of either kind.
    if machine not in MACHINES or struct.calcsize("P") != 8:  # noqa: PLR2004 - bytes of a pointer
        return b""
    column = MACHINES.index(machine)
    program: list[Instruction] = [
        (LOAD, 0, 0, ARCHITECTURE_AT),
        (EQUAL, 1, 0, AUDIT_ARCH[machine]),
        (RETURN, 0, 0, KILL_PROCESS),
        (LOAD, 0, 0, NUMBER_AT),
        # x32 calls are those of x86_64 with bit 30 set, so they are greater, too.
        (GREATER, 0, 1, NEWEST),
        _refuse(errno.ENOSYS),
    ]
    for calls, number in ((ABSENT, errno.ENOSYS), (FORBIDDEN, errno.EPERM)):
        for numbers in calls.values():
            program += _when(numbers[column], [_refuse(number)])
    for numbers, body in _by_arguments():
        program += _when(numbers[column], body)
    program.append((RETURN, 0, 0, ALLOW))
    return b"".join(struct.pack("=HBBI", *each) for each in program)


def _by_arguments() -> Iterable[tuple[Numbers, list[Instruction]]]:
    """Calls that are refused for some arguments, each with its instructions, the last a return.

    Only the low half of an argument is compared where the kernel looks at no more: what is in the
    rest must not make a difference (CVE-2019-10063).
    """
    refused, allowed = _refuse(errno.EPERM), (RETURN, 0, 0, ALLOW)
    families: list[Instruction] = [
        _load(0),
        *_match((AF_UNIX, AF_INET, AF_INET6), allowed),
        (EQUAL, 0, 3, AF_NETLINK),
        _load(2),
        *_match((NETLINK_ROUTE,), allowed),
        _refuse(errno.EAFNOSUPPORT),
    ]
    yield SOCKET, families
    yield SOCKETPAIR, families
    yield CLONE, [_load(0), (ANY_BIT, 0, 1, CLONE_NAMESPACES), refused, allowed]
    yield UNSHARE, [_load(0), (ANY_BIT, 0, 1, CLONE_NAMESPACES | CLONE_NEWTIME), refused, allowed]
    yield IOCTL, [_load(1), *_match((TIOCSTI, TIOCLINUX), refused), allowed]
    yield FCNTL, [_load(1), *_match((F_SETLEASE, F_SETDELEG), refused), allowed]
    attach = [_load(0), *_match((PTRACE_ATTACH, PTRACE_SEIZE), refused)]
    yield PTRACE, [_load(1), (EQUAL, 0, len(attach), 1), *attach, allowed]
    yield SETSOCKOPT, _refuse_options()
    too_many = [(GREATER, 0, 1, MAX_SEMAPHORES), _refuse(errno.EINVAL), allowed]
    yield SEMGET, [_load(1), *too_many]
    too_large = [(GREATER, 0, 1, MAX_SHMGET_BYTES), _refuse(errno.EINVAL), allowed]
    yield (
        SHMGET,
        [_load(1, high=True), (EQUAL, 1, 0, 0), _refuse(errno.EINVAL), _load(1), *too_large],
    )


def _refuse_options() -> list[Instruction]:
    body: list[Instruction] = []
    for level, options in PAST_ROUTES.items():
        found = [_load(2), *_match(options, _refuse(errno.EPERM)), (RETURN, 0, 0, ALLOW)]
        body += [_load(1), (EQUAL, 0, len(found), level), *found]
    return [*body, (RETURN, 0, 0, ALLOW)]


def _match(values: Iterable[int], result: Instruction) -> list[Instruction]:
    """`result` where what was loaded is one of these, else on to what comes after."""
    return [step for value in values for step in ((EQUAL, 0, 1, value), result)]


def _when(number: int | None, body: list[Instruction]) -> list[Instruction]:
    """`body` for this call alone. It ends in a return: what it loaded is no number of a call."""
    return [(EQUAL, 0, len(body), number), *body] if number is not None else []


def _load(argument: int, *, high: bool = False) -> Instruction:
    return (LOAD, 0, 0, ARGUMENTS_AT + 8 * argument + 4 * high)


def _refuse(number: int) -> Instruction:
    return (RETURN, 0, 0, ERRNO | number)
