"""System calls that namespaces do not hold: refused, each in the way that programs cope with."""

import errno
import re
import struct
import subprocess
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.config.machine import Settings
from bot.config.repository import RepoConfig, SandboxLimits
from runners.sandbox import Outcome, open_sandbox
from runners.sandbox.seccomp import (
    ABSENT,
    ALLOW,
    AUDIT_ARCH,
    CLONE,
    ERRNO,
    FCNTL,
    FORBIDDEN,
    IOCTL,
    KILL_PROCESS,
    MACHINES,
    NEWEST,
    PTRACE,
    SEMGET,
    SETSOCKOPT,
    SHMGET,
    SOCKET,
    SOCKETPAIR,
    UNSHARE,
    build_filter,
)

HEADERS = {
    "x86_64": Path("/usr/include/x86_64-linux-gnu/asm/unistd_64.h"),
    "aarch64": Path("/usr/include/asm-generic/unistd.h"),
}
BY_ARGUMENTS = {
    "socket": SOCKET,
    "socketpair": SOCKETPAIR,
    "clone": CLONE,
    "unshare": UNSHARE,
    "fcntl": FCNTL,
    "ioctl": IOCTL,
    "ptrace": PTRACE,
    "setsockopt": SETSOCKOPT,
    "shmget": SHMGET,
    "semget": SEMGET,
}
HIGH = 0xDEAD << 32
"""In the half of an argument that the kernel does not look at."""
EAFNOSUPPORT, EPERM, ENOSYS = errno.EAFNOSUPPORT, errno.EPERM, errno.ENOSYS


def judge(program: bytes, machine: str, number: int, arguments: tuple[int, ...] = ()) -> int:
    """What the kernel's interpreter returns: the few instructions that the filter is made of."""
    data = struct.pack(
        "=IIQ6Q", number, AUDIT_ARCH[machine], 0, *arguments, *[0] * (6 - len(arguments))
    )
    steps = [struct.unpack_from("=HBBI", program, at) for at in range(0, len(program), 8)]
    at = loaded = 0
    while True:
        code, if_true, if_false, value = steps[at]
        at += 1
        if code == 0x06:
            return int(value)
        if code == 0x20:
            (loaded,) = struct.unpack_from("=I", data, value)
        else:
            holds = {0x15: loaded == value, 0x25: loaded > value, 0x45: bool(loaded & value)}[code]
            at += if_true if holds else if_false


@pytest.mark.parametrize("machine", MACHINES)
@pytest.mark.parametrize(
    ("call", "arguments", "number"),
    [
        *((SOCKET, (family | HIGH, 1, 0), 0) for family in (1, 2, 10)),
        (SOCKET, (16, 3, 0 | HIGH), 0),
        *((SOCKET, (16, 3, protocol), EAFNOSUPPORT) for protocol in (4, 9, 15, 16, 21)),
        *((SOCKET, (family, 1, 0), EAFNOSUPPORT) for family in range(50) if family not in {1, 2, 10, 16}),
        (SOCKETPAIR, (1, 1, 0), 0),
        (SOCKETPAIR, (30, 1, 0), EAFNOSUPPORT),
        (CLONE, (0x003D0F00,), 0),
        (CLONE, (17,), 0),
        *((CLONE, (17 | 1 << bit,), EPERM) for bit in (17, 25, 26, 27, 28, 29, 30)),
        *((UNSHARE, (1 << bit,), EPERM) for bit in (7, 17, 25, 26, 27, 28, 29, 30)),
        (UNSHARE, (0x400,), 0),
        *((IOCTL, (0, request), EPERM) for request in (0x5412, 0x541C, 0x5412 | HIGH)),
        (IOCTL, (0, 0x5401), 0),
        *((FCNTL, (3, command), EPERM) for command in (1024, 1040, 1024 | HIGH)),
        *((FCNTL, (3, command), 0) for command in (0, 2, 4, 6, 38, 1025, 1030, 1033)),
        *((PTRACE, (request, 1), EPERM) for request in (16, 0x4206, 16 | HIGH)),
        *((PTRACE, (request, pid), 0) for request, pid in ((16, 2), (0x4206, 7), (0, 0), (0, 1))),
        *((SEMGET, (0, count), 0) for count in (0, 1, 17, 32, HIGH | 17)),
        *((SEMGET, (0, count), errno.EINVAL) for count in (33, 32_000, HIGH | 33)),
        *((SHMGET, (0, size), 0) for size in (0, 56, 256 << 10)),
        *((SHMGET, (0, size), errno.EINVAL) for size in ((256 << 10) + 1, 1 << 32, (1 << 32) + 56)),
        *((SETSOCKOPT, (3, level, option), EPERM) for level, option in ((1, 25), (1, 62), (0, 50), (41, 76))),
        *((SETSOCKOPT, (3, level, option), 0) for level, option in ((1, 2), (6, 25), (0, 25), (41, 26))),
    ],
)  # fmt: skip
def test_a_call_is_judged_by_the_arguments_that_the_kernel_looks_at(
    machine: str, call: tuple[int, int], arguments: tuple[int, ...], number: int
) -> None:
    """Families of sockets, new namespaces, typing into terminals, the sandbox's own process."""
    found = judge(build_filter(machine), machine, call[MACHINES.index(machine)], arguments)
    assert found == (ERRNO | number if number else ALLOW)


@pytest.mark.parametrize("machine", MACHINES)
def test_calls_are_refused_by_their_kind_and_all_others_allowed(machine: str) -> None:
    """What the kernel may lack is not there, what takes a privilege is not permitted."""
    program, column = build_filter(machine), MACHINES.index(machine)
    wanted = {calls[column]: ERRNO | ENOSYS for calls in ABSENT.values()}
    wanted |= {calls[column]: ERRNO | EPERM for calls in FORBIDDEN.values()}
    judged = {calls[column] for calls in BY_ARGUMENTS.values()}
    for number in range(NEWEST + 1):
        if number not in judged:
            assert judge(program, machine, number) == wanted.get(number, ALLOW), number


@pytest.mark.parametrize("machine", MACHINES)
def test_other_numbers_and_other_architectures_are_refused(machine: str) -> None:
    """Calls that are newer than this filter, x32 ones, and those of a 32 bit program."""
    program = build_filter(machine)
    for number in (NEWEST + 1, 512, 0x40000000, 0x40000000 + SOCKET[0], 0xFFFFFFFF):
        assert judge(program, machine, number) == ERRNO | ENOSYS
    other = MACHINES[1 - MACHINES.index(machine)]
    assert judge(program, other, 0) == KILL_PROCESS


def test_there_is_no_filter_where_the_numbers_are_not_known() -> None:
    """A machine of another kind runs checks without one, and the doctor says so."""
    assert build_filter("riscv64") == b""


@pytest.mark.parametrize("machine", MACHINES)
def test_the_numbers_are_the_kernels(machine: str) -> None:
    """Each number is the one that this system's headers have, where they know the call."""
    if not HEADERS[machine].is_file():
        pytest.skip("the kernel's headers for programs (linux-libc-dev) are not installed")
    found = re.findall(r"#define __NR(?:3264)?_(\w+) (\d+)", HEADERS[machine].read_text())
    known, column = {name: int(number) for name, number in found}, MACHINES.index(machine)
    for name, numbers in {**ABSENT, **FORBIDDEN, **BY_ARGUMENTS}.items():
        if name in known and numbers[column] is not None:
            assert numbers[column] == known[name], name


@pytest.fixture
def python(tmp_path: Path) -> Callable[[str], Outcome]:
    sandbox = open_sandbox(Settings(), RepoConfig(sandbox=SandboxLimits(memory=400)))

    def run(code: str) -> Outcome:
        (tmp_path / "run.py").write_text(CALL + textwrap.dedent(code))
        return sandbox.run(["python3", "run.py"], checkout=tmp_path, timeout=20)

    return run


CALL = """\
import ctypes, errno, fcntl, os, platform, socket, sys
libc = ctypes.CDLL(None, use_errno=True)
column = ("x86_64", "aarch64").index(platform.machine())
def call(numbers, *arguments):
    ctypes.set_errno(0)
    words = [ctypes.c_long(a) if isinstance(a, int) else a for a in (numbers[column], *arguments)]
    done = libc.syscall(*words)
    return done if done >= 0 else errno.errorcode[ctypes.get_errno()]
"""


def test_a_check_meets_no_keyring_and_no_other_call_that_has_no_namespace(
    python: Callable[[str], Outcome],
) -> None:
    """From within: keyrings, io_uring, BPF, faults, counters, terminals, new namespaces."""
    found = python(f"""
        print([call(numbers, 0, 0, 0, 0, 0) for numbers in {list(ABSENT.values())} if numbers[column]])
        print([call(numbers, 0, 0, 0, 0, 0) for numbers in {list(FORBIDDEN.values())} if numbers[column]])
        print(call({PTRACE}, 16, 1, 0, 0), call({UNSHARE}, 0x10000000))
        def why(do, *arguments):
            try:
                do(*arguments)
            except OSError as error:
                return errno.errorcode[error.errno]
        print(*(why(socket.socket, family) for family in (40, 38, 17, 31, 21)))
        print(why(fcntl.ioctl, 0, 0x5412, b"x"))
        way = socket.socket()
        print(why(way.setsockopt, 1, 25, b"lo"), open("/proc/keys").read())
    """)
    absent, forbidden, *rest = found.output.splitlines()
    assert set(absent.strip("[]").split(", ")) == {"'ENOSYS'"}, found.output
    assert set(forbidden.strip("[]").split(", ")) == {"'EPERM'"}
    assert rest == ["EPERM EPERM", "EAFNOSUPPORT " * 4 + "EAFNOSUPPORT", "EPERM", "EPERM "]


@pytest.mark.skipif("platform.machine() != 'x86_64'", reason="32 bit calls of x86")
def test_a_check_keeps_no_program_of_this_machine_waiting(
    python: Callable[[str], Outcome],
) -> None:
    """A lease on a file that it is shown would have each that opens it wait until it is broken."""
    code = """
        file = os.open("/usr/bin/env", os.O_RDONLY)
        for kind in (fcntl.F_RDLCK, fcntl.F_WRLCK):
            try:
                fcntl.fcntl(file, fcntl.F_SETLEASE, kind)
                print("held")
            except PermissionError:
                print("refused")
    """
    assert python(code).output.split() == ["refused", "refused"]


def test_a_32_bit_call_ends_the_process(python: Callable[[str], Outcome]) -> None:
    """Its number means another call, `int 0x80` from a 64 bit program too; x32 is not there."""
    assert python(f"print(call(({SOCKET[0] | 0x40000000},), 40, 1, 0))").output == "ENOSYS\n"
    outcome = python("""
        import mmap
        code = bytes.fromhex("b814000000cd80c3")  # mov eax, 20 (getpid); int 0x80; ret
        page = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
        page.write(code)
        at = ctypes.addressof(ctypes.c_char.from_buffer(page))
        print(ctypes.CFUNCTYPE(ctypes.c_int)(at)())
    """)
    assert (outcome.exit_code, outcome.output) == (128 + 31, "Bad system call\n")


def test_what_checks_do_all_day_still_works(python: Callable[[str], Outcome]) -> None:
    """Threads, processes, pipes, sockets, interfaces, shared memory, files in memory, clocks."""
    outcome = python("""
        import asyncio, multiprocessing, sqlite3, subprocess, threading, time
        from multiprocessing import shared_memory
        asyncio.run(asyncio.sleep(0))
        one = threading.Thread(target=print, args=("thread",)); one.start(); one.join()
        with multiprocessing.get_context("fork").Pool(2) as pool:
            print(pool.map(abs, [-1, -2]))
        print(subprocess.run(["echo", "child"], capture_output=True).stdout)
        left, right = socket.socketpair(); left.send(b"pair"); print(right.recv(9))
        print([name for _, name in socket.if_nameindex()])
        memory = shared_memory.SharedMemory(create=True, size=10); memory.close(); memory.unlink()
        os.close(os.memfd_create("x"))
        print(sqlite3.connect("x.db").execute("select 1").fetchall())
    """)
    want = "thread\n[1, 2]\nb'child\\n'\nb'pair'\n['lo']\n[(1,)]\n"
    assert (outcome.exit_code, outcome.output) == (0, want)


TOOLS = {
    "gcc": "printf 'int main(){return 7;}' > a.c; gcc -fsanitize=address a.c && ./a.out; test $? = 7",
    "node": "node -e \"require('fs').promises.readFile('a').then(async t => {"
    "const w = new (require('worker_threads').Worker)('1', {eval: true});"
    "w.on('exit', () => console.log(String(t), Object.keys(require('os').networkInterfaces())))})\"",
    "go": "printf 'package a\\nimport \"testing\"\\nfunc TestA(t *testing.T) {}' > a_test.go;"
    "printf 'module a\\n' > go.mod; GOFLAGS=-mod=mod go test ./...",
    "git": "git init -q . && git add a && git -c user.name=a -c user.email=a@b commit -qm a && git log",
    "strace": "strace -f -o log sh -c 'echo a | cat'",
    "gdb": "gdb -batch -ex run --args true",
    "java": "printf 'class A { public static void main(String[] a) { System.out.println(1); } }' > A.java; java A.java",
    "ruby": "ruby -e 'Thread.new { puts 1 }.join; puts `echo 2`'",
    "php": "php -r 'echo 1;'",
    "perl": "perl -e 'print fork // \"no\"'",
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("tool", TOOLS)
def test_toolchains_still_work(tool: str, tmp_path: Path) -> None:
    """Compiling, running tests, committing and tracing end as they do outside."""
    if subprocess.run(
        ["sh", "-c", f"command -v {tool}"], capture_output=True, check=False
    ).returncode:
        pytest.skip(f"{tool} is not installed")
    (tmp_path / "a").write_text("text\n")
    outside = subprocess.run(
        ["sh", "-c", TOOLS[tool]], cwd=tmp_path, capture_output=True, timeout=300, check=False
    )
    if outside.returncode:
        pytest.skip(f"{tool} does not do it here without a sandbox: {outside.stderr[-300:]!r}")
    sandbox = open_sandbox(Settings(), RepoConfig())
    inside = sandbox.run(["sh", "-c", TOOLS[tool]], checkout=tmp_path, timeout=300)
    assert inside.exit_code == 0, inside.output
